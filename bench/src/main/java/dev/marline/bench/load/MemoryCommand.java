package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.bench.server.Compression;
import dev.marline.bench.server.ServerSettings;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "memory",
        description = {
            "What a connection that has exchanged messages costs a server, compressed and not.",
            "Each sends 64 different messages of 1 KiB JSON, which come back. The figure is the slope between two numbers of",
            "connections: what the server's heap holds after a full collection, and all that is resident beside the heap."
        })
public final class MemoryCommand implements Callable<Integer> {
    private static final int WARM_UP = 500;
    private static final int MESSAGES = 64;
    private static final int SIZE = 1024;
    private static final int AT_ONCE = 200;
    private static final long TIMEOUT_SECONDS = 120;

    @Option(names = "--connections", description = "How many connections (default: ${DEFAULT-VALUE}).")
    private int connections = 10_000;

    /** A heap of one size and touched beforehand, so that resident memory moves with what lies beside it only. */
    static List<String> heap(String size) {
        return List.of("-XX:+UseParallelGC", "-Xms" + size, "-Xmx" + size, "-XX:+AlwaysPreTouch", "-Xlog:disable");
    }

    private final List<Message> messages = Messages.json(MESSAGES, SIZE);

    @Override
    public Integer call() throws Exception {
        System.out.println("| server | compression | bytes a connection | heap | beside it |");
        System.out.println("|---|---|--:|--:|--:|");
        for (Compression compression : Compression.values()) {
            measure(Server.marline(), compression);
        }
        measure(Server.netty(), Compression.NONE);
        measure(Server.netty(), Compression.DEDICATED);
        return 0;
    }

    private void measure(Server kind, Compression compression) throws IOException, InterruptedException {
        Extension[] extensions = compression == Compression.NONE
                ? new Extension[0]
                : new Extension[] {PerMessageDeflate.dedicated().build()};
        ServerSettings settings = ServerSettings.clearText(ServerProcess.freePort(), compression, 2 * SIZE);
        try (ServerProcess server = ServerProcess.start(kind, settings, heap("3g"));
                WebSocketClient client =
                        WebSocketClient.builder().extensions(extensions).build()) {
            String address = "ws://127.0.0.1:" + server.port() + "/";
            open(client, address, WARM_UP);
            long heap = server.liveHeapBytes();
            long resident = server.residentBytes();
            open(client, address, connections);
            double heapEach = (double) (server.liveHeapBytes() - heap) / connections;
            double besideEach = (double) (server.residentBytes() - resident) / connections;
            System.out.printf(
                    "| %s | %s | %,.0f | %,.0f | %,.0f |%n",
                    kind.name(), compression, heapEach + besideEach, heapEach, besideEach);
        }
    }

    /** Opens connections, and has each exchange its messages. They stay open. */
    private void open(WebSocketClient client, String address, int count) throws InterruptedException {
        for (int done = 0; done < count; done += AT_ONCE) {
            List<CompletableFuture<WebSocket>> opening = new ArrayList<>();
            CountDownLatch exchanged = new CountDownLatch(AT_ONCE);
            for (int i = 0; i < AT_ONCE; i++) {
                opening.add(client.connect(address, new Exchange(exchanged)));
            }
            opening.forEach(CompletableFuture::join);
            if (!exchanged.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("messages have not come back within " + TIMEOUT_SECONDS + " s");
            }
        }
    }

    /** Sends one message after the other, each when the last has come back. */
    private final class Exchange implements WebSocketListener {
        private final CountDownLatch exchanged;
        private int next;

        Exchange(CountDownLatch exchanged) {
            this.exchanged = exchanged;
        }

        @Override
        public void onOpen(WebSocket socket) {
            socket.send(messages.get(next++));
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            if (next < messages.size()) {
                socket.send(messages.get(next++));
            } else {
                exchanged.countDown();
            }
        }
    }
}
