package dev.marline.transport;

import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.WebSocketAddress;
import io.netty.handler.proxy.ProxyConnectException;
import java.util.concurrent.CompletableFuture;

/**
 * A client's attempt to open a WebSocket, whichever way it takes: what is wanted, and whoever waits for it.
 *
 * @param opened who waits; may give up by cancelling
 * @param deadline when the handshake timeout ends
 */
record OpeningAttempt(
        WebSocketAddress address,
        ClientHandshake handshake,
        WebSocketListener listener,
        ClientTransport.Settings settings,
        OpenSockets sockets,
        CompletableFuture<WebSocket> opened,
        long deadline) {

    /** An attempt that begins now, with the handshake timeout ahead. */
    OpeningAttempt(
            WebSocketAddress address,
            ClientHandshake handshake,
            WebSocketListener listener,
            ClientTransport.Settings settings,
            OpenSockets sockets,
            CompletableFuture<WebSocket> opened) {
        this(
                address,
                handshake,
                listener,
                settings,
                sockets,
                opened,
                LoopContext.nanoTime() + settings.limits().handshakeTimeout().toNanos());
    }

    /** The same, with all of the handshake timeout ahead again: to wait for one's turn takes none of it. */
    OpeningAttempt beginningNow() {
        return new OpeningAttempt(address, handshake, listener, settings, sockets, opened);
    }

    void fail(WebSocketException cause) {
        opened.completeExceptionally(cause);
    }

    void failCannotConnect(Throwable cause) {
        String to = settings.proxy() == null || address.socketPath() != null
                ? address.toString()
                : "proxy " + settings.proxyName();
        fail(new WebSocketException("cannot connect to " + to + ": " + Causes.inWords(cause), cause));
    }

    void failTimedOut() {
        fail(new WebSocketException("connecting to " + address + " took longer than "
                + settings.limits().handshakeTimeout().toMillis() + " ms"));
    }

    void failTls(Throwable cause) {
        fail(new WebSocketException("TLS with " + address + " failed: " + Causes.inWords(cause), cause));
    }

    void failLost() {
        fail(new WebSocketException(address + " closed the connection before the opening handshake was done"));
    }

    /** Something on the way has thrown: the proxy, or the connection. */
    void failThrown(Throwable cause) {
        if (cause instanceof ProxyConnectException) {
            // Netty's message has the status at its end.
            String why = String.valueOf(cause.getMessage()).replaceFirst("^.*(=> \\S+|status:) ?,? ?", "");
            fail(new WebSocketException(
                    "proxy " + settings.proxyName() + " did not connect to " + address + ": " + why, cause));
        } else {
            fail(new WebSocketException("connecting to " + address + " failed: " + Causes.inWords(cause), cause));
        }
    }
}
