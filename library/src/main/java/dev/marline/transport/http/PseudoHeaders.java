package dev.marline.transport.http;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Between a {@link StreamHead} and the field section that HTTP/2 and HTTP/3 send: pseudo-header fields first, then fields with
 * lower-case names (RFC 9113 §8.2 and §8.3, RFC 9114 §4.2 and §4.3).
 */
public final class PseudoHeaders {
    /** RFC 9113 §8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields". */
    private static final Set<String> CONNECTION_SPECIFIC =
            Set.of("connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade");

    private static final Set<String> REQUEST = Set.of(":method", ":scheme", ":authority", ":path", ":protocol");

    private PseudoHeaders() {}

    // ---- what arrives

    /**
     * The head that a field section is.
     *
     * @throws IllegalArgumentException if it is malformed (RFC 9113 §8.1.1); the message says how
     */
    static StreamHead read(
            HttpVersion version, Iterable<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> fields) {
        Map<String, String> pseudo = new HashMap<>();
        List<Headers.Field> regular = new ArrayList<>();
        List<String> cookies = new ArrayList<>();
        for (Map.Entry<? extends CharSequence, ? extends CharSequence> field : fields) {
            String name = field.getKey().toString();
            String value = field.getValue().toString();
            if (name.startsWith(":")) {
                require(regular.isEmpty() && cookies.isEmpty(), name + " follows a field that is no pseudo-header");
                // RFC 9113 §8.2.1 and §8.3: no value may have a line break, neither a path's.
                Headers.Field checked = new Headers.Field(name.substring(1), value);
                require(pseudo.put(name, checked.value()) == null, name + " is there twice");
            } else if (name.equals("cookie")) {
                // RFC 9113 §8.2.3: several "MUST be concatenated into a
                // single octet string" before anybody else sees them.
                cookies.add(value);
            } else {
                requireAllowed(name, value);
                regular.add(new Headers.Field(name, value));
            }
        }
        if (!cookies.isEmpty()) {
            regular.add(new Headers.Field("cookie", String.join("; ", cookies)));
        }
        return pseudo.containsKey(":status") ? response(pseudo, regular) : request(version, pseudo, regular);
    }

    /**
     * Checks a field section behind the content: RFC 9113 §8.1, RFC 9114 §4.3.
     *
     * @throws IllegalArgumentException if it has a pseudo-header, or is malformed otherwise; the message says how
     */
    static void requireTrailers(Iterable<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> fields) {
        for (Map.Entry<? extends CharSequence, ? extends CharSequence> field : fields) {
            String name = field.getKey().toString();
            require(!name.startsWith(":"), name + " is in trailers");
            requireAllowed(name, new Headers.Field(name, field.getValue().toString()).value());
        }
    }

    private static void requireAllowed(String name, String value) {
        require(name.equals(name.toLowerCase(Locale.ROOT)), "a field's name has upper-case letters: " + name);
        require(!CONNECTION_SPECIFIC.contains(name), name + " is a connection's field");
        require(!name.equals("te") || value.equals("trailers"), "te is not 'trailers'");
    }

    private static StreamHead response(Map<String, String> pseudo, List<Headers.Field> regular) {
        String status = pseudo.get(":status");
        require(pseudo.size() == 1 && status != null && status.matches("[1-9][0-9]{2}"), "the status is " + status);
        return new StreamHead.Response(Integer.parseInt(status), Headers.of(regular));
    }

    private static StreamHead request(HttpVersion version, Map<String, String> pseudo, List<Headers.Field> regular) {
        require(REQUEST.containsAll(pseudo.keySet()), "a pseudo-header is not a request's: " + pseudo.keySet());
        String method = pseudo.get(":method");
        String scheme = pseudo.get(":scheme");
        String path = pseudo.get(":path");
        String protocol = pseudo.get(":protocol");
        String authority = pseudo.get(":authority");
        // RFC 9113 §8.3.1: each "MUST include exactly one valid value", and none of these is valid if it is empty.
        require(method != null && !pseudo.containsValue(""), "a pseudo-header is missing or empty: " + pseudo);
        boolean connect = "CONNECT".equals(method);
        // RFC 8441 §4: ":protocol" is a CONNECT's, which then has ":scheme"
        // and ":path", too; without it, RFC 9113 §8.5, it has neither.
        require(connect || protocol == null, ":protocol stands with " + method);
        boolean plainConnect = connect && protocol == null;
        require(
                plainConnect ? scheme == null && path == null && authority != null : scheme != null && path != null,
                ":scheme, :path and :authority are not those of this request");
        require(protocol == null || authority != null, "there is no :authority");
        List<Headers.Field> fields = new ArrayList<>(regular.size() + 1);
        if (authority != null) {
            fields.add(new Headers.Field("Host", authority));
            // RFC 9113 §8.3.1: a Host field that says the same as :authority says nothing.
            regular.removeIf(
                    field -> field.name().equals("host") && field.value().equals(authority));
        }
        fields.addAll(regular);
        HandshakeRequest request = new HandshakeRequest(
                String.valueOf(method), path == null ? "" : path, version, Headers.of(fields), protocol);
        return new StreamHead.Request(request, scheme == null ? "" : scheme);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    // ---- what is sent

    /** Hands the fields of a head to a field section, in order. */
    static void write(StreamHead head, BiConsumer<String, String> to) {
        if (head instanceof StreamHead.Response response) {
            to.accept(":status", String.valueOf(response.status()));
            writeRegular(response.headers(), to);
        } else if (head instanceof StreamHead.Request sent) {
            HandshakeRequest request = sent.request();
            to.accept(":method", request.method());
            acceptUnlessNull(":protocol", request.protocol(), to);
            to.accept(":scheme", sent.scheme());
            to.accept(":authority", request.headers().first("Host").orElse(""));
            to.accept(":path", request.target());
            writeRegular(request.headers(), to);
        }
    }

    private static void acceptUnlessNull(String name, @Nullable String value, BiConsumer<String, String> to) {
        if (value != null) {
            to.accept(name, value);
        }
    }

    private static void writeRegular(Headers headers, BiConsumer<String, String> to) {
        for (Headers.Field field : headers) {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (!name.equals("host") && !CONNECTION_SPECIFIC.contains(name)) {
                to.accept(name, field.value());
            }
        }
    }
}
