package dev.marline.client;

import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.client.ProxyAddress;
import dev.marline.transport.client.ProxyException;
import java.util.List;
import java.util.Optional;

/** Which way to go to a server. */
interface ProxyChoice {
    /** Straight. */
    ProxyChoice NONE = address -> List.of(Optional.empty());

    /**
     * The proxies to an address in the order in which they are tried, at least one; nothing for none at all.
     *
     * @throws IllegalArgumentException if what says so makes no sense; the message says why
     */
    List<Optional<ProxyAddress>> to(WebSocketAddress address);

    /** Learns that a proxy could not be reached. */
    default void failed(WebSocketAddress address, ProxyAddress proxy, ProxyException cause) {}

    /** Whether asking may take a while. */
    default boolean mayBlock() {
        return false;
    }
}
