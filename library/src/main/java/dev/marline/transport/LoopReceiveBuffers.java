package dev.marline.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Has every read of an event loop go into the same direct buffer, which so stays in the processor's cache: it is free again when the
 * read has been parsed. Where somebody still holds it, half of an HTTP head say, another one is allocated.
 */
final class LoopReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    /** For all connections: what is different for each is in its handle. */
    static final LoopReceiveBuffers INSTANCE = new LoopReceiveBuffers();

    private static final int OTHER_BYTES = 2 * 1024;

    private LoopReceiveBuffers() {}

    @Override
    @SuppressWarnings("deprecation") // the method to override, in all of Netty 4
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return LoopContext.RECEIVE_BYTES;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                ByteBuf shared = LoopContext.receiveBuffer();
                return shared != null ? shared : allocator.ioBuffer(OTHER_BYTES);
            }
        };
    }
}
