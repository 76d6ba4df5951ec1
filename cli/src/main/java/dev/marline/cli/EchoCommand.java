package dev.marline.cli;

import dev.marline.BroadcastMessage;
import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.server.WebSocketServer;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "echo",
        description = {
            "Echoes every message, on every path.",
            "What arrives on /broadcast is sent to all who are connected there."
        })
final class EchoCommand implements Callable<Integer> {
    @Mixin
    private final Listening listening = new Listening();

    @Mixin
    private final DeflateOptions deflate = new DeflateOptions();

    @Option(names = "--port", paramLabel = "PORT", description = "Listen on this port; 0 for any that is free.")
    private @Nullable Integer port;

    @Option(
            names = "--blocking",
            description = "Serve each connection in a thread of its own, virtual where the JDK has them.")
    private boolean blocking;

    @Override
    public Integer call() {
        WebSocketServer.Builder builder = listening
                .builder(port, null)
                .extensions(deflate.extensions())
                .allowAnyOrigin()
                .webSocket("/broadcast", new Broadcast());
        if (blocking) {
            builder.blockingWebSocket("/*", socket -> {
                for (Message message : socket) {
                    socket.send(message);
                }
            });
        } else {
            builder.webSocket("/*", (socket, message) -> socket.send(message));
        }
        listening.start(builder, "Echo", "ws");
        return Listening.RUNNING;
    }

    /** Sends what arrives from one to all. */
    private static final class Broadcast implements WebSocketListener {
        private final Set<WebSocket> sockets = ConcurrentHashMap.newKeySet();

        @Override
        public void onOpen(WebSocket socket) {
            sockets.add(socket);
        }

        @Override
        public void onMessage(WebSocket from, Message message) {
            Message kept = new BroadcastMessage(message);
            for (WebSocket socket : sockets) {
                socket.send(kept);
            }
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            sockets.remove(socket);
        }
    }
}
