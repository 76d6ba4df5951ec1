package dev.marline;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.SharedMessage;
import java.nio.ByteBuffer;

/**
 * A message for many sockets: where connections compress, it is compressed once for all that have agreed on the same, and not once for
 * each. As they cannot share a context, it is compressed for itself, and each connection's context begins anew after it. For any
 * thread.
 *
 * <pre>{@code
 * BroadcastMessage news = new BroadcastMessage(Message.text("12:00"));
 * for (WebSocket socket : sockets) {
 *     socket.send(news);
 * }
 * }</pre>
 */
public final class BroadcastMessage implements Message {
    private final Message value;
    private final SharedMessage shared;

    /** A copy of a message, for many sockets. */
    public BroadcastMessage(Message message) {
        value = message.copy();
        shared = new SharedMessage(value.isText() ? Opcode.TEXT : Opcode.BINARY, value.toByteArray());
    }

    /** What the engine sends of it. */
    public SharedMessage shared() {
        return shared;
    }

    @Override
    public boolean isText() {
        return value.isText();
    }

    @Override
    public int size() {
        return value.size();
    }

    @Override
    public ByteBuffer bytes() {
        return value.bytes();
    }

    @Override
    public String text() {
        return value.text();
    }

    @Override
    public byte[] toByteArray() {
        return value.toByteArray();
    }

    @Override
    public Message copy() {
        return this;
    }

    @Override
    public Message uncompressed() {
        return value.uncompressed();
    }

    @Override
    public boolean isCompressible() {
        return value.isCompressible();
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
