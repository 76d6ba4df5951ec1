package dev.marline.bench.load;

import dev.marline.bench.server.EchoServer;
import dev.marline.bench.server.ServerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server that can be started.
 *
 * @param features what it can do beside echo
 */
public record Server(String name, Set<Feature> features, Launcher launcher) {
    private static final int HELIDON_JDK = 21;

    /** What not every server can do. */
    public enum Feature {
        DEFLATE,
        BROADCAST,
        TLS
    }

    /** How it is started. */
    @FunctionalInterface
    public interface Launcher {
        /** The command line, whose process becomes the server. */
        List<String> command(ServerSettings settings, List<String> jvmOptions);
    }

    /** Those that run in a JVM: see {@link EchoServer}. */
    public static List<Server> onJvm() {
        List<Server> servers = new ArrayList<>(List.of(
                onJvm("marline", Feature.values()),
                onJvm("netty", Feature.values()),
                onJvm("vertx", Feature.values()),
                onJvm("jetty", Feature.DEFLATE),
                onJvm("undertow", Feature.DEFLATE),
                onJvm("tomcat", Feature.DEFLATE),
                onJvm("java-websocket", Feature.DEFLATE)));
        if (Runtime.version().feature() >= HELIDON_JDK) {
            servers.add(onJvm("helidon"));
        }
        return servers;
    }

    private static Server onJvm(String name, Feature... features) {
        return new Server(name, Set.of(features), (settings, jvmOptions) -> {
            List<String> arguments = new ArrayList<>(List.of(name));
            arguments.addAll(settings.arguments());
            return Jvm.command(EchoServer.class, jvmOptions, arguments);
        });
    }

    /** Marline. */
    public static Server marline() {
        return onJvm().get(0);
    }

    /** Netty's own codec. */
    static Server netty() {
        return onJvm().get(1);
    }

    /** The npm package ws. */
    static Server ws(Path script) {
        return new Server("ws", Set.of(Feature.values()), (settings, jvmOptions) -> {
            List<String> command = new ArrayList<>(List.of("node", script.toString()));
            command.addAll(settings.arguments());
            return command;
        });
    }

    /**
     * Any other.
     *
     * @param command for a shell; {@code {port}} in it becomes the port, and {@code {deflate}}, without which it has no
     *     permessage-deflate, becomes {@code deflate} or nothing
     */
    public static Server extra(String name, String command) {
        Set<Feature> features =
                command.contains("{deflate}") ? Set.of(Feature.DEFLATE, Feature.BROADCAST) : Set.of(Feature.BROADCAST);
        return new Server(
                name,
                features,
                (settings, jvmOptions) -> List.of(
                        "sh",
                        "-c",
                        "exec "
                                + command.replace("{port}", Integer.toString(settings.port()))
                                        .replace(
                                                "{deflate}",
                                                settings.compression().isOn() ? "deflate" : "")));
    }

    /** Whether it has what the scenario needs. */
    public boolean supports(Scenario scenario, boolean tls) {
        return has(Feature.DEFLATE, scenario.deflate())
                && has(Feature.BROADCAST, scenario.kind() == Scenario.Kind.BROADCAST)
                && has(Feature.TLS, tls);
    }

    private boolean has(Feature feature, boolean needed) {
        return !needed || features.contains(feature);
    }
}
