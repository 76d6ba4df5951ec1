package dev.marline.protocol;

import java.nio.charset.StandardCharsets;

/** The payload data of a Close frame, RFC 6455 §5.5.1: nothing, or a status code and a reason in UTF-8. */
final class ClosePayload {
    private static final int CODE_BYTES = 2;
    private static final int MAX_REASON_BYTES = FrameHeader.MAX_CONTROL_PAYLOAD - CODE_BYTES;

    private ClosePayload() {}

    /**
     * Writes a code and a reason, of which what does not fit is cut off between characters.
     *
     * @param code {@link CloseCode#NO_STATUS} for an empty payload
     */
    static byte[] encode(int code, String reason) {
        if (code == CloseCode.NO_STATUS) {
            return new byte[0];
        }
        byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
        int reasonBytes = Utf8.cut(utf8, MAX_REASON_BYTES);
        byte[] payload = new byte[CODE_BYTES + reasonBytes];
        payload[0] = (byte) (code >>> 8);
        payload[1] = (byte) code;
        System.arraycopy(utf8, 0, payload, CODE_BYTES, reasonBytes);
        return payload;
    }

    /** The code, or {@link CloseCode#NO_STATUS} where there is none. */
    static int code(byte[] bytes, int offset, int length) {
        return length < CODE_BYTES ? CloseCode.NO_STATUS : (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
    }

    static boolean hasValidReason(byte[] bytes, int offset, int length) {
        return length <= CODE_BYTES || Utf8.isValid(bytes, offset + CODE_BYTES, length - CODE_BYTES);
    }

    static String reason(byte[] bytes, int offset, int length) {
        return length <= CODE_BYTES
                ? ""
                : new String(bytes, offset + CODE_BYTES, length - CODE_BYTES, StandardCharsets.UTF_8);
    }
}
