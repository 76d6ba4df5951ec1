package dev.marline.bench.load;

import dev.marline.bench.server.Compression;
import dev.marline.bench.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How servers, or clients, are measured: a server in a new process, for a while under the same load as then counts.
 *
 * @param client what messages that come back are sent with
 * @param keyStore what they speak TLS with; null for clear text
 */
public record Measurement(
        Client client,
        Duration warmUp,
        Duration time,
        List<String> jvmOptions,
        @Nullable Path keyStore) {
    /**
     * Measures a server.
     *
     * @throws LoadException if it does not do what it should
     */
    public Map<Figure, Double> of(Server server, Scenario scenario) throws IOException, InterruptedException {
        Compression compression = scenario.deflate() ? Compression.DEDICATED : Compression.NONE;
        ServerSettings settings =
                new ServerSettings(ServerProcess.freePort(), compression, scenario.maxMessageBytes(), keyStore);
        try (ServerProcess process = ServerProcess.start(server, settings, jvmOptions)) {
            return switch (scenario.kind()) {
                case ECHO -> new EchoLoad(client, scenario).run(process, warmUp, time);
                case BROADCAST -> new BroadcastLoad(scenario).run(process, warmUp, time);
                case IDLE -> new IdleLoad(scenario).run(process);
            };
        }
    }
}
