package dev.marline.transport.websocket;

import dev.marline.Message;
import dev.marline.protocol.Opcode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The view that a listener gets of a message: one object for a connection, on arrays that its event loop uses again and again. A
 * view that was kept must not show what belongs to another message, so every look checks that the callback is still going on, and
 * that it is its thread that looks.
 */
public final class ReceivedMessage implements Message {
    private final Thread thread = Thread.currentThread();
    private int opcode;
    private byte @Nullable [] array;
    private int offset;
    private int length;

    void show(int opcode, byte[] array, int offset, int length) {
        this.opcode = opcode;
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    void hide() {
        array = null;
    }

    byte[] array() {
        byte[] shown = array;
        if (shown == null || !thread.equals(Thread.currentThread())) {
            throw new IllegalStateException("a message is valid in its callback only: keep copy(), or send it there");
        }
        return shown;
    }

    int offset() {
        return offset;
    }

    int opcode() {
        return opcode;
    }

    @Override
    public boolean isText() {
        array();
        return opcode == Opcode.TEXT;
    }

    @Override
    public int size() {
        array();
        return length;
    }

    @Override
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(array(), offset, length).slice().asReadOnlyBuffer();
    }

    @Override
    public String text() {
        if (!isText()) {
            throw new IllegalStateException("the message is binary, not text");
        }
        return new String(array(), offset, length, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array(), offset, offset + length);
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
        return array == null || !thread.equals(Thread.currentThread())
                ? "a message of a callback that is over"
                : copy().toString();
    }
}
