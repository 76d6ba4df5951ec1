package dev.marline.protocol.handshake;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The host and the resource that a request asks for: RFC 9112 §3.2 and §3.3, RFC 9113 §8.3.1. */
public final class RequestTarget {
    private static final Pattern ABSOLUTE_FORM =
            Pattern.compile("(?i:https?|wss?)://(?<authority>[^/?]*)(?<pathAndQuery>.*)");

    private RequestTarget() {}

    /**
     * Checks a request's host, and reduces a target in absolute form to path and query. The target's authority then takes the place of
     * {@code Host}, RFC 9112 §3.2.2: a server "MUST ignore the received Host header field (if any) and instead use the host information
     * of the request-target".
     *
     * @return the request, in which {@code Host} is the host that it asks for
     * @throws IllegalArgumentException if the host is missing, there twice, or not a host; the message says so in a line
     */
    public static HandshakeRequest resolve(HandshakeRequest request) {
        String objection = objectionToHost(request);
        if (objection != null) {
            throw new IllegalArgumentException(objection);
        }
        Matcher parts = ABSOLUTE_FORM.matcher(request.target());
        if (!request.version().isUpgraded() || !parts.matches()) {
            return request;
        }
        String authority = parts.group("authority");
        if (Authority.parse(authority).isEmpty()) {
            throw new IllegalArgumentException("the target names the host '" + HeaderSyntax.printable(authority)
                    + "', expected a name or address and perhaps a port (RFC 9112 3.2.2)");
        }
        String pathAndQuery = parts.group("pathAndQuery");
        return new HandshakeRequest(
                request.method(),
                pathAndQuery.startsWith("/") ? pathAndQuery : "/" + pathAndQuery,
                request.version(),
                withHost(request.headers(), authority),
                request.protocol());
    }

    /**
     * RFC 9112 §3.2: 400 is the answer to "any HTTP/1.1 request message that lacks a Host header field and to any request message that
     * contains more than one Host header field line or a Host header field with an invalid field value". It may be empty: so a client
     * says that its target has no host. Null if nothing is wrong.
     */
    static @Nullable String objectionToHost(HandshakeRequest request) {
        List<String> hosts = request.headers().all("Host");
        if (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_0) {
            return null;
        }
        if (hosts.size() != 1) {
            return "Host must be there once, not " + hosts.size() + " times (RFC 9112 3.2)";
        }
        String host = hosts.get(0);
        return host.isEmpty() || Authority.parse(host).isPresent()
                ? null
                : "Host is '" + HeaderSyntax.printable(host)
                        + "', expected a name or address and perhaps a port (RFC 9112 3.2)";
    }

    private static Headers withHost(Headers headers, String host) {
        List<Headers.Field> fields = new ArrayList<>(headers.size() + 1);
        fields.add(new Headers.Field("Host", host));
        headers.without("Host").forEach(fields::add);
        return Headers.of(fields);
    }
}
