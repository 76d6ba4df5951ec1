package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Masking of payload data, RFC 6455 §5.3: octet i of the payload is XORed with octet i modulo 4 of the masking key. Masking twice
 * gives the original.
 *
 * <p>A masking key is held as an int whose lowest byte is the key's first octet, as a little-endian read of the frame gives it.
 */
final class Masking {
    private static final VarHandle BUFFER_LONG =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** From this length on the loop for vectors is worth its beginning and its end. */
    private static final int LONG_PAYLOAD = 128;

    private Masking() {}

    /** Masks {@code length} bytes in place. */
    static void mask(byte[] bytes, int offset, int length, int key) {
        long wide = (key & 0xFFFFFFFFL) | ((long) key << 32);
        int i = 0;
        // The JIT makes vectors of a loop as plain as this, in place, where no other array could overlap. Unrolled by
        // hand it takes three times as long. Short payloads have a loop of their own, or the JIT would learn from them.
        if (length >= LONG_PAYLOAD) {
            for (; i < length - 7; i += 8) {
                LONG.set(bytes, offset + i, (long) LONG.get(bytes, offset + i) ^ wide);
            }
        }
        for (; i < length - 7; i += 8) {
            LONG.set(bytes, offset + i, (long) LONG.get(bytes, offset + i) ^ wide);
        }
        for (; i < length; i++) {
            bytes[offset + i] ^= (byte) (key >>> ((i & 3) << 3));
        }
    }

    /** Masks the bytes between a buffer's position and limit where they lie. */
    static void mask(ByteBuffer bytes, int key) {
        int offset = bytes.position();
        int length = bytes.remaining();
        if (bytes.hasArray()) {
            mask(bytes.array(), bytes.arrayOffset() + offset, length, key);
            return;
        }
        long wide = (key & 0xFFFFFFFFL) | ((long) key << 32);
        int i = 0;
        for (; i < length - 7; i += 8) {
            BUFFER_LONG.set(bytes, offset + i, (long) BUFFER_LONG.get(bytes, offset + i) ^ wide);
        }
        for (; i < length; i++) {
            bytes.put(offset + i, (byte) (bytes.get(offset + i) ^ key >>> ((i & 3) << 3)));
        }
    }

    /** The key for the octets that follow the first {@code octets} of a payload. */
    static int advance(int key, int octets) {
        return Integer.rotateRight(key, (octets & 3) << 3);
    }
}
