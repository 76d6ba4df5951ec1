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
    private static final Pattern SYNTAX = Pattern.compile("(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<authority>.*)");

    /** Reads an origin: a scheme, a host and perhaps a port; {@code null}, which browsers send for a file say, is none. */
    public static Optional<Origin> parse(String origin) {
        Matcher parts = SYNTAX.matcher(origin.strip());
        if (!parts.matches()) {
            return Optional.empty();
        }
        String scheme = httpScheme(parts.group("scheme").toLowerCase(Locale.ROOT));
        return Authority.parse(parts.group("authority"))
                .map(authority -> new Origin(
                        scheme,
                        authority.host(),
                        authority.port() == Authority.NO_PORT ? defaultPort(scheme) : authority.port()));
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
