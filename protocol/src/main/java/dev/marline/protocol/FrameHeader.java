package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The header of the frame that is being received, RFC 6455 §5.2. One instance serves a connection: {@link #take} fills the fields
 * from the received bytes and says at once when no valid frame can begin so.
 *
 * <pre>
 *  FIN RSV1-3 opcode | MASK payload length (7) | extended payload length (0, 16 or 64) | masking key (0 or 32)
 * </pre>
 */
final class FrameHeader {
    /** The longest header: two bytes, a 64-bit length and a masking key. */
    static final int MAX_BYTES = 14;

    /** RFC 6455 §5.5: "All control frames MUST have a payload length of 125 bytes or less". */
    static final int MAX_CONTROL_PAYLOAD = 125;

    /** What {@link #take} returns when the bytes break the RFC; {@link #violation} says how. */
    static final int INVALID = -1;

    private static final int INCOMPLETE = 0;

    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_BE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int FIN_BIT = 0x80;
    private static final int RSV_BITS = 0x70;
    private static final int OPCODE_BITS = 0x0F;
    private static final int FIN_TEXT = FIN_BIT | Opcode.TEXT;
    private static final int FIN_BINARY = FIN_BIT | Opcode.BINARY;
    private static final int MASK_BIT = 0x80;
    private static final int LENGTH_BITS = 0x7F;
    private static final int LENGTH_16 = 126;

    boolean fin;

    /** RSV1, RSV2 and RSV3 where they stand in the frame's first byte: 0x40, 0x20, 0x10. */
    int rsv;

    int opcode;
    long payloadLength;

    /** See {@link Masking}; 0, which changes nothing, where the frame is not masked. */
    int maskingKey;

    /** Whether the last byte of it has come. */
    boolean complete;

    @Nullable
    String violation;

    private final boolean expectMask;

    // Between reads, when a header is split: what has come of it.
    private byte @Nullable [] partial;
    private int partialLength;

    /** @param sender whose frames these are */
    FrameHeader(Role sender) {
        expectMask = sender.masks();
    }

    /**
     * Takes the bytes of a header, all in one or in pieces: it ends where {@link #complete} is true.
     *
     * @param allowedRsv the RSV bits to which a negotiated extension has given a meaning
     * @return how many bytes are the header's, or {@link #INVALID}
     */
    int take(byte[] bytes, int offset, int end, int allowedRsv) {
        int kept = partialLength;
        int length = kept == 0
                ? read(bytes, offset, end, allowedRsv)
                : read(keep(bytes, offset, end), 0, partialLength, allowedRsv);
        complete = length > 0;
        if (complete) {
            partial = null;
            partialLength = 0;
            return length - kept;
        }
        if (length == INCOMPLETE && kept == 0) {
            keep(bytes, offset, end);
        }
        return length == INCOMPLETE ? end - offset : INVALID;
    }

    /**
     * Takes the header of a message in one frame of less than 64 KiB that lies whole in these bytes, with its payload data, and has no RSV
     * bit set: what {@link #take} does too, without the cases that nearly no frame is.
     *
     * @return how many bytes are the header's; 0 if there is anything else, valid or not
     */
    int takeOfWholeMessage(byte[] bytes, int offset, int end) {
        int available = end - offset;
        if (available < MAX_BYTES || partialLength > 0) {
            return 0;
        }
        int first = bytes[offset] & 0xFF;
        int second = bytes[offset + 1];
        if ((first != FIN_TEXT && first != FIN_BINARY) || (second & MASK_BIT) != 0 != expectMask) {
            return 0;
        }
        int headerLength = expectMask ? 6 : 2;
        int length = second & LENGTH_BITS;
        if (length >= LENGTH_16) {
            if (length > LENGTH_16 || !readExtendedLength(bytes, offset + 2, LENGTH_16)) {
                return 0;
            }
            length = (int) payloadLength;
            headerLength += 2;
        }
        if (available < headerLength + length) {
            return 0;
        }
        opcode = first & OPCODE_BITS;
        payloadLength = length;
        maskingKey = expectMask ? (int) INT_LE.get(bytes, offset + headerLength - 4) : 0;
        return headerLength;
    }

    /** Whether no part of a header has been taken yet. */
    boolean isAtStart() {
        return partialLength == 0;
    }

    /** The payload length that a header claims, valid or not; the buffer, in network byte order, has all of it. */
    static long claimedLength(ByteBuffer bytes, int offset) {
        int shortLength = bytes.get(offset + 1) & LENGTH_BITS;
        return shortLength < LENGTH_16
                ? shortLength
                : shortLength == LENGTH_16 ? bytes.getShort(offset + 2) & 0xFFFF : bytes.getLong(offset + 2);
    }

    private byte[] keep(byte[] bytes, int offset, int end) {
        byte[] all = partial;
        if (all == null) {
            all = new byte[MAX_BYTES];
            partial = all;
        }
        int count = Math.min(end - offset, MAX_BYTES - partialLength);
        System.arraycopy(bytes, offset, all, partialLength, count);
        partialLength += count;
        return all;
    }

    /** The length of the header in these bytes, {@link #INCOMPLETE} or {@link #INVALID}. */
    private int read(byte[] bytes, int offset, int end, int allowedRsv) {
        int available = end - offset;
        if (available < 2) {
            // The first byte alone can be wrong already.
            return available == 1 && !accepts(bytes[offset], allowedRsv) ? INVALID : INCOMPLETE;
        }
        int second = bytes[offset + 1];
        if (!accepts(bytes[offset], allowedRsv) || !acceptsMaskAndLength(second)) {
            return INVALID;
        }
        int shortLength = second & LENGTH_BITS;
        int lengthEnd = shortLength < LENGTH_16 ? 2 : shortLength == LENGTH_16 ? 4 : 10;
        int headerLength = lengthEnd + (expectMask ? 4 : 0);
        if (available < lengthEnd) {
            return INCOMPLETE;
        }
        if (shortLength < LENGTH_16) {
            payloadLength = shortLength;
        } else if (!readExtendedLength(bytes, offset + 2, shortLength)) {
            return INVALID;
        }
        if (available < headerLength) {
            return INCOMPLETE;
        }
        maskingKey = expectMask ? (int) INT_LE.get(bytes, offset + lengthEnd) : 0;
        return headerLength;
    }

    private boolean accepts(int first, int allowedRsv) {
        fin = (first & FIN_BIT) != 0;
        rsv = first & RSV_BITS;
        opcode = first & OPCODE_BITS;
        // RFC 6455 §5.2: RSV1-3 "MUST be 0 unless an extension is
        // negotiated that defines meanings for non-zero values".
        if ((rsv & ~allowedRsv) != 0) {
            return violated("a reserved bit is set that no negotiated extension uses (RFC 6455 5.2)");
        }
        // RFC 6455 §5.2: "If an unknown opcode is received, the
        // receiving endpoint MUST _Fail the WebSocket Connection_."
        if (Opcode.isReserved(opcode)) {
            return violated("opcode 0x" + Integer.toHexString(opcode) + " is reserved (RFC 6455 5.2)");
        }
        if (Opcode.isControl(opcode)) {
            // RFC 6455 §5.5: control frames "MUST NOT be fragmented".
            if (!fin) {
                return violated("a " + Opcode.name(opcode) + " frame is fragmented (RFC 6455 5.5)");
            }
            // RFC 7692 §6: RSV1 is "used only for the first fragment of a
            // message", and no extension may claim control frames' bits.
            if (rsv != 0) {
                return violated("a reserved bit is set on a control frame (RFC 6455 5.2)");
            }
        }
        return true;
    }

    private boolean acceptsMaskAndLength(int second) {
        boolean masked = (second & MASK_BIT) != 0;
        // RFC 6455 §5.1: "The server MUST close the connection upon receiving a frame that is
        // not masked", and "A client MUST close a connection if it detects a masked frame."
        if (masked != expectMask) {
            return violated(
                    masked
                            ? "a server's frame is masked (RFC 6455 5.1)"
                            : "a client's frame is not masked (RFC 6455 5.1)");
        }
        if (Opcode.isControl(opcode) && (second & LENGTH_BITS) > MAX_CONTROL_PAYLOAD) {
            return violated("a " + Opcode.name(opcode) + " frame has more than 125 bytes (RFC 6455 5.5)");
        }
        return true;
    }

    // RFC 6455 §5.2: "in all cases, the minimal number of bytes MUST be used to encode the length".
    private boolean readExtendedLength(byte[] bytes, int offset, int shortLength) {
        if (shortLength == LENGTH_16) {
            int length = (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
            payloadLength = length;
            return length >= LENGTH_16
                    || violated("a length of " + length + " is written in 16 bits instead of 7 (RFC 6455 5.2)");
        }
        payloadLength = (long) LONG_BE.get(bytes, offset);
        // RFC 6455 §5.2: of a 64-bit length, "the most significant bit MUST be 0".
        if (payloadLength < 0) {
            return violated("the top bit of a 64-bit length is set (RFC 6455 5.2)");
        }
        return payloadLength > 0xFFFF
                || violated("a length of " + payloadLength + " is written in 64 bits instead of 16 (RFC 6455 5.2)");
    }

    private boolean violated(String how) {
        violation = how;
        return false;
    }
}
