package dev.marline.transport.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers in which large messages are brought together, and that they are sent on from: direct memory, as the system wants it, in
 * sizes of powers of two with room for a header, kept up to a bound. When that is used up, or for more than the largest size, there is the heap.
 */
final class LargeBuffers {
    /** Room in front of the payload data, for the header of a frame that sends it on: at most 10 bytes, and 6 for alignment. */
    private static final int HEADER_ROOM = 16;

    private static final int SMALLEST = 32 * 1024;
    private static final int LARGEST = 1024 * 1024;

    // One reference of each is ours; when it is the only one, the buffer is free.
    private final List<ByteBuf> kept = new ArrayList<>();
    private long keptBytes;

    /**
     * A direct buffer whose memory is the garbage collector's, not Netty's: a view of a message that somebody has kept shows what comes
     * later, and never what is not there any more.
     */
    static ByteBuf newBuffer(int bytes) {
        FaultInjection.at(FaultInjection.Place.ALLOCATION);
        return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes)).clear();
    }

    /** An empty buffer with room for so many bytes, and in front of them for a header; to be released by who takes it. */
    ByteBuf take(int atLeast) {
        return takeWithHeader(atLeast).setIndex(HEADER_ROOM, HEADER_ROOM);
    }

    private ByteBuf takeWithHeader(int atLeast) {
        if (atLeast > LARGEST) {
            return Unpooled.buffer(HEADER_ROOM + atLeast);
        }
        int size = HEADER_ROOM + Math.max(SMALLEST, Integer.highestOneBit(atLeast - 1) << 1);
        for (int i = kept.size() - 1; i >= 0; i--) {
            ByteBuf buffer = kept.get(i);
            if (buffer.refCnt() == 1 && buffer.capacity() == size) {
                return buffer.retain();
            }
        }
        if (!hasRoomFor(size)) {
            return Unpooled.buffer(size);
        }
        ByteBuf added = newBuffer(size);
        kept.add(added);
        keptBytes += size;
        return added.retain();
    }

    /** Whether so many bytes may be kept more, perhaps because buffers that are free, of other sizes, make way. */
    private boolean hasRoomFor(int bytes) {
        for (int i = kept.size() - 1; i >= 0 && keptBytes + bytes > LoopMemory.MAX_KEPT; i--) {
            if (kept.get(i).refCnt() == 1) {
                keptBytes -= kept.remove(i).capacity();
            }
        }
        return keptBytes + bytes <= LoopMemory.MAX_KEPT;
    }
}
