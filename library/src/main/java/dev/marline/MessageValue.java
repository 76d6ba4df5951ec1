package dev.marline;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A message that owns its bytes, which nobody changes. */
final class MessageValue implements Message {
    private final boolean text;
    private final boolean compressible;
    private final byte[] bytes;

    MessageValue(boolean text, boolean compressible, byte[] bytes) {
        this.text = text;
        this.compressible = compressible;
        this.bytes = bytes;
    }

    @Override
    public boolean isText() {
        return text;
    }

    @Override
    public int size() {
        return bytes.length;
    }

    @Override
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    @Override
    public String text() {
        if (!text) {
            throw new UnsuitableMessageException("the message is binary, not text");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] toByteArray() {
        return bytes.clone();
    }

    @Override
    public Message copy() {
        return this;
    }

    @Override
    public Message uncompressed() {
        return new MessageValue(text, false, bytes);
    }

    @Override
    public boolean isCompressible() {
        return compressible;
    }

    @Override
    public String toString() {
        return text ? "TEXT '" + text() + "' [" + bytes.length + " bytes]" : "BINARY [" + bytes.length + " bytes]";
    }
}
