package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Masking of payload data, RFC 6455 §5.3: octet i of the payload is XORed with octet i modulo 4 of the masking key. Masking twice
 * gives the original.
 *
 * <p>A masking key is held as an int whose lowest byte is the key's first octet, as a little-endian read of the frame gives it.
 */
final class Masking {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Masking() {}

    /** Masks {@code length} bytes in place. */
    static void mask(byte[] bytes, int offset, int length, int key) {
        mask(bytes, offset, bytes, offset, length, key);
    }

    /** Masks {@code length} bytes of {@code from} into {@code to}, in one pass. */
    static void mask(byte[] from, int fromOffset, byte[] to, int toOffset, int length, int key) {
        long wide = (key & 0xFFFFFFFFL) | ((long) key << 32);
        int i = 0;
        // Four words a turn: the loop's own cost shows at these sizes, and the JIT does not unroll VarHandle access by
        // itself.
        for (; i <= length - 32; i += 32) {
            long a = (long) LONG.get(from, fromOffset + i) ^ wide;
            long b = (long) LONG.get(from, fromOffset + i + 8) ^ wide;
            long c = (long) LONG.get(from, fromOffset + i + 16) ^ wide;
            long d = (long) LONG.get(from, fromOffset + i + 24) ^ wide;
            LONG.set(to, toOffset + i, a);
            LONG.set(to, toOffset + i + 8, b);
            LONG.set(to, toOffset + i + 16, c);
            LONG.set(to, toOffset + i + 24, d);
        }
        for (; i <= length - 8; i += 8) {
            LONG.set(to, toOffset + i, (long) LONG.get(from, fromOffset + i) ^ wide);
        }
        for (; i < length; i++) {
            to[toOffset + i] = (byte) (from[fromOffset + i] ^ (key >>> ((i & 3) << 3)));
        }
    }

    /** The key for the octets that follow the first {@code octets} of a payload. */
    static int advance(int key, int octets) {
        return Integer.rotateRight(key, (octets & 3) << 3);
    }
}
