package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Checks that bytes are UTF-8 (RFC 3629) as they stream in, and encodes strings.
 *
 * <p>It is an automaton without branches: a byte's row in a table has, for each state, the state that follows, in six bits that stand
 * where the number of the state says. So a byte costs two loads and a shift, whatever it is. Runs of ASCII are skipped eight bytes at a
 * time.
 */
public final class Utf8 {
    /** All characters so far are whole. */
    public static final int COMPLETE = 0;

    /** There was an impossible byte. */
    public static final int INVALID = -1;

    // The states, each the number of bits by which a row is shifted to get at what
    // follows it. Where the first byte narrows the range of the second, to keep out
    // overlong forms, surrogates and what is past U+10FFFF, it has a state of its own.
    private static final int STATE_BITS = 6;
    private static final int STATE = (1 << STATE_BITS) - 1;
    private static final int ONE_MORE = STATE_BITS;
    private static final int TWO_MORE = 2 * STATE_BITS;
    private static final int THREE_MORE = 3 * STATE_BITS;
    private static final int AFTER_E0 = 4 * STATE_BITS;
    private static final int AFTER_ED = 5 * STATE_BITS;
    private static final int AFTER_F0 = 6 * STATE_BITS;
    private static final int AFTER_F4 = 7 * STATE_BITS;
    private static final int ERROR = 8 * STATE_BITS;

    private static final long[] FOLLOWING = new long[256];

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NOT_ASCII = 0x8080808080808080L;

    static {
        Arrays.fill(FOLLOWING, row(ERROR));
        // RFC 3629 §4
        allow(COMPLETE, 0x00, 0x7F, COMPLETE);
        allow(COMPLETE, 0xC2, 0xDF, ONE_MORE);
        allow(COMPLETE, 0xE0, 0xE0, AFTER_E0);
        allow(COMPLETE, 0xE1, 0xEC, TWO_MORE);
        allow(COMPLETE, 0xED, 0xED, AFTER_ED);
        allow(COMPLETE, 0xEE, 0xEF, TWO_MORE);
        allow(COMPLETE, 0xF0, 0xF0, AFTER_F0);
        allow(COMPLETE, 0xF1, 0xF3, THREE_MORE);
        allow(COMPLETE, 0xF4, 0xF4, AFTER_F4);
        allow(ONE_MORE, 0x80, 0xBF, COMPLETE);
        allow(TWO_MORE, 0x80, 0xBF, ONE_MORE);
        allow(THREE_MORE, 0x80, 0xBF, TWO_MORE);
        allow(AFTER_E0, 0xA0, 0xBF, ONE_MORE);
        allow(AFTER_ED, 0x80, 0x9F, ONE_MORE);
        allow(AFTER_F0, 0x90, 0xBF, TWO_MORE);
        allow(AFTER_F4, 0x80, 0x8F, TWO_MORE);
    }

    private Utf8() {}

    private static long row(int followingAll) {
        long row = 0;
        for (int state = COMPLETE; state <= ERROR; state += STATE_BITS) {
            row |= (long) followingAll << state;
        }
        return row;
    }

    private static void allow(int state, int first, int last, int following) {
        for (int b = first; b <= last; b++) {
            FOLLOWING[b] = (FOLLOWING[b] & ~((long) STATE << state)) | ((long) following << state);
        }
    }

    /**
     * Encodes a text. {@link String#getBytes} would put a question mark where half of a surrogate pair stands, so that another text
     * arrived.
     *
     * @throws IllegalArgumentException if the text has half of a surrogate pair
     */
    public static byte[] encode(String text) {
        requireEncodable(text);
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Checks that a text can be {@linkplain #encode encoded}.
     *
     * @throws IllegalArgumentException if the text has half of a surrogate pair
     */
    public static void requireEncodable(String text) {
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("the text has half of a surrogate pair at index " + i
                        + ", which UTF-8 cannot express (RFC 3629 3)");
            }
            i += Character.charCount(codePoint);
        }
    }

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
        long now = state;
        for (; i <= end - Long.BYTES; i += Long.BYTES) {
            long eight = (long) LONG.get(bytes, i);
            if ((eight & NOT_ASCII) == 0 && (now & STATE) == COMPLETE) {
                continue;
            }
            // A shift by a long takes the lowest six bits of its distance: the state.
            now = FOLLOWING[(int) eight & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 8) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 16) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 24) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 32) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 40) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 48) & 0xFF] >>> now;
            now = FOLLOWING[(int) (eight >>> 56)] >>> now;
        }
        for (; i < end; i++) {
            now = FOLLOWING[bytes[i] & 0xFF] >>> now;
        }
        int last = (int) now & STATE;
        return last == ERROR ? INVALID : last;
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
