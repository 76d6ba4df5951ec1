package dev.marline.cli;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.server.StaticFiles;
import dev.marline.server.WebSocketServer;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Serves a page with a chat, an echo box and live figures, and their WebSockets, on one port.")
final class DemoCommand implements Callable<Integer> {
    private static final int DEFAULT_PORT = 8080;

    /** The files of the page. They are served from memory, because a build may remove them while the demo runs. */
    private static final String[] PAGE = {"index.html", "demo.css", "demo.js", "favicon.svg"};

    /** The page needs nothing from elsewhere, and no script but its own. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                    + "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    @Mixin
    private final Listening listening = new Listening();

    @Option(names = "--port", paramLabel = "PORT", description = "Listen on this port (default: " + DEFAULT_PORT + ").")
    private @Nullable Integer port;

    @Override
    public Integer call() {
        Traffic traffic = new Traffic();
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        FiguresFeed figures = new FiguresFeed(traffic, deflate);
        WebSocketServer.Builder builder = listening
                .builder(port, DEFAULT_PORT)
                .extensions(deflate)
                .webSocket("/chat", new ChatRoom(traffic))
                .webSocket("/echo", (socket, message) -> {
                    traffic.count(message);
                    socket.send(message);
                })
                .webSocket("/figures", figures)
                .get(
                        "/*",
                        StaticFiles.loadedResources(DemoCommand.class, "demo", PAGE)
                                .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                                .header("X-Content-Type-Options", "nosniff")
                                .header("Cache-Control", "no-cache"));
        WebSocketServer server = listening.start(builder, "Marline's demo", "http");
        figures.start(server::webSockets);
        return Listening.RUNNING;
    }
}
