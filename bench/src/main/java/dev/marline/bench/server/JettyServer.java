package dev.marline.bench.server;

import java.time.Duration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketUpgradeHandler;

/**
 * Jetty's core with one selector: frames go back as they come, and the next one is asked for when that is done. It compresses for
 * every client that offers to. Broadcast is left out.
 */
final class JettyServer {
    private JettyServer() {}

    static void start(ServerSettings settings) throws Exception {
        Server server = new Server(new QueuedThreadPool(8, 4));
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setPort(settings.port());
        connector.setAcceptQueueSize(EchoServer.BACKLOG);
        connector.setIdleTimeout(0);
        server.addConnector(connector);
        WebSocketUpgradeHandler webSockets = new WebSocketUpgradeHandler();
        Configuration configuration = webSockets.getConfiguration();
        configuration.setIdleTimeout(Duration.ZERO);
        configuration.setMaxFrameSize(settings.maxMessageBytes());
        configuration.setAutoFragment(false);
        webSockets.addMapping(
                "/*",
                WebSocketNegotiator.from((request, response, callback) -> new Echo(), (handler, request, response) ->
                        (FrameHandler) handler));
        server.setHandler(webSockets);
        server.start();
    }

    private static final class Echo implements FrameHandler {
        @SuppressWarnings("NullAway.Init") // set before anything else is called
        private CoreSession session;

        @Override
        public void onOpen(CoreSession opened, Callback callback) {
            session = opened;
            callback.succeeded();
            opened.demand();
        }

        @Override
        public void onFrame(Frame frame, Callback callback) {
            if (!frame.isDataFrame()) {
                callback.succeeded();
                session.demand();
                return;
            }
            Callback sent = Callback.from(
                    () -> {
                        callback.succeeded();
                        session.demand();
                    },
                    callback::failed);
            session.sendFrame(new Frame(frame.getOpCode(), frame.isFin(), frame.getPayload()), sent, false);
        }

        @Override
        public void onError(Throwable cause, Callback callback) {
            callback.succeeded();
        }

        @Override
        public void onClosed(CloseStatus status, Callback callback) {
            callback.succeeded();
        }
    }
}
