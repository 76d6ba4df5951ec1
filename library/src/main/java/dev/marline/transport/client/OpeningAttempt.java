package dev.marline.transport.client;

import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.websocket.OpenSockets;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client's attempt to open a WebSocket, whichever way it takes: what is wanted, and whoever waits for it.
 *
 * @param via the way through a proxy; null for none
 * @param opened who waits; may give up by cancelling
 * @param isRepeated whether it was refused before, and may not be again
 */
public record OpeningAttempt(
        WebSocketAddress address,
        ClientHandshake handshake,
        @Nullable ViaProxy via,
        WebSocketListener listener,
        ClientTransport.Settings settings,
        OpenSockets sockets,
        CompletableFuture<WebSocket> opened,
        HandshakeDeadline deadline,
        boolean isRepeated) {

    /** The same once more, on a connection of its own, after a server has refused it without looking at it. */
    OpeningAttempt repeated() {
        return new OpeningAttempt(address, handshake, via, listener, settings, sockets, opened, deadline, true);
    }

    /** Where the connection goes: to the proxy, or else the server. */
    String nextHost() {
        return via == null ? address.host() : via.proxy().host();
    }

    int nextPort() {
        return via == null ? address.port() : via.proxy().port();
    }

    void fail(WebSocketException cause) {
        opened.completeExceptionally(cause);
    }

    void failCannotConnect(Throwable cause) {
        failCannotConnect(Causes.inWords(cause), cause);
    }

    /** All of a host's addresses have failed. */
    void failCannotConnect(Map<SocketAddress, Throwable> failures) {
        Throwable first = failures.values().iterator().next();
        failures.values().stream().filter(each -> !each.equals(first)).forEach(first::addSuppressed);
        String why = failures.size() == 1
                ? Causes.inWords(first)
                : failures.entrySet().stream()
                        .map(each ->
                                ((InetSocketAddress) each.getKey()).getAddress().getHostAddress() + ": "
                                        + Causes.inWords(each.getValue()))
                        .collect(Collectors.joining("; "));
        failCannotConnect(why, first);
    }

    private void failCannotConnect(String why, Throwable cause) {
        if (via == null) {
            fail(new WebSocketException("cannot connect to " + address + ": " + why, cause));
        } else {
            fail(new ProxyException(
                    "cannot connect to proxy " + via.proxy() + ": " + why,
                    ProxyException.Reason.NOT_REACHED,
                    List.of(),
                    cause));
        }
    }

    void failTimedOut() {
        fail(deadline.missedBy(address));
    }

    void failTls(Throwable cause) {
        fail(new WebSocketException("TLS with " + address + " failed: " + Causes.inWords(cause), cause));
    }

    /** Something has thrown before the way through the proxy was open. */
    void failProxy(String what, Throwable cause) {
        fail(new ProxyException(
                what + ": " + Causes.inWords(cause), ProxyException.Reason.NOT_REACHED, List.of(), cause));
    }

    void failLost() {
        fail(new WebSocketException(address + " closed the connection before the opening handshake was done"));
    }

    /** Something on the way has thrown. */
    void failThrown(Throwable cause) {
        fail(new WebSocketException("connecting to " + address + " failed: " + Causes.inWords(cause), cause));
    }
}
