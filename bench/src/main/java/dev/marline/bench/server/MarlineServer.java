package dev.marline.bench.server;

import dev.marline.BroadcastMessage;
import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.util.LinkedHashSet;
import java.util.Set;

/** Marline on one event loop. */
public final class MarlineServer {
    /** A system property: what encrypts, a {@link TlsProvider}. */
    public static final String TLS_PROVIDER = "bench.tls.provider";

    /** How many WebSockets a connection may carry, a system property. */
    private static final int STREAMS = Integer.getInteger("bench.streams", Limits.DEFAULT.maxConcurrentStreams());

    private MarlineServer() {}

    static void start(ServerSettings settings) {
        WebSocketServer.Builder builder = WebSocketServer.builder()
                .port(settings.port())
                .threads(1)
                .allowAnyOrigin()
                .limits(Limits.DEFAULT
                        .withMaxMessageBytes(settings.maxMessageBytes())
                        .withMaxConcurrentStreams(STREAMS))
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .webSocket("/*", (socket, message) -> socket.send(message))
                .webSocket(EchoServer.BROADCAST, new Broadcast(false))
                .webSocket("/many", new Broadcast(true));
        switch (settings.compression()) {
            case NONE -> {}
            case DEDICATED -> builder.extensions(PerMessageDeflate.dedicated().build());
            case SHARED -> builder.extensions(PerMessageDeflate.shared().build());
        }
        if (settings.keyStore() != null) {
            TlsIdentity identity = TlsIdentity.pkcs12(settings.keyStore(), ServerSettings.KEY_STORE_PASSWORD);
            TlsProvider provider = TlsProvider.valueOf(System.getProperty(TLS_PROVIDER, "AUTO"));
            builder.tls(ServerTls.of(identity).provider(provider))
                    .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2, HttpVersion.HTTP_3);
        }
        builder.start();
    }

    /** Sends messages to all. The server has one event loop, so that the set needs no lock. */
    private static final class Broadcast implements WebSocketListener {
        private final boolean echoText;
        private final Set<WebSocket> subscribers = new LinkedHashSet<>();

        /** @param echoText whether text goes back to who sent it, so that a connection can have both */
        Broadcast(boolean echoText) {
            this.echoText = echoText;
        }

        @Override
        public void onOpen(WebSocket socket) {
            subscribers.add(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            if (echoText && message.isText()) {
                socket.send(message);
                return;
            }
            BroadcastMessage shared = new BroadcastMessage(message);
            for (WebSocket subscriber : subscribers) {
                subscriber.send(shared);
            }
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            subscribers.remove(socket);
        }
    }
}
