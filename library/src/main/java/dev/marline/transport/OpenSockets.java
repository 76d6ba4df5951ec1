package dev.marline.transport;

import dev.marline.WebSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The WebSockets of a server or a client that are not closed yet. */
public final class OpenSockets {
    private final Set<WebSocket> sockets = ConcurrentHashMap.newKeySet();

    void add(WebSocket socket) {
        sockets.add(socket);
    }

    void remove(WebSocket socket) {
        sockets.remove(socket);
    }

    public int size() {
        return sockets.size();
    }

    /** Starts the closing handshake on all of them. */
    public void close(int code, String reason) {
        sockets.forEach(socket -> socket.close(code, reason));
    }

    /** Ends all of them at once. */
    public void abort() {
        sockets.forEach(WebSocket::abort);
    }
}
