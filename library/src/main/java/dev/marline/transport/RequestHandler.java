package dev.marline.transport;

import dev.marline.protocol.handshake.HandshakeRequest;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Answers the requests that come to a server, whatever version of HTTP carries them: the seam between transport and server. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Answers a request whose head has been read and which has no body.
     *
     * @param client where it comes from
     * @param clientCertificates who it is; none if it has not shown that by TLS
     * @return a stage that completes in any thread; if it fails, the client is told 500
     */
    CompletionStage<Reply> handle(
            HandshakeRequest request, SocketAddress client, List<X509Certificate> clientCertificates);
}
