package dev.marline.transport.client;

import dev.marline.protocol.handshake.WebSocketAddress;
import java.net.PasswordAuthentication;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A proxy, and how it is spoken to.
 *
 * @param host a name, or an address; an IPv6 literal without its brackets
 * @param user who it is told, when it asks; null for nobody
 */
public record ProxyAddress(
        Kind kind, String host, int port, @Nullable PasswordAuthentication user) {
    /** How a proxy is asked to connect. */
    public enum Kind {
        /** CONNECT, RFC 9110 §9.3.6. */
        HTTP("http"),
        /** The same, with TLS to the proxy. */
        HTTPS("https"),
        /** RFC 1928; it is the proxy that looks up names. */
        SOCKS5("socks5");

        private final String scheme;

        Kind(String scheme) {
            this.scheme = scheme;
        }
    }

    private static final Pattern SYNTAX = Pattern.compile("(?<scheme>[A-Za-z0-9]+)://(?<authority>[^/?#]+)/?");
    private static final Pattern WITH_PORT = Pattern.compile(".*:[0-9]+");
    private static final String EXPECTED = ", expected http://host:port, https://host:port or socks5://host:port";

    /** RFC 1928 §3. */
    private static final String SOCKS_PORT = ":1080";

    /**
     * Reads an address: {@code http}, {@code https} or {@code socks5}, perhaps with {@code user:password@} before the host, where what is
     * not a letter or digit can be percent-encoded. {@code socks5h}, as curl has it, means the same as {@code socks5}.
     *
     * @throws IllegalArgumentException if it is none; the message says why, and does not show the password
     */
    public static ProxyAddress parse(String address) {
        String shown = "proxy '" + address.replaceFirst("^([^/]*//)?.*@", "$1").replaceAll("[^\\x20-\\x7E]", "?") + "'";
        Matcher parts = SYNTAX.matcher(address);
        if (!parts.matches()) {
            throw new IllegalArgumentException(shown + " is not one" + EXPECTED);
        }
        Kind kind = switch (parts.group("scheme").toLowerCase(Locale.ROOT)) {
            case "http" -> Kind.HTTP;
            case "https" -> Kind.HTTPS;
            case "socks5", "socks5h" -> Kind.SOCKS5;
            default -> throw new IllegalArgumentException(shown + " is of no kind that is known here" + EXPECTED);
        };
        String authority = parts.group("authority");
        boolean needsPort = kind == Kind.SOCKS5 && !WITH_PORT.matcher(authority).matches();
        String scheme = kind == Kind.HTTPS ? "https://" : "http://";
        WebSocketAddress parsed;
        try {
            parsed = WebSocketAddress.parse(scheme + authority + (needsPort ? SOCKS_PORT : ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(shown + " is not one" + EXPECTED + ": " + e.getMessage(), e);
        }
        return new ProxyAddress(kind, parsed.host(), parsed.port(), user(parsed.userInfo()));
    }

    private static @Nullable PasswordAuthentication user(@Nullable String userInfo) {
        if (userInfo == null) {
            return null;
        }
        String[] pair = userInfo.split(":", 2);
        return new PasswordAuthentication(pair[0], (pair.length == 2 ? pair[1] : "").toCharArray());
    }

    /** The same, told another user. */
    public ProxyAddress withUser(PasswordAuthentication other) {
        return new ProxyAddress(kind, host, port, other);
    }

    /** The scheme of its addresses. */
    public String scheme() {
        return kind.scheme;
    }

    /** Without the user. */
    @Override
    public String toString() {
        return kind.scheme + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
