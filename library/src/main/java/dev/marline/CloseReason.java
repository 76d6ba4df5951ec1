package dev.marline;

import dev.marline.protocol.CloseCode;

/**
 * Why a connection was closed: a status code and some words, RFC 6455 §7.1.5 and §7.1.6.
 *
 * @param code see {@link CloseCode}; 1005 if the peer's Close had no code, 1006 if there was no Close
 * @param reason what the peer said, "" for nothing
 */
public record CloseReason(int code, String reason) {
    /** What stands for a connection that was lost without a Close. */
    public static final CloseReason ABNORMAL = new CloseReason(CloseCode.ABNORMAL, "");

    /** Whether this is an ordinary end: 1000, 1001 or a Close without a code. */
    public boolean isNormal() {
        return code == CloseCode.NORMAL || code == CloseCode.GOING_AWAY || code == CloseCode.NO_STATUS;
    }

    @Override
    public String toString() {
        return reason.isEmpty() ? String.valueOf(code) : code + " " + reason;
    }
}
