package dev.marline;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was said in the opening handshake.
 *
 * @param request the client's request: target, headers, cookies among them
 * @param response the headers of the server's answer
 * @param pathParameters on a server, what stood in the path for the route's {@code {names}}
 * @param chosenSubprotocol null for none
 * @param clientCertificates on a server that asks for them (see {@link dev.marline.tls.ServerTls}), the client's certificate, which is
 *     trusted and whose key it has, followed by those that it sent with it; none if it has shown none
 */
public record Handshake(
        HandshakeRequest request,
        Headers response,
        Map<String, String> pathParameters,
        @Nullable String chosenSubprotocol,
        List<X509Certificate> clientCertificates) {

    public Handshake {
        pathParameters = Map.copyOf(pathParameters);
        clientCertificates = List.copyOf(clientCertificates);
    }

    /** Path and query of the request. */
    public String target() {
        return request.target();
    }

    /** The subprotocol that both sides speak now. */
    public Optional<String> subprotocol() {
        return Optional.ofNullable(chosenSubprotocol);
    }

    /**
     * What stood in the path for a name in the route's pattern.
     *
     * @throws IllegalArgumentException if the pattern has no such name
     */
    public String pathParameter(String name) {
        String value = pathParameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no {" + name + "}, only " + pathParameters.keySet());
        }
        return value;
    }
}
