package dev.marline;

import dev.marline.protocol.Utf8;
import java.nio.ByteBuffer;

/**
 * A text or binary message (RFC 6455 §5.6).
 *
 * <p>A message handed to a {@link WebSocketListener} is a view on memory that is used again: it is valid in the thread of the
 * callback until the callback returns, and throws {@link IllegalStateException} after that. Sending it is fine, to any number of
 * sockets; to keep it, {@link #copy()} it. All other messages are values: immutable, and valid for ever.
 *
 * <p>Text stays the UTF-8 that it came in until {@link #text()} asks for it.
 */
public interface Message {
    /** Whether it is text; otherwise it is binary. */
    boolean isText();

    /** The size of the payload in bytes; of text, in UTF-8. */
    int size();

    /** The payload, of text in UTF-8, as a read-only buffer that is as long valid as the message. */
    ByteBuffer bytes();

    /**
     * The text.
     *
     * @throws UnsuitableMessageException if the message is binary
     */
    String text();

    /** A copy of the payload, of text in UTF-8. */
    byte[] toByteArray();

    /** The message as a value; of a value, itself. */
    Message copy();

    /**
     * The message as a value that goes out without compression, whatever the connection does with others: for what is compressed
     * already, such as an image, and for what has secrets beside text that an attacker may choose, whose size would give them away.
     */
    Message uncompressed();

    /** Whether it may be compressed where the connection does that. */
    default boolean isCompressible() {
        return true;
    }

    /**
     * A text message.
     *
     * @throws IllegalArgumentException if the text has half of a surrogate pair, which no UTF-8 can express
     */
    static Message text(String text) {
        return new MessageValue(true, true, Utf8.encode(text));
    }

    /** A binary message with a copy of these bytes. */
    static Message binary(byte[] bytes) {
        return new MessageValue(false, true, bytes.clone());
    }

    /** A binary message with a copy of the bytes between the buffer's position and limit; the buffer stays as it is. */
    static Message binary(ByteBuffer bytes) {
        return new MessageValue(false, true, copyOf(bytes));
    }

    /**
     * A message with a copy of bytes whose type is only known when the program runs.
     *
     * @throws IllegalArgumentException if the message is to be text and the bytes are not UTF-8
     */
    static Message of(boolean text, ByteBuffer bytes) {
        byte[] copy = copyOf(bytes);
        if (text && !Utf8.isValid(copy, 0, copy.length)) {
            throw new IllegalArgumentException("a text message must be UTF-8");
        }
        return new MessageValue(text, true, copy);
    }

    private static byte[] copyOf(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return copy;
    }
}
