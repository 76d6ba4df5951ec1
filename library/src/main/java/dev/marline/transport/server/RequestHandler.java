package dev.marline.transport.server;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.transport.caller.Caller;
import java.util.concurrent.CompletionStage;

/** Answers the requests that come to a server, whatever version of HTTP carries them: the seam between transport and server. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Answers a request whose head has been read and which has no body.
     *
     * @param caller who makes it
     * @return a stage that completes in any thread; if it fails, the client is told 500
     */
    CompletionStage<Reply> handle(HandshakeRequest request, Caller caller);
}
