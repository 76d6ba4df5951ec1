package dev.marline.protocol;

/** The status codes of a Close: RFC 6455 §7.4 and the registry that §11.7 opened. */
public final class CloseCode {
    /** The purpose of the connection has been fulfilled. */
    public static final int NORMAL = 1000;

    /** The endpoint goes away: a server shuts down, or a browser leaves the page. */
    public static final int GOING_AWAY = 1001;

    public static final int PROTOCOL_ERROR = 1002;

    /** The endpoint cannot accept this type of data, say binary where it understands text only. */
    public static final int UNSUPPORTED_DATA = 1003;

    /** Never sent: stands for a Close frame that carried no status code. */
    public static final int NO_STATUS = 1005;

    /** Never sent: stands for a connection that ended without a Close frame. */
    public static final int ABNORMAL = 1006;

    /** The data of a message does not fit its type, say text that is not UTF-8. */
    public static final int INVALID_PAYLOAD = 1007;

    public static final int POLICY_VIOLATION = 1008;

    public static final int MESSAGE_TOO_BIG = 1009;

    /** A client wanted an extension that the server did not take. */
    public static final int MANDATORY_EXTENSION = 1010;

    public static final int INTERNAL_ERROR = 1011;

    public static final int SERVICE_RESTART = 1012;
    public static final int TRY_AGAIN_LATER = 1013;
    public static final int BAD_GATEWAY = 1014;

    /** Never sent: stands for a TLS handshake that failed. */
    public static final int TLS_HANDSHAKE = 1015;

    private CloseCode() {}

    /**
     * Whether a Close frame may carry the code: 1000 to 1003, 1007 to 1014, 3000 to 4999. RFC 6455 §7.4.1: 1004 is reserved, and
     * 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close control frame by an endpoint".
     */
    public static boolean isValidOnWire(int code) {
        return (code >= NORMAL && code <= UNSUPPORTED_DATA)
                || (code >= INVALID_PAYLOAD && code <= BAD_GATEWAY)
                || (code >= 3000 && code <= 4999);
    }
}
