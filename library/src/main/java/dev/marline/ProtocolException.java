package dev.marline;

/** The peer broke the protocol or a limit, and this end failed the connection (RFC 6455 §7.1.7). */
public final class ProtocolException extends WebSocketException {
    private static final long serialVersionUID = 1L;

    private final int closeCode;

    public ProtocolException(int closeCode, String message) {
        super(message + " (closed with " + closeCode + ")");
        this.closeCode = closeCode;
    }

    /** The code that the peer was sent. */
    public int closeCode() {
        return closeCode;
    }
}
