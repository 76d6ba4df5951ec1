package dev.marline.bench.server;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.IExtension;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/**
 * Java-WebSocket, which has a thread that decodes beside the one that reads and writes. Each message that it compresses stands for
 * itself: version 1.6.0 announces that (server_no_context_takeover) even where it is told to keep its context, and peers then
 * cannot follow. Broadcast is left out.
 */
final class JavaWebSocketServer extends WebSocketServer {
    private JavaWebSocketServer(int port, Draft draft) {
        super(new InetSocketAddress(port), 1, List.of(draft));
        setTcpNoDelay(true);
        setReuseAddr(true);
        setConnectionLostTimeout(0);
        setMaxPendingConnections(EchoServer.BACKLOG);
    }

    static void start(ServerSettings settings) {
        Draft draft = new Draft_6455(extensions(settings), settings.maxMessageBytes());
        new JavaWebSocketServer(settings.port(), draft).start();
    }

    private static List<IExtension> extensions(ServerSettings settings) {
        if (!settings.compression().isOn()) {
            return List.of();
        }
        PerMessageDeflateExtension deflate = new PerMessageDeflateExtension();
        deflate.setThreshold(0);
        return List.of(deflate);
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
        socket.send(text);
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer binary) {
        socket.send(binary);
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {}

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean byPeer) {}

    @Override
    public void onError(WebSocket socket, Exception e) {}

    @Override
    public void onStart() {}
}
