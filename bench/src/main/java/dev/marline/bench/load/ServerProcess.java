package dev.marline.bench.load;

import dev.marline.bench.server.Compression;
import dev.marline.bench.server.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, and what that process costs. */
final class ServerProcess implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final long START_TIMEOUT_MILLIS = 20_000;
    private static final Pattern HISTOGRAM_TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private final Process process;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one of the servers of {@link EchoServer}.
     *
     * @param jvmOptions beside those that every server gets
     */
    static ServerProcess start(String name, Compression compression, List<String> jvmOptions)
            throws IOException, InterruptedException {
        int port = freePort();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
        command.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
        command.add("-Dio.netty.tryReflectionSetAccessible=true");
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), EchoServer.class.getName()));
        command.addAll(List.of(name, Integer.toString(port), compression.name().toLowerCase(Locale.ROOT)));
        Process process = new ProcessBuilder(command).inheritIO().start();
        ServerProcess server = new ServerProcess(process, port);
        server.awaitPort();
        return server;
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    private void awaitPort() throws IOException, InterruptedException {
        long deadline = System.currentTimeMillis() + START_TIMEOUT_MILLIS;
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException notYet) {
                if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                    close();
                    throw new IOException("the server does not listen on port " + port, notYet);
                }
                Thread.sleep(50);
            }
        }
    }

    int port() {
        return port;
    }

    /** What the process holds of the machine's memory, in bytes. */
    long residentBytes() throws IOException {
        String[] pages = Files.readString(Path.of("/proc", pid(), "statm")).split(" ", -1);
        return Long.parseLong(pages[1]) * PAGE;
    }

    /** What lives on its heap, in bytes, after a full collection. */
    long liveHeapBytes() throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), pid(), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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
    }
}
