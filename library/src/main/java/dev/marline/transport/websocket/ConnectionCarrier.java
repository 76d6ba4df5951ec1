package dev.marline.transport.websocket;

import dev.marline.transport.loop.Channels;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.AbstractNioChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.channel.uring.IoUringSocketChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection that a WebSocket has for itself. */
public class ConnectionCarrier implements Carrier {
    private static final Carrier ANY = new ConnectionCarrier();
    private static final Carrier CLEAR_TEXT_BY_EPOLL = new ClearTextByEpoll();

    /** Linux's {@code struct tcp_info} of IPPROTO_TCP, up to {@code tcpi_bytes_acked}. */
    private static final RawUnixChannelOption TCP_INFO = new RawUnixChannelOption("TCP_INFO", 6, 11, 128);

    /** The offset of {@code tcpi_bytes_acked}, which Linux has since 4.1. */
    private static final int BYTES_ACKED = 120;

    /** The least that a steady peer reads in a second, where the transport cannot tell how much it has read. */
    private static final int STEADY_BYTES_PER_SECOND = 10_000;

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
        return progressOf(channel);
    }

    /** Returns the progress of a connection's output; the connection may be one that carries streams. */
    public static Object progressOf(Channel connection) {
        long acknowledged = 0;
        if (tellsAcknowledged(connection)) {
            acknowledged = acknowledged(connection);
        } else if (connection.unsafe() instanceof AbstractNioChannel.NioUnsafe nio) {
            // The system reports room only when a third of its buffer is free, and takes more before.
            nio.forceFlush();
        }
        ChannelOutboundBuffer outbound = connection.unsafe().outboundBuffer();
        return outbound == null
                ? new Progress(null, 0, acknowledged)
                : new Progress(outbound.current(), outbound.currentProgress(), acknowledged);
    }

    @Override
    public long backlogNanos(Channel channel, long written) {
        if (tellsAcknowledged(channel)) {
            return 0;
        }
        try {
            // The JDK tells half of what the system counts, which is its own data too.
            long most = 2L * channel.config().getOption(ChannelOption.SO_SNDBUF);
            return TimeUnit.SECONDS.toNanos(Math.min(written, most) / STEADY_BYTES_PER_SECOND);
        } catch (ChannelException closed) {
            return 0;
        }
    }

    private static boolean tellsAcknowledged(Channel channel) {
        return channel instanceof EpollSocketChannel || channel instanceof IoUringSocketChannel;
    }

    /** How many bytes the peer's system has acknowledged. Megabytes of what was written may be in our system's buffer still. */
    private static long acknowledged(Channel connection) {
        try {
            ByteBuffer info = connection.config().getOption(TCP_INFO);
            return info.order(ByteOrder.nativeOrder()).getLong(BYTES_ACKED);
        } catch (ChannelException closed) {
            return 0;
        }
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

    /** The first of the buffers that wait, how much of it has gone, and how many bytes the peer's system has acknowledged. */
    private record Progress(@Nullable Object buffer, long written, long acknowledged) {
        @Override
        @SuppressWarnings("ReferenceEquality") // the same buffer, not an equal one
        public boolean equals(@Nullable Object other) {
            return other instanceof Progress that
                    && that.buffer == buffer
                    && that.written == written
                    && that.acknowledged == acknowledged;
        }

        @Override
        public int hashCode() {
            return Objects.hash(System.identityHashCode(buffer), written, acknowledged);
        }
    }

    private static final class ClearTextByEpoll extends ConnectionCarrier {
        @Override
        public Socket bareSocket(Channel channel) {
            return (Socket) ((AbstractEpollStreamChannel) channel).fd();
        }
    }
}
