package dev.marline.transport.loop;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What server and client set on their channels and event loops alike. */
public final class Channels {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private static final WriteBufferWaterMark SHARED_WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);

    private Channels() {}

    public static EventLoops newLoops(String name, boolean daemon, int threads, IoBackend backend) {
        return new EventLoops(name, daemon, threads, backend.handlers());
    }

    /**
     * Sets, on the channel's event loop, what differs from Netty's defaults, of which TCP_NODELAY is one.
     *
     * @param tls whether what is read is still encrypted
     */
    public static void configure(Channel channel, WriteBufferWaterMark waterMark, boolean tls) {
        // A peer that has shut down its output still reads what is owed to it.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        // io_uring has a buffer for each read that it waits for, and
        // TLS keeps one until a record is complete: neither can share.
        RecvByteBufAllocator reads =
                tls || channel instanceof IoUringSocketChannel || channel instanceof IoUringDomainSocketChannel
                        ? new AdaptiveRecvByteBufAllocator(512, 2048, LoopContext.READ_BYTES)
                        : LoopContext.of(channel.eventLoop()).receiveBuffers;
        channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
        channel.config().setWriteBufferWaterMark(waterMark);
    }

    /** Tells when the output is down to half of the high-water mark; that it is over it we see ourselves. */
    public static WriteBufferWaterMark waterMark(Limits limits) {
        int half = Math.max(1, limits.highWaterMark() / 2);
        return new WriteBufferWaterMark(half, half);
    }

    /** Sets what differs on a connection that carries streams. */
    public static void configureShared(Channel connection) {
        // No stream outlives the connection: where it ends, it ends for both directions.
        connection.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        // What is written to it at once is what many streams have to send, and each has its own high-water mark.
        connection.config().setWriteBufferWaterMark(SHARED_WATER_MARK);
    }

    /** Sets what a stream of an HTTP/2 or HTTP/3 connection has of the same. */
    public static void configureStream(Channel stream, Limits limits) {
        stream.config().setWriteBufferWaterMark(waterMark(limits));
    }

    /** The protocols that ALPN knows the versions by, the preferred first. */
    public static List<String> alpn(Set<HttpVersion> http) {
        List<String> protocols = new ArrayList<>();
        if (http.contains(HttpVersion.HTTP_2)) {
            protocols.add(ApplicationProtocolNames.HTTP_2);
        }
        if (http.contains(HttpVersion.HTTP_1_1)) {
            protocols.add(ApplicationProtocolNames.HTTP_1_1);
        }
        return protocols;
    }

    /** An address as the JDK has it: Netty has another class for those of Unix domain sockets, and null for one without a name. */
    public static SocketAddress address(@Nullable SocketAddress address) {
        if (address != null && !(address instanceof DomainSocketAddress)) {
            return address;
        }
        String path = address instanceof DomainSocketAddress unix ? unix.path() : "";
        // Linux has names that are no files, and begin with a zero.
        return UnixDomainSocketAddress.of(path.indexOf('\0') >= 0 ? "" : path);
    }

    /** Runs an action on the channel's event loop: at once if this is its thread, and never if the loop has ended. */
    public static void runOnLoop(Channel channel, Runnable action) {
        EventLoop loop = channel.eventLoop();
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException ended) {
            LOG.log(Level.DEBUG, "an event loop has ended, and its channels with it", ended);
        }
    }

    public static boolean isSecure(ChannelPipeline pipeline) {
        return pipeline.get(SslHandler.class) != null;
    }

    /** Ends this side of the connection, and of TLS before it; what has not been written by now is lost. */
    public static void shutDownOutput(ChannelHandlerContext ctx) {
        DuplexChannel channel = (DuplexChannel) ctx.channel();
        List<SslHandler> layers = new ArrayList<>(1);
        for (Map.Entry<String, ChannelHandler> each : ctx.pipeline()) {
            if (each.getValue() instanceof SslHandler tls) {
                layers.add(tls);
            }
        }
        if (layers.isEmpty()) {
            channel.shutdownOutput();
            return;
        }
        ctx.pipeline().addFirst(DiscardedInput.INSTANCE);
        // That with the server goes through that with a proxy, and ends first.
        for (int i = layers.size() - 1; i > 0; i--) {
            layers.get(i).closeOutbound();
        }
        layers.get(0).closeOutbound().addListener(closed -> channel.shutdownOutput());
    }
}
