package dev.marline;

import dev.marline.protocol.handshake.Headers;

/** The server did not open a WebSocket: it said no, or what it said was no valid answer (RFC 6455 §4.1). */
public final class HandshakeException extends WebSocketException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Headers headers;
    private final String body;

    public HandshakeException(String message, int status, Headers headers, String body) {
        super(message);
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** The response's HTTP status; 101 if only something else in it was wrong. */
    public int status() {
        return status;
    }

    /** The response's headers. */
    public Headers headers() {
        return headers;
    }

    /** The beginning of the response's body, at most 64 KiB, as text; "" if it had none. */
    public String body() {
        return body;
    }
}
