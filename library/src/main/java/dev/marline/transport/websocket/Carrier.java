package dev.marline.transport.websocket;

import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.listening.ServerListener;
import dev.marline.transport.loop.Channels;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What carries the bytes of a WebSocket: a TCP connection that it has for itself, or a stream of an HTTP/2 or HTTP/3 connection. */
public interface Carrier {
    /** How many bytes it has taken and not written; any thread may ask. */
    long outboundBytes(Channel channel);

    /** A value that differs from an earlier one as soon as the peer, or the system, has taken any of what waited then. */
    Object outboundProgress(Channel channel);

    /** Who has made the connection. */
    default SocketAddress remoteAddress(Channel channel) {
        return ClientAddress.ofConnection(channel);
    }

    default SocketAddress localAddress(Channel channel) {
        ServerListener listener = ServerListener.of(channel);
        return listener != null && listener.unixAddress() != null
                ? listener.unixAddress()
                : Channels.address(channel.localAddress());
    }

    /** Ends this side of the connection when all that it has taken is written. */
    void shutDownOutput(ChannelHandlerContext ctx);

    /** Ends both sides when all that it has taken is written. */
    void close(ChannelHandlerContext ctx);

    /** A connection of its own, with TLS or without. */
    Carrier CONNECTION = new Carrier() {
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

        private void whenWritten(ChannelHandlerContext ctx, ChannelFutureListener then) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(then);
        }
    };

    /** The first of the buffers that wait, and how much of it has gone. */
    record FirstInLine(@Nullable Object buffer, long written) {
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
}
