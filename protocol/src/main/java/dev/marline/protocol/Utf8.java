package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks that bytes are UTF-8 (RFC 3629) as they stream in, and says so at the first byte that cannot be part of any character.
 *
 * <p>Between pieces there is one int of state: {@link #COMPLETE} between characters, otherwise how many continuation bytes are
 * missing (bits 16 and up) and the range that the next of them must be in (lowest and highest in a byte each). The range is
 * narrower than 80 to BF after E0, ED, F0 and F4, which keeps out overlong forms, surrogates and what is past U+10FFFF.
 */
public final class Utf8 {
    /** All characters so far are whole. */
    public static final int COMPLETE = 0;

    /** There was an impossible byte. */
    public static final int INVALID = -1;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NOT_ASCII = 0x8080808080808080L;
    private static final int ANY_CONTINUATION = 0x80BF;

    private Utf8() {}

    /** Whether the bytes are whole characters of UTF-8. */
    public static boolean isValid(byte[] bytes, int offset, int length) {
        return validate(COMPLETE, bytes, offset, length) == COMPLETE;
    }

    /**
     * Goes on validating.
     *
     * @param state {@link #COMPLETE} at first, then what the last call returned, but never {@link #INVALID}
     * @return the state after these bytes: {@link #COMPLETE}, {@link #INVALID}, or a state inside a character
     */
    public static int validate(int state, byte[] bytes, int offset, int length) {
        int end = offset + length;
        int i = offset;
        while (i < end) {
            if (state == COMPLETE) {
                i = skipAscii(bytes, i, end);
                if (i == end) {
                    return COMPLETE;
                }
                state = lead(bytes[i++] & 0xFF);
            } else {
                state = next(state, bytes[i++] & 0xFF);
            }
            if (state == INVALID) {
                return INVALID;
            }
        }
        return state;
    }

    private static int skipAscii(byte[] bytes, int from, int end) {
        int i = from;
        while (i <= end - 8 && ((long) LONG.get(bytes, i) & NOT_ASCII) == 0) {
            i += 8;
        }
        while (i < end && bytes[i] >= 0) {
            i++;
        }
        return i;
    }

    /** The state after the first byte, 80 to FF, of a character. */
    private static int lead(int b) {
        if (b < 0xC2) {
            return INVALID; // a continuation byte, or an overlong form of U+0000 to U+007F
        }
        if (b < 0xE0) {
            return 1 << 16 | ANY_CONTINUATION;
        }
        if (b < 0xF0) {
            return 2 << 16 | (b == 0xE0 ? 0xA0BF : b == 0xED ? 0x809F : ANY_CONTINUATION);
        }
        if (b < 0xF5) {
            return 3 << 16 | (b == 0xF0 ? 0x90BF : b == 0xF4 ? 0x808F : ANY_CONTINUATION);
        }
        return INVALID;
    }

    private static int next(int state, int b) {
        if (b < (state >> 8 & 0xFF) || b > (state & 0xFF)) {
            return INVALID;
        }
        int missing = (state >> 16) - 1;
        return missing == 0 ? COMPLETE : missing << 16 | ANY_CONTINUATION;
    }

    /**
     * The largest count of bytes, at most {@code limit}, after which {@code utf8} can be cut without cutting a character.
     *
     * @param utf8 valid UTF-8
     */
    public static int cut(byte[] utf8, int limit) {
        if (utf8.length <= limit) {
            return utf8.length;
        }
        int end = limit;
        while (end > 0 && (utf8[end] & 0xC0) == 0x80) {
            end--;
        }
        return end;
    }
}
