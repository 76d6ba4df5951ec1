package dev.marline;

/** A {@link BlockingWebSocket} was used after its connection had closed. */
public final class ConnectionClosedException extends WebSocketException {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason sent;
    private final transient CloseReason received;

    public ConnectionClosedException(CloseReason sent, CloseReason received) {
        super("the connection is closed: sent " + describe(sent) + ", received " + describe(received));
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
