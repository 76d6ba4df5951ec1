package dev.marline.bench.server;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.PfxOptions;
import java.util.LinkedHashSet;
import java.util.Set;

/** Vert.x on one event loop with the native transport: frames go back as they come. */
final class VertxServer {
    private VertxServer() {}

    static void start(ServerSettings settings) {
        // There is one event loop, so that the set needs no lock.
        Set<ServerWebSocket> subscribers = new LinkedHashSet<>();
        Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1))
                .createHttpServer(options(settings))
                .webSocketHandler(socket -> {
                    if (socket.path().equals(EchoServer.BROADCAST)) {
                        subscribers.add(socket);
                        socket.closeHandler(closed -> subscribers.remove(socket));
                        socket.binaryMessageHandler(message -> {
                            for (ServerWebSocket subscriber : subscribers) {
                                subscriber.writeBinaryMessage(message);
                            }
                        });
                    } else {
                        socket.frameHandler(frame -> {
                            if (frame.isBinary() || frame.isText() || frame.isContinuation()) {
                                socket.writeFrame(frame);
                            }
                        });
                    }
                })
                .listen()
                .await();
    }

    private static HttpServerOptions options(ServerSettings settings) {
        HttpServerOptions options = new HttpServerOptions()
                .setPort(settings.port())
                .setAcceptBacklog(EchoServer.BACKLOG)
                .setTcpNoDelay(true)
                .setMaxWebSocketFrameSize(settings.maxMessageBytes())
                .setMaxWebSocketMessageSize(settings.maxMessageBytes())
                .setPerMessageWebSocketCompressionSupported(
                        settings.compression().isOn())
                .setPerFrameWebSocketCompressionSupported(false);
        if (settings.keyStore() != null) {
            options.setSsl(true)
                    .setKeyCertOptions(new PfxOptions()
                            .setPath(settings.keyStore().toString())
                            .setPassword(ServerSettings.KEY_STORE_PASSWORD));
        }
        return options;
    }
}
