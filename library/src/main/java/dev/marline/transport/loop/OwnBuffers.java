package dev.marline.transport.loop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Copies what was read on a connection of many streams, so that a stream that is paused, and keeps what has come for it, does not keep
 * the buffer that all connections of the loop read into.
 */
public final class OwnBuffers extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        if (read instanceof ByteBuf shared) {
            try {
                context.fireChannelRead(
                        context.alloc().buffer(shared.readableBytes()).writeBytes(shared));
            } finally {
                shared.release();
            }
        } else {
            context.fireChannelRead(read);
        }
    }
}
