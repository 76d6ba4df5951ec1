package dev.marline.bench.server;

import dev.marline.Limits;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.server.WebSocketServer;

/** Marline on one event loop. */
final class MarlineServer {
    private MarlineServer() {}

    static void start(int port, Compression compression) {
        WebSocketServer.Builder builder = WebSocketServer.builder()
                .host("127.0.0.1")
                .port(port)
                .threads(1)
                .allowAnyOrigin()
                .limits(Limits.DEFAULT.withMaxMessageBytes(EchoServer.MAX_MESSAGE))
                .webSocket("/*", (socket, message) -> socket.send(message));
        switch (compression) {
            case NONE -> {}
            case DEDICATED -> builder.extensions(PerMessageDeflate.dedicated().build());
            case SHARED -> builder.extensions(PerMessageDeflate.shared().build());
        }
        builder.start();
    }
}
