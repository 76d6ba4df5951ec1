package dev.marline;

import org.jspecify.annotations.Nullable;

/** A {@link BlockingWebSocket} was used after its connection had closed. */
public final class ConnectionClosedException extends WebSocketException {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason sent;
    private final transient CloseReason received;

    public ConnectionClosedException(CloseReason sent, CloseReason received) {
        this(sent, received, 0, null);
    }

    /**
     * Creates an exception that says more.
     *
     * @param discarded how many messages came after this end's Close and were discarded, as too many waited to be received
     * @param cause what failed the connection, see {@link WebSocketListener#onError}; null if nothing did
     */
    public ConnectionClosedException(
            CloseReason sent, CloseReason received, long discarded, @Nullable Throwable cause) {
        super(
                "the connection is closed: sent " + describe(sent) + ", received " + describe(received)
                        + (discarded == 0
                                ? ""
                                : "; " + discarded + " messages before that were discarded, as nobody received them"),
                cause);
        this.sent = sent;
        this.received = received;
    }

    private static String describe(CloseReason reason) {
        return reason.equals(CloseReason.ABNORMAL) ? "no Close" : "Close " + reason;
    }

    /** The Close that this end sent, {@link CloseReason#ABNORMAL} if none. */
    public CloseReason sent() {
        return sent;
    }

    /** The Close that the peer sent, {@link CloseReason#ABNORMAL} if none. */
    public CloseReason received() {
        return received;
    }
}
