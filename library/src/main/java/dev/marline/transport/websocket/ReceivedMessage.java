package dev.marline.transport.websocket;

import dev.marline.Message;
import dev.marline.UnsuitableMessageException;
import dev.marline.protocol.Opcode;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The view that a listener gets of a message: one object for a connection, on arrays that its event loop uses again and again. A
 * view that was kept must not show what belongs to another message, so every look checks that the callback is still going on, and
 * that it is its thread that looks.
 */
public final class ReceivedMessage implements Message {
    private static final byte[] NO_ARRAY = new byte[0];

    private final Thread thread = Thread.currentThread();
    private boolean shown;
    private int opcode;

    // Where it lies: in an array, or, a large one that came in one frame, in a buffer.
    private byte[] array = NO_ARRAY;
    private int offset;
    private int length;
    private @Nullable ByteBuf buffer;

    void show(int opcode, byte[] array, int offset, int length) {
        this.shown = true;
        this.opcode = opcode;
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    void show(ByteBuf binary) {
        this.shown = true;
        this.opcode = Opcode.BINARY;
        this.buffer = binary;
        this.length = binary.readableBytes();
    }

    void hide() {
        shown = false;
        array = NO_ARRAY;
        buffer = null;
    }

    private boolean isShown() {
        return shown && thread.equals(Thread.currentThread());
    }

    private void requireShown() {
        if (!isShown()) {
            throw new IllegalStateException("a message is valid in its callback only: keep copy(), or send it there");
        }
    }

    byte[] array() {
        requireShown();
        return array;
    }

    int offset() {
        return offset;
    }

    int opcode() {
        return opcode;
    }

    /** What it may be sent on from; null if it lies in an array. */
    @Nullable
    ByteBuf buffer() {
        requireShown();
        return buffer;
    }

    @Override
    public boolean isText() {
        requireShown();
        return opcode == Opcode.TEXT;
    }

    @Override
    public int size() {
        requireShown();
        return length;
    }

    @Override
    public ByteBuffer bytes() {
        ByteBuf large = buffer();
        ByteBuffer bytes =
                large == null ? ByteBuffer.wrap(array, offset, length).slice() : large.nioBuffer();
        return bytes.asReadOnlyBuffer();
    }

    @Override
    public String text() {
        if (!isText()) {
            throw new UnsuitableMessageException("the message is binary, not text");
        }
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] toByteArray() {
        byte[] copy = new byte[size()];
        bytes().get(copy);
        return copy;
    }

    @Override
    public Message copy() {
        return Message.of(isText(), bytes());
    }

    @Override
    public Message uncompressed() {
        return copy().uncompressed();
    }

    @Override
    public String toString() {
        return isShown() ? copy().toString() : "a message of a callback that is over";
    }
}
