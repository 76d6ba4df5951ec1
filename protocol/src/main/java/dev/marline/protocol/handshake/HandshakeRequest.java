package dev.marline.protocol.handshake;

import org.jspecify.annotations.Nullable;

/**
 * The request that asks for a WebSocket.
 *
 * @param method {@code GET} over HTTP/1.1 and {@code CONNECT} over HTTP/2 and HTTP/3, if it is right
 * @param target path and query as they were sent
 * @param headers those of HTTP/2 and HTTP/3 have the {@code :authority} under {@code Host}
 * @param protocol the {@code :protocol} of an extended CONNECT (RFC 8441 §4); null for any other request
 */
public record HandshakeRequest(
        String method,
        String target,
        HttpVersion version,
        Headers headers,
        @Nullable String protocol) {
    /** A request that is not an extended CONNECT. */
    public HandshakeRequest(String method, String target, HttpVersion version, Headers headers) {
        this(method, target, version, headers, null);
    }
}
