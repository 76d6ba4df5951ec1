package dev.marline;

/**
 * {@link Message#text} was called on a binary message. In a callback of a {@link WebSocketListener}, and out of a blocking handler, this
 * closes the connection with 1003: the peer sent a type of data that the application cannot accept (RFC 6455 §7.4.1).
 */
public final class UnsuitableMessageException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public UnsuitableMessageException(String message) {
        super(message);
    }
}
