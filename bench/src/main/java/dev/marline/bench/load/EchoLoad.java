package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Keeps a number of messages on the way on each connection: new ones go when half of them are back, so that the server sees several
 * in a read however fast it is.
 */
final class EchoLoad {
    private static final Duration DRAIN = Duration.ofSeconds(2);

    // Every message is checked for its type and size. The first of each connection and some later ones are compared.
    private static final int COMPARED_FIRST = 8;
    private static final int COMPARED_EVERY = 1021;

    private final Scenario scenario;
    private final List<Message> messages;
    private final Meter meter = new Meter();
    private final List<Exchange> exchanges = new ArrayList<>();
    private volatile boolean stopped;

    EchoLoad(Scenario scenario) {
        this.scenario = scenario;
        this.messages = Messages.of(scenario.payload(), scenario.size());
    }

    /** Puts load on a server, and measures it. */
    Map<Figure, Double> run(ServerProcess server, Duration warmUp, Duration time)
            throws IOException, InterruptedException {
        try (LoadClient client = new LoadClient(server)) {
            List<WebSocket> sockets = client.open(scenario.connections(), "/", number -> {
                Exchange exchange = new Exchange(number);
                exchanges.add(exchange);
                return exchange;
            });
            if (scenario.deflate()) {
                sockets.forEach(EchoLoad::requireDeflate);
            }
            for (int i = 0; i < sockets.size(); i++) {
                exchanges.get(i).begin(sockets.get(i));
            }
            Map<Figure, Double> figures = meter.measure(server, warmUp, time);
            stopped = true;
            figures.put(Figure.UNANSWERED, (double) drain());
            return figures;
        } finally {
            stopped = true;
        }
    }

    private static void requireDeflate(WebSocket socket) {
        if (!socket.handshake().response().contains("Sec-WebSocket-Extensions")) {
            throw new LoadException("the server does not accept permessage-deflate");
        }
    }

    /** Waits for what is still on the way; how many messages have not come back. */
    private long drain() throws InterruptedException {
        long end = System.nanoTime() + DRAIN.toNanos();
        long left;
        do {
            meter.watch(Duration.ofMillis(50));
            left = exchanges.stream().mapToLong(exchange -> exchange.onTheWay).sum();
        } while (left > 0 && System.nanoTime() < end);
        return left;
    }

    private final class Exchange extends LoadListener {
        /** Connections start at different messages. */
        private final int first;

        private final int batch = Math.max(1, scenario.inFlight() / 2);
        private long sent;
        private long received;
        private int due;

        /** Which message is being timed, one at a time. */
        private long timed = -1;

        private long timedSince;

        private volatile int onTheWay;

        Exchange(int number) {
            super(meter);
            first = number * 7;
        }

        /** Sends one message. When it is back all else happens on the event loop. */
        void begin(WebSocket socket) {
            due = scenario.inFlight() - 1;
            onTheWay = 1;
            sent = 1;
            socket.send(message(0));
        }

        private Message message(long index) {
            return messages.get((int) ((first + index) % messages.size()));
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            check(message);
            if (received == timed) {
                meter.took(System.nanoTime() - timedSince);
                timed = -1;
            }
            received++;
            due++;
            meter.arrived();
            if (!stopped && due >= batch) {
                if (timed < 0) {
                    timed = sent;
                    timedSince = System.nanoTime();
                }
                for (; due > 0; due--) {
                    socket.send(message(sent++));
                }
            }
            onTheWay = (int) (sent - received);
        }

        private void check(Message message) {
            Message expected = message(received);
            boolean compared = received < COMPARED_FIRST || received % COMPARED_EVERY == 0;
            if (message.isText() != expected.isText()
                    || message.size() != expected.size()
                    || (compared && !message.bytes().equals(expected.bytes()))) {
                meter.fail("message " + received + " of a connection came back as another");
            }
        }

        @Override
        boolean isStopped() {
            return stopped;
        }
    }
}
