package dev.marline.bench.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.websocket.WsConfig;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;

/** Helidon, which has a virtual thread for each connection: frames go back as they come. It does not compress. */
final class HelidonServer {
    private HelidonServer() {}

    static void start(ServerSettings settings) {
        WebServer.builder()
                .host("0.0.0.0")
                .port(settings.port())
                .backlog(EchoServer.BACKLOG)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .addProtocol(WsConfig.builder()
                        .maxFrameLength(settings.maxMessageBytes())
                        .build())
                .addRouting(WsRouting.builder().endpoint("/", Echo::new))
                .build()
                .start();
    }

    private static final class Echo implements WsListener {
        @Override
        public void onMessage(WsSession session, String text, boolean last) {
            session.send(text, last);
        }

        @Override
        public void onMessage(WsSession session, BufferData binary, boolean last) {
            session.send(binary, last);
        }
    }
}
