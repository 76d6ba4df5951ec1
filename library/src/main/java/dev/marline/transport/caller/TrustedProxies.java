package dev.marline.transport.caller;

import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.Forwarding;
import dev.marline.protocol.handshake.Headers;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
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

    /**
     * Returns what a client's address counts as, where a limit is for each address: an IPv6 address as its network of 64 bits, all of
     * which one subscriber has.
     *
     * @return null for a trusted proxy, which connects for many clients, and for who has no IP address
     */
    public @Nullable InetAddress countedAddress(@Nullable SocketAddress client) {
        if (!(client instanceof InetSocketAddress inet) || contain(client)) {
            return null;
        }
        return inet.getAddress() instanceof Inet6Address v6 ? networkOf(v6) : inet.getAddress();
    }

    private static InetAddress networkOf(Inet6Address address) {
        if (address.isLoopbackAddress()) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, 8, 16, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IPv6 address has 16 bytes", e);
        }
    }

    /** What a request says about whom it is forwarded for: nothing if it does not come from a proxy that is believed. */
    public Forwarding read(SocketAddress from, Headers request) {
        return forwarding.contains(from) ? headers.read(request, forwarding::contains) : NOTHING;
    }
}
