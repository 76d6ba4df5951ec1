package dev.marline.protocol;

/** Takes the bytes that the engine wants sent, in order. */
@FunctionalInterface
public interface Output {
    /** Takes {@code length} bytes: the array is the engine's again as soon as this returns. */
    void write(byte[] bytes, int offset, int length);
}
