package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.bench.server.Compression;
import dev.marline.bench.server.ServerSettings;
import dev.marline.protocol.handshake.HttpVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "stalled",
        description = {
            "Has many WebSockets share one HTTP/2 connection, and one HTTP/3 connection, and one of them stop reading what it is sent:",
            "whether the others' round trips take longer for that."
        })
public final class StalledCommand implements Callable<Integer> {
    private static final int MAX_MESSAGE = 1024 * 1024;
    private static final int PAIRS = 7;
    private static final int WARM_UP = 20_000;
    private static final int ROUND_TRIPS = 3000;
    private static final int SIZE = 32;
    private static final long TIMEOUT_SECONDS = 10;

    @Option(names = "--websockets", description = "How many share a connection (default: ${DEFAULT-VALUE}).")
    private int webSockets = 1000;

    @Override
    public Integer call() throws Exception {
        Cores.split();
        Path keyStore = SelfSignedCertificate.create();
        System.out.printf("| one of %,d reads nothing | others, us | while it reads, us | ratio |%n", webSockets);
        System.out.println("|---|--:|--:|--:|");
        measure(Server.marline("HTTP/2", HttpVersion.HTTP_2), keyStore);
        measure(Server.marline("HTTP/3", HttpVersion.HTTP_3), keyStore);
        return 0;
    }

    private void measure(Server kind, Path keyStore) throws Exception {
        ServerSettings settings = new ServerSettings(ServerProcess.freePort(), Compression.NONE, MAX_MESSAGE, keyStore);
        try (ServerProcess server = ServerProcess.start(kind, settings, List.of());
                LoadClient client = LoadClient.ofOneOrigin(server)) {
            List<RoundTrips> others = new ArrayList<>();
            client.open(webSockets, "/", number -> {
                RoundTrips listener = new RoundTrips();
                others.add(listener);
                return listener;
            });
            RoundTrips stalling = others.remove(0);
            median(others, WARM_UP);
            double[] quiet = new double[PAIRS];
            double[] stalled = new double[PAIRS];
            double[] ratios = new double[PAIRS];
            for (int i = 0; i < PAIRS; i++) {
                quiet[i] = median(others, ROUND_TRIPS);
                stalling.stall();
                stalled[i] = median(others, ROUND_TRIPS);
                stalling.resume();
                ratios[i] = stalled[i] / quiet[i];
            }
            System.out.printf(
                    "| %s | %.0f | %.0f | %.2f |%n", kind.name(), middle(stalled), middle(quiet), middle(ratios));
        }
    }

    /** The median time of so many round trips, one after the other, each on another WebSocket, in microseconds. */
    private static double median(List<RoundTrips> sockets, int count) throws InterruptedException {
        double[] micros = new double[count];
        for (int i = 0; i < count; i++) {
            micros[i] = sockets.get(i % sockets.size()).roundTrip() / 1e3;
        }
        return middle(micros);
    }

    private static double middle(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static final class RoundTrips implements WebSocketListener {
        private static final int STALLED_MESSAGES = 8;

        private final BlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();
        private final AtomicInteger unanswered = new AtomicInteger();

        @SuppressWarnings("NullAway.Init") // set when it is open, before anybody uses it
        private volatile WebSocket socket;

        @Override
        public void onOpen(WebSocket opened) {
            socket = opened;
        }

        long roundTrip() throws InterruptedException {
            long start = System.nanoTime();
            socket.send(Message.binary(new byte[SIZE]));
            return awaitArrival() - start;
        }

        private long awaitArrival() throws InterruptedException {
            Long arrival = arrivals.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (arrival == null) {
                throw new LoadException("a message was not answered within " + TIMEOUT_SECONDS + " s");
            }
            return arrival;
        }

        /** Asks for more than any window holds, and reads none of it. */
        void stall() {
            socket.pauseReading();
            unanswered.set(STALLED_MESSAGES);
            Message large = Message.binary(new byte[MAX_MESSAGE / 2]);
            for (int i = 0; i < STALLED_MESSAGES; i++) {
                socket.send(large);
            }
        }

        /** Reads it all. */
        void resume() throws InterruptedException {
            socket.resumeReading();
            awaitArrival();
        }

        @Override
        public void onMessage(WebSocket from, Message message) {
            if (message.size() == SIZE) {
                arrivals.add(System.nanoTime());
            } else if (unanswered.decrementAndGet() == 0) {
                arrivals.add(System.nanoTime());
            }
        }
    }
}
