package dev.marline.transport.caller;

import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.Forwarding;
import dev.marline.protocol.handshake.Headers;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that a server believes when they say for whom they have connected.
 *
 * @param announcing those that begin each connection with a header of the PROXY protocol
 * @param forwarding those that say it in the headers of each request
 * @param headers in which
 */
public record TrustedProxies(TrustedAddresses announcing, TrustedAddresses forwarding, ForwardedHeaders headers) {
    public static final TrustedProxies NONE =
            new TrustedProxies(TrustedAddresses.NONE, TrustedAddresses.NONE, ForwardedHeaders.FORWARDED);

    private static final Forwarding NOTHING = new Forwarding.Known(null, null, null);

    /** The same, where these begin connections with a header of the PROXY protocol. */
    public TrustedProxies announcing(TrustedAddresses proxies) {
        return new TrustedProxies(proxies, forwarding, headers);
    }

    /** The same, where these say it in headers of this kind. */
    public TrustedProxies forwarding(ForwardedHeaders kind, TrustedAddresses proxies) {
        return new TrustedProxies(announcing, proxies, kind);
    }

    /** Whether who connects from there is one of them. */
    public boolean contain(@Nullable SocketAddress peer) {
        return announcing.contains(peer) || forwarding.contains(peer);
    }

    /** What a request says about whom it is forwarded for: nothing if it does not come from a proxy that is believed. */
    public Forwarding read(SocketAddress from, Headers request) {
        return forwarding.contains(from) ? headers.read(request, forwarding::contains) : NOTHING;
    }
}
