package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** One connection sends messages that come to all, itself included, and has a number of them on the way. */
final class BroadcastLoad {
    private final Scenario scenario;
    private final Meter meter = new Meter();

    // Of the messages on the way, by their number modulo how many those can be.
    private final int[] missing;
    private final long[] since;

    private final byte[] payload;

    // The first message is sent by the thread that starts all, the others on the event loop.
    @SuppressWarnings("NullAway.Init")
    private WebSocket publisher;

    private long sent;
    private int onTheWay;

    BroadcastLoad(Scenario scenario) {
        this.scenario = scenario;
        missing = new int[scenario.inFlight()];
        since = new long[scenario.inFlight()];
        payload = new byte[scenario.size()];
    }

    /** Puts load on a server, and measures it. */
    Map<Figure, Double> run(ServerProcess server, Duration warmUp, Duration time)
            throws IOException, InterruptedException {
        try (LoadClient client = new LoadClient(server)) {
            List<WebSocket> sockets = client.open(scenario.connections(), "/broadcast", number -> new Subscriber());
            publisher = sockets.get(0);
            publish();
            return meter.measure(server, warmUp, time);
        } finally {
            meter.stop();
        }
    }

    private void publish() {
        onTheWay++;
        int slot = (int) (sent % missing.length);
        missing[slot] = scenario.connections();
        since[slot] = System.nanoTime();
        ByteBuffer.wrap(payload).putLong(sent++);
        publisher.send(Message.binary(payload));
    }

    private final class Subscriber extends LoadListener {
        private long received;

        Subscriber() {
            super(meter);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            if (message.size() != payload.length || message.bytes().getLong() != received) {
                meter.fail("message " + received + " of a connection is another");
                return;
            }
            meter.arrived();
            int slot = (int) (received++ % missing.length);
            if (--missing[slot] == 0) {
                meter.took(System.nanoTime() - since[slot]);
                onTheWay--;
                while (onTheWay < missing.length && !meter.isStopped()) {
                    publish();
                }
            }
        }
    }
}
