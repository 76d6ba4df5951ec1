package dev.marline.transport.loop;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Stands before TLS when our close_notify has gone: nothing that still comes means anything, only its end does. BoringSSL would take
 * data after it for an error, and the connection would end in a reset that destroys what was sent before.
 */
@ChannelHandler.Sharable
public final class DiscardedInput extends ChannelInboundHandlerAdapter {
    static final DiscardedInput INSTANCE = new DiscardedInput();

    private DiscardedInput() {}

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ReferenceCountUtil.release(read);
    }
}
