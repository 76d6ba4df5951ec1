package dev.marline;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Looks up the addresses of a host for a client.
 *
 * <pre>{@code
 * HostResolver inTheCluster = host -> host.endsWith(".cluster") ? registry.addressesOf(host) : HostResolver.JDK.resolve(host);
 * }</pre>
 *
 * <p>It is called in a thread of its own and may block, no longer than the handshake timeout. It is asked for names only, those of proxies
 * too, and not for what a proxy looks up itself.
 */
@FunctionalInterface
public interface HostResolver {
    /** The JDK's, which asks the system. */
    HostResolver JDK = host -> List.of(InetAddress.getAllByName(host));

    /**
     * The addresses of a host, the preferred first. They are tried in turn, IPv6 and IPv4 alternating, a quarter of a second after one
     * another (RFC 8305).
     *
     * @param host a name as DNS has it: what is not ASCII in an address comes encoded
     * @throws UnknownHostException if there is none; an empty list says the same
     */
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
