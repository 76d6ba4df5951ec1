package dev.marline.bench.load;

import dev.marline.bench.server.EchoServer;
import dev.marline.bench.server.ServerSettings;
import dev.marline.protocol.handshake.HttpVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server that can be started.
 *
 * @param features what it can do beside echo
 * @param http the version of HTTP that its WebSockets are opened over
 */
public record Server(String name, Set<Feature> features, HttpVersion http, Launcher launcher) {
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
                marline("marline-http2", HttpVersion.HTTP_2),
                marline("marline-http3", HttpVersion.HTTP_3),
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
        return new Server(name, Set.of(features), HttpVersion.HTTP_1_1, (settings, jvmOptions) -> {
            List<String> arguments = new ArrayList<>(List.of(name));
            arguments.addAll(settings.arguments());
            return Jvm.command(EchoServer.class, jvmOptions, arguments);
        });
    }

    /** Marline. */
    public static Server marline() {
        return onJvm("marline", Feature.values());
    }

    /** Marline, asked for WebSockets over a version that they share a connection in. */
    static Server marline(String name, HttpVersion http) {
        Server marline = marline();
        return new Server(name, marline.features, http, marline.launcher);
    }

    /** Netty's own codec. */
    static Server netty() {
        return onJvm("netty", Feature.values());
    }

    /** The npm package ws. */
    static Server ws(Path script) {
        return new Server("ws", Set.of(Feature.values()), HttpVersion.HTTP_1_1, (settings, jvmOptions) -> {
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
                HttpVersion.HTTP_1_1,
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
        // Without TLS nothing chooses a version.
        return (tls || http == HttpVersion.HTTP_1_1)
                && has(Feature.DEFLATE, scenario.deflate())
                && has(Feature.BROADCAST, scenario.kind() == Scenario.Kind.BROADCAST)
                && has(Feature.TLS, tls);
    }

    private boolean has(Feature feature, boolean needed) {
        return !needed || features.contains(feature);
    }
}
