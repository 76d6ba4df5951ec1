package dev.marline.testing;

import dev.marline.Transport;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketServer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An echo server with a page, in a process of its own that has little of something. It is told what to do line by line. */
public final class ServerProgram extends RunningProgram {
    private static final Map<Path, Path> JARS = new ConcurrentHashMap<>();

    private final int port;

    private ServerProgram(ProcessBuilder builder) {
        super("a server", builder);
        port = Integer.parseInt(nextLine());
    }

    /**
     * Starts it.
     *
     * @param ulimit an option of the shell's {@code ulimit}, with its value; empty for none
     * @param options the JVM's
     */
    public static ServerProgram start(String ulimit, Transport transport, int threads, String... options) {
        List<String> java = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        java.addAll(List.of(options));
        java.addAll(
                List.of("-cp", classPath(), ServerProgram.class.getName(), transport.name(), String.valueOf(threads)));
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", ulimit.isEmpty() ? "exec \"$@\"" : "ulimit " + ulimit + "; exec \"$@\"", "sh"));
        command.addAll(java);
        return new ServerProgram(new ProcessBuilder(command));
    }

    /** The tests' own, with folders packed as applications are: a class of a folder takes a file descriptor to be loaded. */
    private static String classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(path.split(File.pathSeparator))
                .map(entry -> Files.isDirectory(Path.of(entry, "dev", "marline"))
                        ? JARS.computeIfAbsent(Path.of(entry), ServerProgram::pack)
                                .toString()
                        : entry)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path pack(Path folder) {
        try {
            Path jar = Files.createTempFile("classes", ".jar");
            jar.toFile().deleteOnExit();
            int code = ToolProvider.findFirst("jar")
                    .orElseThrow()
                    .run(
                            System.out,
                            System.err,
                            "--create",
                            "--no-compress",
                            "--file",
                            jar.toString(),
                            "-C",
                            folder.toString(),
                            ".");
            if (code != 0) {
                throw new IllegalStateException(folder + " cannot be packed");
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** Tells it to do something, and waits for its answer. */
    public String ask(String what) {
        type(what);
        return nextLine();
    }

    public static void main(String[] args) throws IOException {
        WebSocketServer server = WebSocketServer.builder()
                .host("127.0.0.1")
                .transport(Transport.valueOf(args[0]))
                .threads(Integer.parseInt(args[1]))
                .webSocket("/", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("a page"))
                .start();
        server.closed().whenComplete((nothing, failure) -> {
            if (failure != null) {
                System.out.println("failed: " + failure.getMessage());
            }
        });
        System.out.println(server.port());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            switch (line) {
                case "connections" -> System.out.println(server.connections());
                case "close" -> {
                    server.close(Duration.ofSeconds(1));
                    System.out.println("closed");
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.exit(0);
    }
}
