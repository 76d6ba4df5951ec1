package dev.marline.protocol.handshake;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one proxy says of the request that it has received.
 *
 * @param client where it came from
 * @param scheme how it was made
 * @param host what it asked for
 */
record ForwardedHop(
        @Nullable String client,
        @Nullable String scheme,
        @Nullable String host) {
    /** RFC 7239 §6: node = nodename [ ":" node-port ], where a port may be hidden, too. */
    private static final Pattern NODE = Pattern.compile(
            "(?:\\[(?<six>[0-9A-Fa-f:.]+)\\]|(?<four>[0-9.]+))(?::(?:(?<port>[0-9]{1,5})|_[0-9A-Za-z._-]+))?");

    private static final Pattern HIDDEN = Pattern.compile(
            "(?i:unknown)(?::[0-9]{1,5}|:_[0-9A-Za-z._-]+)?|_[0-9A-Za-z._-]+(?::[0-9]{1,5}|:_[0-9A-Za-z._-]+)?");

    /** Whether a node is one that the proxy does not know, or does not want known: RFC 7239 §6.2 and §6.3. */
    static boolean isHidden(String node) {
        return HIDDEN.matcher(node).matches();
    }

    /**
     * The address that a node has.
     *
     * @param bare whether an IPv6 address may stand there without brackets
     */
    static Optional<InetSocketAddress> address(String node, boolean bare) {
        Matcher parts = NODE.matcher(node);
        if (!parts.matches()) {
            return bare ? IpAddress.parse(node).map(address -> new InetSocketAddress(address, 0)) : Optional.empty();
        }
        String six = parts.group("six");
        String written = six == null ? parts.group("four") : six;
        int port = parts.group("port") == null ? 0 : Integer.parseInt(parts.group("port"));
        return port > 65535 || (six != null && six.indexOf(':') < 0)
                ? Optional.empty()
                : IpAddress.parse(written).map(address -> new InetSocketAddress(address, port));
    }

    /** Reads all fields named Forwarded of a request, in order; empty if one breaks the grammar. */
    static Optional<List<ForwardedHop>> readForwarded(List<String> values) {
        List<ForwardedHop> hops = new ArrayList<>();
        for (String value : values) {
            if (!new Parser(value).readAll(hops)) {
                return Optional.empty();
            }
        }
        return Optional.of(hops);
    }

    /**
     * The grammar of RFC 7239 §4; space around semicolons is taken, too.
     *
     * <pre>
     * Forwarded         = 1#forwarded-element
     * forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
     * forwarded-pair    = token "=" value
     * value             = token / quoted-string
     * </pre>
     */
    private static final class Parser {
        private final FieldReader in;

        Parser(String text) {
            in = new FieldReader(text);
        }

        boolean readAll(List<ForwardedHop> hops) {
            do {
                if (!readElement(hops)) {
                    return false;
                }
            } while (in.take(','));
            return in.isAtEnd();
        }

        private boolean readElement(List<ForwardedHop> hops) {
            Map<String, String> pairs = new HashMap<>();
            do {
                in.skipSpace();
                if (in.isAtEnd() || in.isAt(',') || in.isAt(';')) {
                    continue;
                }
                String name = in.token();
                if (name == null || !in.isAt('=')) {
                    return false;
                }
                in.take('=');
                String value = in.isAt('"') ? in.quotedString() : in.token();
                // RFC 7239 §4: "Each parameter MUST NOT occur more than once per field-value."
                if (value == null || pairs.put(name.toLowerCase(Locale.ROOT), value) != null) {
                    return false;
                }
            } while (in.take(';'));
            if (!pairs.isEmpty()) {
                hops.add(new ForwardedHop(pairs.get("for"), pairs.get("proto"), pairs.get("host")));
            }
            return true;
        }
    }
}
