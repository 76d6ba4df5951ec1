package dev.marline.protocol;

import java.nio.ByteBuffer;

/** Takes the bytes that the engine wants sent, in order. */
@FunctionalInterface
public interface Output {
    /** Takes {@code length} bytes: the array is the engine's again as soon as this returns. */
    void write(byte[] bytes, int offset, int length);

    /**
     * Takes a header and the payload that follows it, which does not lie in an array and is between the buffer's position and limit. Array
     * and buffer are their owners' again as soon as this returns.
     */
    default void write(byte[] header, int offset, int length, ByteBuffer payload) {
        write(header, offset, length);
        byte[] copy = new byte[payload.remaining()];
        payload.get(payload.position(), copy);
        write(copy, 0, copy.length);
    }
}
