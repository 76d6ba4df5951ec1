package dev.marline.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.marline.bench.server.ServerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, and what that process costs. */
final class ServerProcess implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final long START_TIMEOUT_MILLIS = 60_000;
    private static final Pattern HISTOGRAM_TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private final Server server;
    private final Process process;
    private final ServerSettings settings;

    /** What it writes to its standard error. */
    private final Path log;

    private ServerProcess(Server server, Process process, ServerSettings settings, Path log) {
        this.server = server;
        this.process = process;
        this.settings = settings;
        this.log = log;
    }

    /**
     * Starts a server.
     *
     * @param jvmOptions beside those that every server in a JVM gets
     */
    static ServerProcess start(Server server, ServerSettings settings, List<String> jvmOptions)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("marline-bench", ".log");
        Process process = new ProcessBuilder(Cores.forServer(server.launcher().command(settings, jvmOptions)))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(log.toFile())
                .start();
        // A server does not end by itself when this process is told to.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        ServerProcess started = new ServerProcess(server, process, settings, log);
        started.awaitPort();
        return started;
    }

    static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    private void awaitPort() throws IOException, InterruptedException {
        long deadline = System.currentTimeMillis() + START_TIMEOUT_MILLIS;
        while (!listensOn("127.0.0.1")) {
            if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                String said = Files.readString(log).strip();
                close();
                throw new IOException("the server did not start" + (said.isEmpty() ? "" : ": " + said));
            }
            Thread.sleep(50);
        }
    }

    /** Whether it can be reached at an address. */
    boolean listensOn(String address) {
        try (Socket socket = new Socket(InetAddress.getByName(address), port())) {
            return socket.isConnected();
        } catch (IOException no) {
            return false;
        }
    }

    int port() {
        return settings.port();
    }

    /** What it was started as. */
    Server server() {
        return server;
    }

    ServerSettings settings() {
        return settings;
    }

    long cpuNanos() {
        return CpuTime.of(process.toHandle());
    }

    /** What the process holds of the machine's memory, in bytes. */
    long residentBytes() throws IOException {
        String[] pages = Files.readString(Path.of("/proc", pid(), "statm")).split(" ", -1);
        return Long.parseLong(pages[1]) * PAGE;
    }

    /** What lives on its heap, in bytes, after a full collection; 0 if it is no JVM. */
    long liveHeapBytes() throws IOException, InterruptedException {
        if (!process.info().command().orElse("").endsWith("/java")) {
            return 0;
        }
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), pid(), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), UTF_8);
        jcmd.waitFor();
        Matcher total = HISTOGRAM_TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IOException("jcmd gave no histogram: " + histogram);
        }
        return Long.parseLong(total.group(1));
    }

    private String pid() {
        return Long.toString(process.pid());
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        log.toFile().delete();
    }
}
