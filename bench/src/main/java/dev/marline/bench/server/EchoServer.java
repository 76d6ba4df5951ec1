package dev.marline.bench.server;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs one of the servers in a process of its own: {@code EchoServer NAME} and the {@linkplain ServerSettings#arguments settings}.
 * Each has one thread for its connections where it can. It sends back what it gets; what it gets on {@link #BROADCAST}, it sends to
 * all who are there.
 */
public final class EchoServer {
    /** The path where what comes goes to all. */
    static final String BROADCAST = "/broadcast";

    /** How many connections may wait to be accepted. */
    static final int BACKLOG = 4096;

    private static final Logger ROOT = Logger.getLogger("");

    private EchoServer() {}

    public static void main(String[] args) throws Exception {
        ROOT.setLevel(Level.SEVERE);
        List<String> arguments = List.of(args);
        ServerSettings settings = ServerSettings.parse(arguments.subList(1, arguments.size()));
        switch (arguments.get(0)) {
            case "marline" -> MarlineServer.start(settings);
            case "netty" -> NettyServer.start(settings);
            case "vertx" -> VertxServer.start(settings);
            case "jetty" -> JettyServer.start(settings);
            case "undertow" -> UndertowServer.start(settings);
            case "tomcat" -> TomcatServer.start(settings);
            case "helidon" -> startHelidon(settings);
            case "java-websocket" -> JavaWebSocketServer.start(settings);
            default -> throw new IllegalArgumentException("there is no server '" + arguments.get(0) + "'");
        }
    }

    /** By name: its class is not there where the JDK is older than 21. */
    private static void startHelidon(ServerSettings settings) throws ReflectiveOperationException {
        Class.forName(EchoServer.class.getPackageName() + ".HelidonServer")
                .getDeclaredMethod("start", ServerSettings.class)
                .invoke(null, settings);
    }
}
