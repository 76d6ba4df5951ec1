package dev.marline.bench.load;

import dev.marline.Message;
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

    private final Client kind;
    private final List<Message> messages;
    private final Meter meter = new Meter();
    private final List<Exchange> exchanges = new ArrayList<>();

    EchoLoad(Client kind, Scenario scenario) {
        this.kind = kind;
        messages = Messages.of(scenario.payload(), scenario.size());
        for (int i = 0; i < scenario.connections(); i++) {
            exchanges.add(new Exchange(i, messages, scenario.inFlight(), meter));
        }
    }

    /** Puts load on a server, and measures it. */
    Map<Figure, Double> run(ServerProcess server, Duration warmUp, Duration time)
            throws IOException, InterruptedException {
        try (EchoClient client = kind.of(server, meter)) {
            client.begin(exchanges, messages);
            Map<Figure, Double> figures = meter.measure(server, warmUp, time);
            meter.stop();
            figures.put(Figure.UNANSWERED, (double) drain());
            return figures;
        } finally {
            meter.stop();
        }
    }

    /** Waits for what is still on the way; how many messages have not come back. */
    private long drain() throws InterruptedException {
        long end = System.nanoTime() + DRAIN.toNanos();
        long left;
        do {
            meter.watch(Duration.ofMillis(50));
            left = exchanges.stream().mapToLong(Exchange::onTheWay).sum();
        } while (left > 0 && System.nanoTime() < end);
        return left;
    }
}
