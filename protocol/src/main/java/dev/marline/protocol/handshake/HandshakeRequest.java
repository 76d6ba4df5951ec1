package dev.marline.protocol.handshake;

/**
 * The request that asks for a WebSocket.
 *
 * @param method {@code GET}, if it is right
 * @param target path and query as they were sent
 * @param minorVersion of HTTP/1: 1 for HTTP/1.1
 */
public record HandshakeRequest(String method, String target, int minorVersion, Headers headers) {}
