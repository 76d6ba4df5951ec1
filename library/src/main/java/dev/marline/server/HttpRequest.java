package dev.marline.server;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.transport.caller.Caller;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/**
 * A request for a page, or for a WebSocket when a {@link HandshakeCheck} looks at it.
 *
 * @param method {@code GET} or {@code HEAD}
 * @param target path and query as they were sent
 * @param path the path, decoded
 * @param pathParameters what stood in the path for the route's {@code {names}}, and under {@code "*"} what stood for its star, decoded
 * @param client where it comes from
 * @param clientCertificates on a server that asks for them (see {@link dev.marline.tls.ServerTls}), the client's certificate, which is
 *     trusted and whose key it has, followed by those that it sent with it; none if it has shown none
 */
public record HttpRequest(
        String method,
        String target,
        String path,
        Map<String, String> pathParameters,
        Headers headers,
        SocketAddress client,
        List<X509Certificate> clientCertificates) {

    static HttpRequest of(HandshakeRequest request, Routes.Match<?> match, Caller caller) {
        return new HttpRequest(
                request.method(),
                request.target(),
                match.path(),
                match.parameters(),
                request.headers(),
                caller.address(),
                caller.certificates());
    }

    /** The query as it was sent, without its question mark; "" for none. */
    public String query() {
        int mark = target.indexOf('?');
        return mark < 0 ? "" : target.substring(mark + 1);
    }
}
