package dev.marline.transport.http;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;

/** What a request or a response begins with on a stream, whether HTTP/2 or HTTP/3 has brought it or is to take it. */
public sealed interface StreamHead {
    /**
     * A request's.
     *
     * @param scheme {@code https} or {@code http}; "" in a plain CONNECT, which has none
     */
    record Request(HandshakeRequest request, String scheme) implements StreamHead {}

    /** A response's. */
    record Response(int status, Headers headers) implements StreamHead {}
}
