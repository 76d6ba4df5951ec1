package dev.marline.transport.websocket;

import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.LoopReceiveBuffers;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Brings the payload data of a large message together, as it comes, with room in front for the header of a frame that sends it on. */
final class PayloadGathering extends LoopReceiveBuffers.Destination {
    /** How many times as much as has come there may be room for: who claims much and sends little gets little. */
    private static final long MAX_CLAIMED_GROWTH = 8;

    private final LoopContext loop;
    private final IntPredicate mayHold;
    private final int length;
    private ByteBuf payload;

    /**
     * @param mayHold whether the buffer may become so large
     * @param length how much payload data there will be
     * @param come how much of it has come, and is about to be taken
     */
    PayloadGathering(LoopContext loop, IntPredicate mayHold, int length, int come) {
        super(loop);
        this.loop = loop;
        this.mayHold = mayHold;
        this.length = length;
        this.payload = loop.largeBuffer(roomFor(length, come));
    }

    /** Returns how large the buffer is for a message of which so much has come. */
    static int roomFor(int length, int come) {
        return (int) Math.min(length, MAX_CLAIMED_GROWTH * come);
    }

    @Override
    protected @Nullable ByteBuf room() {
        if (!makeRoom(1)) {
            return null;
        }
        int room = Math.min(payload.writableBytes(), length - payload.readableBytes());
        return payload.isDirect()
                ? payload.retainedSlice(payload.writerIndex(), room).clear()
                : null;
    }

    /**
     * Takes what is of this payload data, which was perhaps read to {@link #room}, and returns it where it is now; null if there may not
     * be as much memory.
     */
    @SuppressWarnings("ReferenceEquality") // another buffer may have the same bytes, and would be equal
    @Nullable
    ByteBuffer take(ByteBuf received) {
        int start = payload.writerIndex();
        int count = Math.min(received.readableBytes(), length - payload.readableBytes());
        if (received.unwrap() == payload) {
            payload.writerIndex(start + count);
            received.skipBytes(count);
        } else {
            if (!makeRoom(count)) {
                return null;
            }
            payload.writeBytes(received, count);
        }
        return payload.internalNioBuffer(start, count);
    }

    private boolean makeRoom(int bytes) {
        if (bytes > payload.writableBytes()) {
            int room = roomFor(length, payload.readableBytes() + bytes);
            if (!mayHold.test(room)) {
                return false;
            }
            ByteBuf smaller = payload;
            payload = loop.largeBuffer(room).writeBytes(smaller);
            smaller.release();
        }
        return true;
    }

    /** How many bytes of memory it takes. */
    int heldBytes() {
        return payload.capacity();
    }

    boolean isWhole() {
        return payload.readableBytes() == length;
    }

    /** What has come, to be released by the caller in the end. */
    ByteBuf payload() {
        return payload;
    }
}
