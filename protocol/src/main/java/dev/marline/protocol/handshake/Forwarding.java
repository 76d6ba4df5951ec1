package dev.marline.protocol.handshake;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What trusted proxies say about the client that they forward a request for. */
public sealed interface Forwarding {
    /**
     * They say this.
     *
     * @param client the address, with port 0 where they name none; null if they do not know it, or do not say
     * @param scheme of the address that the client has asked for, {@code http} or {@code https} for a WebSocket, too; null if they do
     *     not say
     * @param host the host, and perhaps port, that the client has asked for; null if they do not say
     */
    record Known(
            @Nullable InetSocketAddress client,
            @Nullable String scheme,
            @Nullable String host) implements Forwarding {}

    /**
     * What they say makes no sense.
     *
     * @param why a line that says what was found and what was expected
     */
    record Malformed(String why) implements Forwarding {}
}
