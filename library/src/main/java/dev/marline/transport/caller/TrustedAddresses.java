package dev.marline.transport.caller;

import dev.marline.protocol.handshake.AddressRange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where proxies connect from that are believed. */
public final class TrustedAddresses {
    /** Nobody is believed. */
    public static final TrustedAddresses NONE = new TrustedAddresses(List.of(), false);

    private static final String UNIX = "unix";

    private final List<AddressRange> ranges;
    private final boolean unix;

    private TrustedAddresses(List<AddressRange> ranges, boolean unix) {
        this.ranges = ranges;
        this.unix = unix;
    }

    /**
     * Reads addresses, ranges of them, and {@code unix} for all that connect over a Unix domain socket.
     *
     * @throws IllegalArgumentException if there is none, or one is none of these
     */
    public static TrustedAddresses parse(String... addresses) {
        if (addresses.length == 0) {
            throw new IllegalArgumentException("no address is trusted, expected one at least");
        }
        List<AddressRange> ranges = new ArrayList<>();
        boolean unix = false;
        for (String address : addresses) {
            if (address.equals(UNIX)) {
                unix = true;
            } else {
                ranges.add(AddressRange.parse(address));
            }
        }
        return new TrustedAddresses(List.copyOf(ranges), unix);
    }

    public boolean contains(@Nullable SocketAddress peer) {
        return peer instanceof InetSocketAddress inet
                ? contains(inet.getAddress())
                : unix && peer instanceof UnixDomainSocketAddress;
    }

    public boolean contains(InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
