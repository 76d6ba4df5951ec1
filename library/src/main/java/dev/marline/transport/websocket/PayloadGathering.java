package dev.marline.transport.websocket;

import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.LoopReceiveBuffers;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Brings the payload data of a large message together, as it comes, with room in front for the header of a frame that sends it on. */
final class PayloadGathering extends LoopReceiveBuffers.Destination {
    /** How many times as much as has come there may be room for: who claims much and sends little gets little. */
    private static final long MAX_CLAIMED_GROWTH = 8;

    private final LoopContext loop;
    private final int length;
    private ByteBuf payload;

    /**
     * @param length how much payload data there will be
     * @param come how much of it has come, and is about to be taken
     */
    PayloadGathering(LoopContext loop, int length, int come) {
        super(loop);
        this.loop = loop;
        this.length = length;
        this.payload = loop.largeBuffer(roomFor(come));
    }

    private int roomFor(int come) {
        return (int) Math.min(length, MAX_CLAIMED_GROWTH * come);
    }

    @Override
    protected @Nullable ByteBuf room() {
        makeRoom(1);
        int room = Math.min(payload.writableBytes(), length - payload.readableBytes());
        return payload.isDirect()
                ? payload.retainedSlice(payload.writerIndex(), room).clear()
                : null;
    }

    /** Takes what is of this payload data, which was perhaps read to {@link #room}, and returns it where it is now. */
    @SuppressWarnings("ReferenceEquality") // another buffer may have the same bytes, and would be equal
    ByteBuffer take(ByteBuf received) {
        int start = payload.writerIndex();
        int count = Math.min(received.readableBytes(), length - payload.readableBytes());
        if (received.unwrap() == payload) {
            payload.writerIndex(start + count);
            received.skipBytes(count);
        } else {
            makeRoom(count);
            payload.writeBytes(received, count);
        }
        return payload.internalNioBuffer(start, count);
    }

    private void makeRoom(int bytes) {
        if (bytes > payload.writableBytes()) {
            ByteBuf smaller = payload;
            payload = loop.largeBuffer(roomFor(payload.readableBytes() + bytes)).writeBytes(smaller);
            smaller.release();
        }
    }

    boolean isWhole() {
        return payload.readableBytes() == length;
    }

    /** What has come, to be released by the caller in the end. */
    ByteBuf payload() {
        return payload;
    }
}
