package dev.marline.protocol.extension;

import dev.marline.protocol.CloseCode;

/**
 * A received message cannot be taken: the connection fails with this code and reason. It is thrown and caught within the engine, and
 * has no stack trace.
 */
public final class DecodingException extends Exception {
    private static final long serialVersionUID = 1;

    private final int closeCode;

    /**
     * What failed.
     *
     * @param closeCode {@link CloseCode#INVALID_PAYLOAD}, {@link CloseCode#MESSAGE_TOO_BIG} or another that a Close may carry
     * @param why what is wrong with the message; the peer is told
     */
    public DecodingException(int closeCode, String why) {
        super(why, null, false, false);
        if (!CloseCode.isValidOnWire(closeCode)) {
            throw new IllegalArgumentException("close code " + closeCode + " may not be sent (RFC 6455 7.4)");
        }
        this.closeCode = closeCode;
    }

    public int closeCode() {
        return closeCode;
    }
}
