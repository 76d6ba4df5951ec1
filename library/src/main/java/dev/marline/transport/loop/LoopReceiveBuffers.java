package dev.marline.transport.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Has every read of an event loop go into the same direct buffer, which so stays in the processor's cache: it is free again when the
 * read has been parsed. Where somebody still holds it, half of an HTTP head say, another one is allocated.
 */
public final class LoopReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    /** How much is read at once. It stays in the processor's second-level cache, with the output that it causes. */
    static final int BYTES = 256 * 1024;

    private static final int OTHER_BYTES = 2 * 1024;

    // Direct memory, as the system wants it. One reference is ours; when it is the only one, the buffer is free.
    private final ByteBuf buffer = Unpooled.directBuffer(BYTES, BYTES);
    private final LoopHandle handle = new LoopHandle();

    /** What a channel counts a read with. A loop reads from one channel at a time, and begins anew with each: one serves them all. */
    @Override
    @SuppressWarnings("deprecation") // the method to override, in all of Netty 4
    public Handle newHandle() {
        return handle;
    }

    void release() {
        buffer.release();
    }

    private final class LoopHandle extends MaxMessageHandle {
        @Override
        public int guess() {
            return BYTES;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return buffer.refCnt() == 1 ? buffer.clear().retain() : allocator.ioBuffer(OTHER_BYTES);
        }
    }
}
