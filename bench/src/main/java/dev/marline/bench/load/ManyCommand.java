package dev.marline.bench.load;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.bench.server.Compression;
import dev.marline.bench.server.ServerSettings;
import dev.marline.protocol.handshake.HttpVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "many",
        description = {
            "Holds many WebSockets to one Marline server with one event loop: how fast they open, what they cost in memory,",
            "and how long a message takes from one of them to all."
        })
public final class ManyCommand implements Callable<Integer> {
    private static final int MAX_MESSAGE = 8 * 1024;

    /** How many are opened first, for the code to be compiled: what they take is not counted. */
    private static final int WARM_UP = 5000;

    private static final int BROADCASTS = 5;
    private static final int BROADCAST_SIZE = 128;
    private static final long TIMEOUT_SECONDS = 120;

    /** Files that a process needs beside its connections. */
    private static final int OTHER_FILES = 200;

    @Option(names = "--connections", description = "How many connections (default: ${DEFAULT-VALUE}).")
    private int connections = 19_000;

    @Option(
            names = "--streams",
            description =
                    "WebSockets on each of them, over HTTP/2 (default: the connection is the WebSocket, HTTP/1.1).")
    private int streams;

    @Option(names = "--server-heap", description = "The server's heap, as java takes it (default: ${DEFAULT-VALUE}).")
    private String serverHeap = "3g";

    private final Semaphore echoes = new Semaphore(0);
    private final Semaphore broadcasts = new Semaphore(0);
    private final Semaphore closes = new Semaphore(0);
    private final AtomicInteger cleanCloses = new AtomicInteger();
    private final List<WebSocket> sockets = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        if (connections <= WARM_UP) {
            System.err.printf("--connections is %,d, expected more than %,d.%n", connections, WARM_UP);
            return 2;
        }
        // The server has the same limit as this process, and needs as many files.
        long files = maxFiles();
        if (connections + OTHER_FILES > files) {
            System.err.printf(
                    "%,d connections need %,d open files, and the limit is %,d: raise it with ulimit -n.%n",
                    connections, connections + OTHER_FILES, files);
            return 1;
        }
        Cores.split();
        Server kind = streams == 0 ? Server.marline() : Server.marline("marline-http2", HttpVersion.HTTP_2);
        int webSockets = connections * Math.max(1, streams);
        int warmUp = WARM_UP * Math.max(1, streams);
        ServerSettings settings = ServerSettings.clearText(ServerProcess.freePort(), Compression.NONE, MAX_MESSAGE);
        try (ServerProcess server = ServerProcess.start(kind, settings, jvmOptions());
                LoadClient client = new LoadClient(server)) {
            open(client, warmUp);
            ServerMemory few = ServerMemory.of(server);
            long cpu = server.cpuNanos();
            double openSeconds = open(client, webSockets - warmUp);
            double added = webSockets - warmUp;
            double handshakeCpu = (server.cpuNanos() - cpu) / 1e3 / added;
            ServerMemory memory = ServerMemory.of(server).minus(few);
            System.out.printf("| what | %,d WebSockets on %,d connections |%n|---|--:|%n", webSockets, connections);
            row("handshakes a second", added / openSeconds);
            row("CPU of the server for each, us", handshakeCpu);
            row("memory of a WebSocket, bytes", (memory.heap() + memory.resident()) / added);
            row("of it on the heap", memory.heap() / added);
            row("of it beside the heap", memory.resident() / added);
            row("an echo on each connection, all at once, ms", echo());
            row("from one to all, ms", broadcast());
            row("to close all, ms", close());
            row("of them with a closing handshake within its timeout", cleanCloses.get());
        }
        return 0;
    }

    private List<String> jvmOptions() {
        List<String> options = new ArrayList<>(MemoryCommand.heap(serverHeap));
        if (streams > 0) {
            options.add("-Dbench.streams=" + streams);
        }
        return options;
    }

    private static long maxFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    private static void row(String what, double figure) {
        System.out.printf("| %s | %,.0f |%n", what, figure);
    }

    /** How long it takes to open more, in seconds. */
    private double open(LoadClient client, int count) throws InterruptedException {
        long start = System.nanoTime();
        sockets.addAll(client.open(count, "/many", number -> new Listener()));
        return (System.nanoTime() - start) / 1e9;
    }

    private double echo() throws IOException, InterruptedException {
        Message message = Message.text("one");
        // One of each connection, and a connection is known by its port.
        Map<SocketAddress, WebSocket> sample = new HashMap<>();
        sockets.forEach(socket -> sample.putIfAbsent(socket.localAddress(), socket));
        long start = System.nanoTime();
        sample.values().forEach(socket -> socket.send(message));
        return millisUntilAll(echoes, sample.size(), start, "echo");
    }

    /** The median of a few. */
    private double broadcast() throws IOException, InterruptedException {
        double[] millis = new double[BROADCASTS];
        for (int i = 0; i < BROADCASTS; i++) {
            long start = System.nanoTime();
            sockets.get(i).send(new byte[BROADCAST_SIZE]);
            millis[i] = millisUntilAll(broadcasts, sockets.size(), start, "broadcast");
        }
        Arrays.sort(millis);
        return millis[BROADCASTS / 2];
    }

    private double close() throws IOException, InterruptedException {
        long start = System.nanoTime();
        sockets.forEach(WebSocket::close);
        return millisUntilAll(closes, sockets.size(), start, "close");
    }

    private static double millisUntilAll(Semaphore arrived, int count, long start, String what)
            throws IOException, InterruptedException {
        if (!arrived.tryAcquire(count, TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(what + ": " + arrived.availablePermits() + " of " + count + " were done within "
                    + TIMEOUT_SECONDS + " s");
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private final class Listener implements WebSocketListener {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            (message.isText() ? echoes : broadcasts).release();
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            if (reason.code() == 1000) {
                cleanCloses.incrementAndGet();
            }
            closes.release();
        }
    }
}
