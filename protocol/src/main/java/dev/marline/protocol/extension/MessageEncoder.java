package dev.marline.protocol.extension;

import java.util.OptionalInt;

/**
 * Transforms the messages that one end of a connection sends. It belongs to the connection's thread. If it throws, the connection fails
 * with 1011.
 */
@FunctionalInterface
public interface MessageEncoder extends AutoCloseable {
    /** What {@link #encode} and {@link #encodeShared} say of a message that they have left as it is. */
    int UNCHANGED = -1;

    /**
     * Encodes a message, or leaves it as it is.
     *
     * @param opcode {@link dev.marline.protocol.Opcode#TEXT} or {@link dev.marline.protocol.Opcode#BINARY}
     * @param compress false if the application wants this message sent without compression
     * @param to takes the encoded payload data; it is empty, and ignored where the message is left as it is
     * @return those of the extension's reserved bits that the message's first frame is to have, or {@link #UNCHANGED}
     */
    int encode(int opcode, boolean compress, byte[] bytes, int offset, int length, PayloadBuffer to);

    /**
     * Encodes a message so that every connection with the same {@link NegotiatedExtension#answer()} can send it, whatever it has sent
     * before.
     *
     * @return as {@link #encode} does; empty to say that this cannot be done, and each connection is to encode it for itself
     */
    default OptionalInt encodeShared(int opcode, byte[] bytes, int offset, int length, PayloadBuffer to) {
        return OptionalInt.empty();
    }

    /**
     * A message that was encoded with {@link #encodeShared}, perhaps by another connection, has been sent on this one.
     *
     * @param length the message's size in bytes
     * @param encodedLength its size as it was sent
     */
    default void sharedMessageSent(int length, int encodedLength) {}

    /** Nothing is sent any more: gives back what this holds. May be called twice. */
    @Override
    default void close() {}
}
