package dev.marline.protocol.handshake;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and perhaps a port: what {@code Host} and {@code :authority} hold (RFC 9110 §7.2, RFC 9113 §8.3.1), and what follows the scheme
 * in an origin. Never with user information.
 *
 * @param host a name or address in lower case; an IPv6 address in brackets
 * @param port {@link #NO_PORT} if none is written
 */
public record Authority(String host, int port) {
    public static final int NO_PORT = -1;

    private static final int MAX_PORT = 65535;

    // Not java.net.URI: that has no host for names with an underscore, which containers have. Names have no sub-delims
    // of
    // RFC 3986 §3.2.2 either, so that a list of hosts is none.
    private static final Pattern SYNTAX =
            Pattern.compile("(?<host>\\[(?<address>[0-9A-Fa-f:.]+)\\]|[0-9A-Za-z._~%-]+)(?::(?<port>[0-9]*))?");

    private static final Pattern INCOMPLETE_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    /** Reads an authority; empty if the text is not one, or its port is larger than any port. */
    public static Optional<Authority> parse(String text) {
        Matcher parts = SYNTAX.matcher(text);
        if (!parts.matches() || !isHost(parts.group("host"), parts.group("address"))) {
            return Optional.empty();
        }
        int port = port(parts.group("port"));
        return port > MAX_PORT
                ? Optional.empty()
                : Optional.of(new Authority(parts.group("host").toLowerCase(Locale.ROOT), port));
    }

    private static boolean isHost(String host, @Nullable String address) {
        return address == null
                ? !INCOMPLETE_ESCAPE.matcher(host).find()
                : address.indexOf(':') >= 0 && IpAddress.parse(address).isPresent();
    }

    private static int port(@Nullable String written) {
        if (written == null || written.isEmpty()) {
            return NO_PORT;
        }
        String digits = written.replaceFirst("^0+(?=[0-9])", "");
        return digits.length() > 5 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }
}
