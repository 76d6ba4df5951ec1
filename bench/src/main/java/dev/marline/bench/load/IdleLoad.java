package dev.marline.bench.load;

import dev.marline.WebSocket;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Opens connections that send nothing, and measures what they cost. */
final class IdleLoad {
    private static final int WARM_UP = 500;
    private static final int WARM_UP_ROUNDS = 10;

    /** For a server to be done with connections that were closed or opened. */
    private static final long SETTLE_MILLIS = 500;

    private final Scenario scenario;

    IdleLoad(Scenario scenario) {
        this.scenario = scenario;
    }

    Map<Figure, Double> run(ServerProcess server) throws IOException, InterruptedException {
        try (LoadClient client = new LoadClient(server)) {
            for (int i = 0; i < WARM_UP_ROUNDS; i++) {
                open(client, WARM_UP).forEach(WebSocket::abort);
            }
            Thread.sleep(SETTLE_MILLIS);
            ServerMemory before = ServerMemory.of(server);
            long cpu = server.cpuNanos();
            long start = System.nanoTime();
            List<WebSocket> sockets = open(client, scenario.connections());
            double seconds = (System.nanoTime() - start) / 1e9;
            Thread.sleep(SETTLE_MILLIS);
            cpu = server.cpuNanos() - cpu;
            ServerMemory memory = ServerMemory.of(server).minus(before);
            double count = sockets.size();
            if (!sockets.stream().allMatch(WebSocket::isOpen)) {
                throw new LoadException("a connection was closed");
            }
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.HEAP_BYTES, memory.heap() / count);
            figures.put(Figure.BESIDE_BYTES, memory.resident() / count);
            figures.put(Figure.HANDSHAKE_CPU_MICROS, cpu / 1e3 / count);
            figures.put(Figure.HANDSHAKES_PER_SECOND, count / seconds);
            return figures;
        }
    }

    private static List<WebSocket> open(LoadClient client, int count) throws InterruptedException {
        return client.open(count, "/", number -> (socket, message) -> {});
    }
}
