package dev.marline.protocol.handshake;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The origin of a request, as the {@code Origin} header has it: RFC 6454. Browsers send the origin of the page; native clients often
 * send the address of the WebSocket itself, so that {@code ws} and {@code wss} count as {@code http} and {@code https}.
 *
 * @param scheme such as {@code https}, in lower case; never {@code ws} or {@code wss}
 * @param host in lower case
 * @param port the scheme's own where none was written
 */
public record Origin(String scheme, String host, int port) {
    // Not java.net.URI: that has no host for names with an underscore, which containers have.
    private static final Pattern SYNTAX = Pattern.compile(
            "(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<host>\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z._~%-]+)(?::(?<port>[0-9]{0,5}))?");

    /** Reads an origin: a scheme, a host and perhaps a port; {@code null}, which browsers send for a file say, is none. */
    public static Optional<Origin> parse(String origin) {
        Matcher parts = SYNTAX.matcher(origin.strip());
        if (!parts.matches()) {
            return Optional.empty();
        }
        String scheme = httpScheme(parts.group("scheme").toLowerCase(Locale.ROOT));
        String written = parts.group("port");
        int port = written == null || written.isEmpty() ? defaultPort(scheme) : Integer.parseInt(written);
        return port > 65535
                ? Optional.empty()
                : Optional.of(new Origin(scheme, parts.group("host").toLowerCase(Locale.ROOT), port));
    }

    /** Whether a Host header names this origin's host and port; a missing port in it is the one that this origin's scheme has. */
    public boolean isAt(String hostHeader) {
        return parse(scheme + "://" + hostHeader.strip()).equals(Optional.of(this));
    }

    @Override
    public String toString() {
        return scheme + "://" + host + (port == defaultPort(scheme) || port < 0 ? "" : ":" + port);
    }

    private static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
        };
    }

    private static String httpScheme(String scheme) {
        return switch (scheme) {
            case "ws" -> "http";
            case "wss" -> "https";
            default -> scheme;
        };
    }
}
