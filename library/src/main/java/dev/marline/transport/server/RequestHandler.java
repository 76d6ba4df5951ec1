package dev.marline.transport.server;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.transport.caller.Caller;

/** Answers the requests that come to a server, whatever version of HTTP carries them: the seam between transport and server. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Answers a request whose head has been read and which has no body.
     *
     * @param caller who makes it
     */
    Reply handle(HandshakeRequest request, Caller caller);
}
