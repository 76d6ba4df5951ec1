package dev.marline.testing;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Carries what is read on one channel over to another: an {@link HttpHead}, then bytes, and {@link End}s. It reads no more than the
 * other takes.
 */
final class Relay extends ChannelInboundHandlerAdapter {
    /** How a direction ends. Both kinds of channel read them and take them to be written. */
    enum End {
        /** After all that was sent: TCP's FIN, END_STREAM. */
        IN_ORDER,
        /** At once, and in both directions: TCP's RST, RST_STREAM. */
        RESET
    }

    private final Channel other;

    Relay(Channel other) {
        this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        if (read instanceof End) {
            other.writeAndFlush(read);
        } else {
            other.write(read);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        other.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        other.config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        other.writeAndFlush(End.RESET);
    }
}
