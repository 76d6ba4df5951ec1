package dev.marline.protocol.handshake;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Addresses as they are written in headers and settings. A name is none: nothing here asks a resolver. */
final class IpAddress {
    private static final Pattern DECIMAL = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    private IpAddress() {}

    /** Reads four decimal numbers, or an IPv6 address without brackets and zone; one that stands for an IPv4 address becomes that. */
    static Optional<InetAddress> parse(String text) {
        try {
            if (DECIMAL.matcher(text).matches()) {
                return Optional.of(InetAddress.getByAddress(fourBytes(text)));
            }
            // What has a colon and nothing that a name could have is read, or refused, and never looked up.
            return HEXADECIMAL.matcher(text).matches()
                    ? Optional.of(InetAddress.getByName("[" + text + "]"))
                    : Optional.empty();
        } catch (UnknownHostException malformed) {
            return Optional.empty();
        }
    }

    private static byte[] fourBytes(String text) throws UnknownHostException {
        byte[] bytes = new byte[4];
        String[] numbers = text.split("\\.", -1);
        for (int i = 0; i < bytes.length; i++) {
            int number = Integer.parseInt(numbers[i]);
            if (number > 255) {
                throw new UnknownHostException(text);
            }
            bytes[i] = (byte) number;
        }
        return bytes;
    }
}
