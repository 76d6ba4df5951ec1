package dev.marline.transport.websocket;

import dev.marline.transport.loop.Channels;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.unix.Socket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection that a WebSocket has for itself. */
public class ConnectionCarrier implements Carrier {
    private static final Carrier ANY = new ConnectionCarrier();
    private static final Carrier CLEAR_TEXT_BY_EPOLL = new ClearTextByEpoll();

    private ConnectionCarrier() {}

    /** Netty knows the addresses of buffers where it may use {@code Unsafe}, and that of this one then too. */
    private static final boolean ADDRESSES_ARE_KNOWN = Unpooled.EMPTY_BUFFER.hasMemoryAddress();

    /** What suits a channel, with TLS or without. */
    public static Carrier of(Channel channel) {
        return channel instanceof AbstractEpollStreamChannel
                        && ADDRESSES_ARE_KNOWN
                        && !Channels.isSecure(channel.pipeline())
                ? CLEAR_TEXT_BY_EPOLL
                : ANY;
    }

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    public long outboundBytes(Channel channel) {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        return outbound == null ? 0 : outbound.totalPendingWriteBytes();
    }

    @Override
    public Object outboundProgress(Channel channel) {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        return outbound == null
                ? new FirstInLine(null, 0)
                : new FirstInLine(outbound.current(), outbound.currentProgress());
    }

    @Override
    public void shutDownOutput(ChannelHandlerContext ctx) {
        whenWritten(ctx, done -> Channels.shutDownOutput(ctx));
    }

    @Override
    public void close(ChannelHandlerContext ctx) {
        whenWritten(ctx, ChannelFutureListener.CLOSE);
    }

    @Override
    public void closeNow(ChannelHandlerContext ctx) {
        // Not through TLS, which waits with the end until the peer has taken what was sent.
        Channel.Unsafe transport = ctx.channel().unsafe();
        transport.close(transport.voidPromise());
    }

    private static void whenWritten(ChannelHandlerContext ctx, ChannelFutureListener then) {
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(then);
    }

    /** The first of the buffers that wait, and how much of it has gone. */
    private record FirstInLine(@Nullable Object buffer, long written) {
        @Override
        @SuppressWarnings("ReferenceEquality") // the same buffer, not an equal one
        public boolean equals(@Nullable Object other) {
            return other instanceof FirstInLine that && that.buffer == buffer && that.written == written;
        }

        @Override
        public int hashCode() {
            return Objects.hash(System.identityHashCode(buffer), written);
        }
    }

    private static final class ClearTextByEpoll extends ConnectionCarrier {
        @Override
        public Socket bareSocket(Channel channel) {
            return (Socket) ((AbstractEpollStreamChannel) channel).fd();
        }
    }
}
