package dev.marline.transport.client;

import dev.marline.HostResolver;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which addresses a client connects to for a host. */
public final class HostLookup {
    private HostLookup() {}

    /** Whether a host is an address itself, for which nobody has to be asked. */
    static boolean isAddress(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    /**
     * The addresses of a host, in the order in which they are tried. Blocks unless the host is an address.
     *
     * @param from the client's own address, which can connect to those of its family alone; null for any
     */
    static List<InetAddress> lookUp(String host, HostResolver resolver, @Nullable InetAddress from)
            throws UnknownHostException {
        List<InetAddress> found =
                isAddress(host) ? List.of(InetAddress.getByName(host)) : List.copyOf(resolver.resolve(host));
        if (found.isEmpty()) {
            throw new UnknownHostException(host);
        }
        List<InetAddress> reachable = found.stream()
                .filter(address -> from == null || address.getClass().equals(from.getClass()))
                .toList();
        if (reachable.isEmpty()) {
            throw new IllegalArgumentException(
                    "its addresses " + found + " are not of the family of the local address " + from);
        }
        return ConnectionRace.interleaved(reachable);
    }
}
