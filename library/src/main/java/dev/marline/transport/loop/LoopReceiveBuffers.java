package dev.marline.transport.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Has every read of an event loop go into the same direct buffer, which so stays in the processor's cache: it is free again when the
 * read has been parsed. Where somebody still holds it, half of an HTTP head say, another one is allocated. A channel that waits for the
 * rest of a large message has it read to where the rest belongs.
 */
public final class LoopReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int OTHER_BYTES = 2 * 1024;

    // One reference is ours; when it is the only one, the buffer is free.
    private final ByteBuf buffer = LargeBuffers.newBuffer(LoopContext.READ_BYTES);
    private final LoopHandle handle = new LoopHandle();

    /** What a channel counts a read with. A loop reads from one channel at a time, and begins anew with each: one serves them all. */
    @Override
    @SuppressWarnings("deprecation") // the method to override, in all of Netty 4
    public Handle newHandle() {
        return handle;
    }

    /** The loop's own buffer, empty, or another while somebody has it; to be released by who takes it. */
    ByteBuf take(ByteBufAllocator allocator) {
        return buffer.refCnt() == 1 ? buffer.clear().retain() : allocator.directBuffer(OTHER_BYTES);
    }

    /** Whether this is the loop's own buffer. */
    @SuppressWarnings("ReferenceEquality") // another buffer may have the same bytes, and would be equal
    boolean isOwn(ByteBuf read) {
        return read == buffer;
    }

    /** Where a channel is to read to, when it is given this instead. */
    public abstract static class Destination extends DefaultMaxMessagesRecvByteBufAllocator {
        private final LoopReceiveBuffers buffers;

        protected Destination(LoopContext loop) {
            buffers = loop.receiveBuffers;
        }

        /** A direct buffer to read to, which is released when that has been taken; null for the loop's. */
        protected abstract @Nullable ByteBuf room();

        @Override
        @SuppressWarnings("deprecation") // the method to override, in all of Netty 4
        public Handle newHandle() {
            return buffers.handle;
        }
    }

    private final class LoopHandle extends MaxMessageHandle {
        private @Nullable ChannelConfig channel;

        @Override
        public void reset(ChannelConfig readFrom) {
            super.reset(readFrom);
            channel = readFrom;
        }

        @Override
        public int guess() {
            return LoopContext.READ_BYTES;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            if (channel != null && channel.getRecvByteBufAllocator() instanceof Destination destination) {
                ByteBuf room = destination.room();
                if (room != null) {
                    return room;
                }
            }
            return take(allocator);
        }
    }
}
