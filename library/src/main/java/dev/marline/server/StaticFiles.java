package dev.marline.server;

import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpDate;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Serves files of a folder, or resources that lie beside a class, by the path below a route that ends in {@code *}: {@code index.html}
 * for a folder, no listings, nothing outside, nothing that begins with a dot.
 *
 * <pre>{@code
 * WebSocketServer.builder().get("/*", StaticFiles.in(Path.of("site")))
 * }</pre>
 */
public final class StaticFiles implements HttpHandler {
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("md", "text/markdown; charset=utf-8"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("webp", "image/webp"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("wasm", "application/wasm"));

    private final @Nullable Path folder;
    private final @Nullable Class<?> beside;
    private final String prefix;
    private final Map<String, byte[]> loaded;
    private final Headers headers;

    private StaticFiles(
            @Nullable Path folder,
            @Nullable Class<?> beside,
            String prefix,
            Map<String, byte[]> loaded,
            Headers headers) {
        this.folder = folder;
        this.loaded = loaded;
        this.beside = beside;
        this.prefix = prefix;
        this.headers = headers;
    }

    /**
     * The files of a folder and those below it, as they are when they are asked for.
     *
     * @throws IllegalArgumentException if there is no such folder
     */
    public static StaticFiles in(Path folder) {
        try {
            return new StaticFiles(folder.toRealPath(), null, "", Map.of(), Headers.EMPTY);
        } catch (IOException e) {
            throw new IllegalArgumentException("there is no folder " + folder, e);
        }
    }

    /**
     * The resources in a folder beside a class, as {@link Class#getResource} finds them. They are read when they are asked for: if the
     * application's files may be removed or replaced while it runs, see {@link #loadedResources}.
     */
    public static StaticFiles resources(Class<?> beside, String folder) {
        return new StaticFiles(null, beside, prefix(folder), Map.of(), Headers.EMPTY);
    }

    /**
     * These resources in a folder beside a class, and no others. They are read now and served from memory, so that they are there when
     * the application's files are removed or replaced while it runs.
     *
     * @param names as below the folder: {@code "index.html"}, {@code "images/logo.svg"}
     * @throws IllegalArgumentException if one cannot be read
     */
    public static StaticFiles loadedResources(Class<?> beside, String folder, String... names) {
        Map<String, byte[]> loaded = new HashMap<>();
        for (String name : names) {
            loaded.put(name, load(beside, prefix(folder) + name));
        }
        return new StaticFiles(null, null, "", Map.copyOf(loaded), Headers.EMPTY);
    }

    private static String prefix(String folder) {
        return folder.isEmpty() ? "" : folder + "/";
    }

    private static byte[] load(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no resource " + name + " beside " + beside);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException("resource " + name + " beside " + beside + " cannot be read", e);
        }
    }

    /** The same, with one more header on each response. */
    public StaticFiles header(String name, String value) {
        return new StaticFiles(folder, beside, prefix, loaded, headers.with(name, value));
    }

    @Override
    public HttpResponse handle(HttpRequest request) throws IOException {
        String relative =
                request.pathParameters().getOrDefault("*", request.path().substring(1));
        Optional<HttpResponse> found = isSafe(relative) ? find(relative, request) : Optional.empty();
        HttpResponse response = found.orElseGet(() -> HttpResponse.error(404, "there is no " + request.path()));
        for (Headers.Field field : headers) {
            response = response.header(field.name(), field.value());
        }
        return response;
    }

    /** No name may lead out of the folder or to what is hidden in it. */
    private static boolean isSafe(String relative) {
        for (String name : relative.split("/", -1)) {
            if (name.startsWith(".") || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0 || name.indexOf(':') >= 0) {
                return false;
            }
        }
        return !("/" + relative).contains("//");
    }

    private Optional<HttpResponse> find(String relative, HttpRequest request) throws IOException {
        String name = relative.isEmpty() || relative.endsWith("/") ? relative + "index.html" : relative;
        if (folder != null) {
            return findFile(folder, name, request);
        }
        return beside == null
                ? Optional.ofNullable(loaded.get(name)).map(content -> HttpResponse.of(200, typeOf(name), content))
                : findResource(beside, prefix + name);
    }

    private static Optional<HttpResponse> findResource(Class<?> beside, String name) throws IOException {
        URL resource = beside.getResource(name);
        if (resource == null || isFolder(resource, beside, name)) {
            return Optional.empty();
        }
        try (InputStream in = resource.openStream()) {
            return Optional.of(HttpResponse.of(200, typeOf(name), in.readAllBytes()));
        }
    }

    /** A folder's content would be a list of its files, or in a jar nothing. */
    private static boolean isFolder(URL resource, Class<?> beside, String name) {
        return resource.getProtocol().equals("file")
                ? Files.isDirectory(Path.of(URI.create(resource.toString())))
                : beside.getResource(name + "/") != null;
    }

    private static Optional<HttpResponse> findFile(Path folder, String name, HttpRequest request) throws IOException {
        Path file;
        try {
            file = folder.resolve(name);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        // A symbolic link may lead elsewhere.
        if (!Files.isRegularFile(file)
                || !Files.isReadable(file)
                || !file.toRealPath().startsWith(folder)) {
            return Optional.empty();
        }
        Instant modified = Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS);
        HttpResponse response = isUnchanged(request, modified)
                ? HttpResponse.empty(304)
                : HttpResponse.file(typeOf(name), file, Files.size(file));
        return Optional.of(response.header("Last-Modified", HttpDate.format(modified)));
    }

    private static boolean isUnchanged(HttpRequest request, Instant modified) {
        // RFC 9110 §13.1.3: the field is ignored if it is not one date, or if there is an If-None-Match.
        List<String> dates = request.headers().all("If-Modified-Since");
        return dates.size() == 1
                && !request.headers().contains("If-None-Match")
                && HttpDate.parse(dates.get(0), Instant.now())
                        .filter(since -> !modified.isAfter(since))
                        .isPresent();
    }

    private static String typeOf(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        String type = TYPES.get(ending);
        if (type == null) {
            type = URLConnection.guessContentTypeFromName(name);
        }
        return type == null ? "application/octet-stream" : type;
    }
}
