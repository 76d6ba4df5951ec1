package dev.marline.transport.http;

import java.io.IOException;

/** The peer has reset a stream, or has announced that it does not process it. */
public final class StreamResetException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What a client may do about it. */
    public enum Reason {
        /** Nothing was processed: the request may be repeated on another connection (RFC 9113 §8.7, RFC 9114 §4.1.1). */
        REFUSED,
        /** The server wants HTTP/1.1 (RFC 9113 §7, RFC 9114 §8.1). */
        HTTP_1_1_REQUIRED,
        OTHER
    }

    private final Reason reason;

    public StreamResetException(Reason reason, String code) {
        super("the peer has reset the stream: " + code);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
