package dev.marline.protocol.handshake;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a WebSocket is: a {@code ws} or {@code wss} URI, RFC 6455 §3, taken apart. {@code http} and {@code https} mean the same as
 * their twins. {@code ws+unix:///path/of.socket:/target}, and {@code wss+unix} over TLS, is a WebSocket behind a Unix domain socket: the
 * socket's path ends at the first colon, and what follows is the request's target, {@code /} if nothing does. A colon of the path itself
 * is written {@code %3A}. It has the host {@code localhost}.
 *
 * @param secure whether the connection goes over TLS
 * @param host a name, or an address; an IPv6 literal without its brackets
 * @param port 80 or 443 where the URI has none
 * @param target path and query as they stand in the request, {@code /} at least
 * @param userInfo what stands before the {@code @}, decoded, or null; it becomes Basic authentication
 * @param socketPath the path of a Unix domain socket, decoded; null for TCP
 */
public record WebSocketAddress(
        boolean secure,
        String host,
        int port,
        String target,
        @Nullable String userInfo,
        @Nullable String socketPath) {
    /** How many bytes the path of a Unix domain socket may have. Linux has room for one more, which the JDK does not use. */
    public static final int MAX_SOCKET_PATH_BYTES = 106;

    private static final Pattern AUTHORITY =
            Pattern.compile("(?:(?<user>[^@]*)@)?(?<host>\\[[^\\]]+\\]|[^:@\\[\\]]+)(?::(?<port>[0-9]*))?");

    /** What a URI may hold anywhere. */
    private static final Pattern OF_URI = Pattern.compile("[\\w\\-.~:/?#\\[\\]@!$&'()*+,;=%]|[^\\x00-\\x7F]");

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is not one; the message says why
     */
    public static WebSocketAddress parse(String address) {
        try {
            return of(new URI(address));
        } catch (URISyntaxException e) {
            // Without the cause, which shows all of the address.
            throw new IllegalArgumentException(
                    shown(address) + " is not a URI: " + problem(e) + ", expected something like ws://host:port/path");
        }
    }

    /** What the exception says, the character and its place. For an authority it has the index of its beginning. */
    private static String problem(URISyntaxException e) {
        String address = e.getInput();
        int index = e.getIndex();
        if (index < 0 || index >= address.length()) {
            return e.getReason();
        }
        while (index < address.length() - 1
                && OF_URI.matcher(address.substring(index, index + 1)).matches()) {
            index++;
        }
        return e.getReason().startsWith("Illegal character")
                ? e.getReason() + ": " + Characters.named(address, index)
                : e.getReason() + " at index " + e.getIndex();
    }

    /**
     * Takes a URI apart.
     *
     * @throws IllegalArgumentException if it is not a WebSocket's; the message says why
     */
    public static WebSocketAddress of(URI uri) {
        String shown = shown(uri.toString());
        int surrogate = Characters.unpairedSurrogate(uri.toString());
        if (surrogate >= 0) {
            throw new IllegalArgumentException(
                    shown + " has an unpaired surrogate: " + Characters.named(uri.toString(), surrogate));
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean secure = switch (scheme) {
            case "ws", "http", "ws+unix" -> false;
            case "wss", "https", "wss+unix" -> true;
            default ->
                throw new IllegalArgumentException(shown + " has "
                        + (scheme.isEmpty() ? "no scheme" : "scheme '" + scheme + "'")
                        + ", expected ws, wss, http or https, or ws+unix or wss+unix");
        };
        // RFC 6455 §3: "Fragment identifiers are meaningless in the
        // context of WebSocket URIs and MUST NOT be used on these URIs."
        if (uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    shown + " has a fragment, which a WebSocket's address cannot have (RFC 6455 3)");
        }
        if (scheme.endsWith("+unix")) {
            return ofUnixSocket(secure, URI.create(Characters.encoded(uri.toString())), shown);
        }
        String authority = uri.getRawAuthority();
        Matcher parts = AUTHORITY.matcher(authority == null ? "" : authority);
        if (!parts.matches()) {
            throw new IllegalArgumentException(shown + " has no valid host, expected " + scheme + "://host:port/path");
        }
        return new WebSocketAddress(
                secure,
                host(parts.group("host"), shown),
                port(parts.group("port"), secure, shown),
                target(uri),
                userInfo(uri, parts),
                null);
    }

    private static WebSocketAddress ofUnixSocket(boolean secure, URI uri, String shown) {
        String expected = ", expected " + uri.getScheme() + ":///path/of.socket:/target";
        if (uri.getRawAuthority() != null || uri.isOpaque()) {
            throw new IllegalArgumentException(
                    shown + " has no absolute path of a socket after three slashes" + expected);
        }
        String[] parts = uri.getRawPath().split(":", 2);
        // More slashes at its beginning would be read as those before a host when it is printed.
        String path = URI.create(parts[0]).getPath().replaceFirst("^/+", "/");
        if (path.isEmpty() || path.endsWith("/") || path.chars().anyMatch(c -> c < ' ' || c == 0x7F || c == 0xFFFD)) {
            throw new IllegalArgumentException(shown + " has no path of a socket that can be one" + expected);
        }
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            throw new IllegalArgumentException(
                    shown + " has a socket's path of " + bytes + " bytes, expected at most " + MAX_SOCKET_PATH_BYTES);
        }
        String target = parts.length == 2 && !parts[1].isEmpty() ? parts[1] : "/";
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException(
                    shown + " has a target that does not begin with a slash, after the colon" + expected);
        }
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return new WebSocketAddress(secure, "localhost", defaultPort(secure), target + query, null, path);
    }

    /** The value of the Host header: the port stands in it where it is not the scheme's own. */
    public String hostHeader() {
        // RFC 6874 §4: the zone of an address means something on this machine only.
        return authority(host.replaceFirst("%.*", ""));
    }

    /** Host and port as a proxy is asked to connect to them. */
    public String hostAndPort() {
        String name = host.replaceFirst("%.*", "");
        return (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port;
    }

    /** Whether both are one server's: scheme, host and port are the same (RFC 6454 §5), or the socket. */
    public boolean isSameOrigin(WebSocketAddress other) {
        return secure == other.secure
                && host.equalsIgnoreCase(other.host)
                && port == other.port
                && Objects.equals(socketPath, other.socketPath);
    }

    /** The same as an {@code http} or {@code https} URI, without the user: what cookies and passwords are stored for. */
    public URI httpUri() {
        return URI.create((secure ? "https://" : "http://") + authority(host.replaceFirst("%", "%25")) + target);
    }

    /** The same with another user, or with none. */
    public WebSocketAddress withUserInfo(@Nullable String user) {
        return new WebSocketAddress(secure, host, port, target, user, socketPath);
    }

    WebSocketAddress withTarget(String other) {
        return new WebSocketAddress(secure, host, port, other, userInfo, socketPath);
    }

    /** The address as a URI, without the user. */
    @Override
    public String toString() {
        return origin() + target;
    }

    /** What stands before the target in a URI. */
    String origin() {
        if (socketPath != null) {
            String path = URLEncoder.encode(socketPath, StandardCharsets.UTF_8)
                    .replace("%2F", "/")
                    .replace("+", "%20");
            return (secure ? "wss+unix://" : "ws+unix://") + path + ":";
        }
        return (secure ? "wss://" : "ws://") + authority(host.replaceFirst("%", "%25"));
    }

    /** For a message, without what may be a password. */
    private static String shown(String address) {
        return "'" + HeaderSyntax.printable(address).replaceFirst("//[^/?#]*@", "//***@") + "'";
    }

    private String authority(String name) {
        String bracketed = name.indexOf(':') >= 0 ? "[" + name + "]" : name;
        return port == defaultPort(secure) ? bracketed : bracketed + ":" + port;
    }

    private static int defaultPort(boolean secure) {
        return secure ? 443 : 80;
    }

    private static String host(String written, String shown) {
        if (written.startsWith("[")) {
            String address = written.substring(1, written.length() - 1).replaceFirst("%25", "%");
            if (address.endsWith("%")) {
                throw new IllegalArgumentException(shown + " has no valid host: the zone of its address is empty");
            }
            return address;
        }
        try {
            return HostName.toAscii(written);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    shown + " has no valid host '" + HeaderSyntax.printable(written) + "': " + e.getMessage(), e);
        }
    }

    private static int port(@Nullable String written, boolean secure, String shown) {
        if (written == null || written.isEmpty()) {
            return defaultPort(secure);
        }
        int port = written.length() > 5 ? -1 : Integer.parseInt(written);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(shown + " has port " + written + ", expected 1 to 65535");
        }
        return port;
    }

    private static String target(URI uri) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return Characters.encoded(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    }

    private static @Nullable String userInfo(URI uri, Matcher parts) {
        if (parts.group("user") == null || parts.group("user").isEmpty()) {
            return null;
        }
        // A URI whose host is not a name by its own rules decodes no user by itself.
        return uri.getUserInfo() != null
                ? uri.getUserInfo()
                : URI.create("ws://" + parts.group("user") + "@h/").getUserInfo();
    }
}
