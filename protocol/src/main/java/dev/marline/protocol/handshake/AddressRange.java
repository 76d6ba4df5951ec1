package dev.marline.protocol.handshake;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * The addresses that begin with the same bits: {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one alone, {@code 192.0.2.7}. The IPv4
 * address that an IPv6 address stands for ({@code ::ffff:10.0.0.1}) is what counts.
 */
public final class AddressRange {
    private final byte[] first;
    private final int bits;

    private AddressRange(byte[] first, int bits) {
        this.first = first;
        this.bits = bits;
    }

    /**
     * Reads an address, or a range of them in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).
     *
     * @throws IllegalArgumentException if it is none; the message says what would be
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            throw notARange(text, "expected something like 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
        }
        byte[] first = address.get().getAddress();
        int most = first.length * 8;
        int bits = most;
        if (slash >= 0) {
            String length = text.substring(slash + 1);
            bits = length.matches("[0-9]{1,3}") ? Integer.parseInt(length) : -1;
            if (bits < 0 || bits > most) {
                throw notARange(text, "expected a number from 0 to " + most + " after the slash");
            }
        }
        AddressRange range = new AddressRange(masked(first, bits), bits);
        if (!address.get().equals(inetAddress(range.first))) {
            throw notARange(text, "the range of " + bits + " bits that it is in begins at " + range);
        }
        return range;
    }

    private static IllegalArgumentException notARange(String text, String why) {
        return new IllegalArgumentException(
                "'" + HeaderSyntax.printable(text) + "' is not a range of addresses: " + why);
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = inetAddress(address.getAddress()).getAddress();
        if (bytes.length != first.length) {
            return false;
        }
        for (int i = 0, left = bits; left > 0; i++, left -= 8) {
            int mask = left >= 8 ? 0xFF : 0xFF << (8 - left);
            if (((bytes[i] ^ first[i]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] masked(byte[] address, int bits) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int left = Math.max(0, Math.min(8, bits - 8 * i));
            masked[i] &= (byte) (0xFF << (8 - left));
        }
        return masked;
    }

    private static InetAddress inetAddress(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 bytes or 16", e);
        }
    }

    @Override
    public String toString() {
        return inetAddress(first).getHostAddress() + "/" + bits;
    }
}
