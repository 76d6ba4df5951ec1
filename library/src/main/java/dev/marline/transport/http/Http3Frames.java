package dev.marline.transport.http;

import dev.marline.protocol.handshake.HttpVersion;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3HeadersValidationException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The frames of an HTTP/3 stream. Netty's channel for it queues what QUIC does not take yet, without a bound and without telling how
 * much, and has QUIC's own ends, so that both are dealt with here.
 */
public final class Http3Frames extends StreamFrames {
    private final long lowWaterMark;
    private final SocketAddress remoteAddress;
    private final SocketAddress localAddress;
    private final Runnable onFutile;
    private boolean emptyBefore;
    private long taken;
    private volatile long waiting;

    /**
     * For a stream.
     *
     * @param lowWaterMark at how many bytes that wait the handlers behind are told that it is fewer
     * @param remoteAddress the connection's, as the stream's own is but its number
     * @param onFutile called when the peer has made work that leads to nothing: a reset, a malformed head, empty data again
     */
    public Http3Frames(long lowWaterMark, SocketAddress remoteAddress, SocketAddress localAddress, Runnable onFutile) {
        super(HttpVersion.HTTP_3);
        this.lowWaterMark = lowWaterMark;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.onFutile = onFutile;
    }

    // ---- what arrives

    @Override
    void receive(ChannelHandlerContext ctx, Object read) {
        if (read instanceof ChannelInputShutdownEvent) {
            receiveEnd(ctx);
        } else if (read instanceof Http3DataFrame data) {
            countIfEmpty(data.content());
            // The content takes the frame's place: whoever releases it has released both.
            ctx.fireChannelRead(data.content());
        } else if (read instanceof Http3HeadersFrame headers) {
            receiveFields(ctx, headers.headers());
        } else {
            ReferenceCountUtil.release(read);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && isHolding()) {
            hold(event); // behind what came before it
        } else if (event instanceof ChannelInputShutdownEvent) {
            receiveEnd(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof QuicStreamResetException reset) {
            onFutile.run();
            ctx.fireExceptionCaught(new StreamResetException(
                    reason(reset.applicationProtocolCode()), "0x" + Long.toHexString(reset.applicationProtocolCode())));
            // What is written from here on would neither succeed nor fail.
            end(ctx, Http3ErrorCode.H3_REQUEST_CANCELLED);
        } else if (cause instanceof Http3HeadersValidationException || cause instanceof Http3Exception) {
            failMalformed(ctx);
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    private static StreamResetException.Reason reason(long code) {
        return code == Http3ErrorCode.H3_REQUEST_REJECTED.code()
                ? StreamResetException.Reason.REFUSED
                : code == Http3ErrorCode.H3_VERSION_FALLBACK.code()
                        ? StreamResetException.Reason.HTTP_1_1_REQUIRED
                        : StreamResetException.Reason.OTHER;
    }

    /** One that is empty may be how a peer ends its side. */
    private void countIfEmpty(ByteBuf data) {
        if (!data.isReadable() && emptyBefore) {
            onFutile.run();
        }
        emptyBefore = !data.isReadable();
    }

    @Override
    void resetMalformed(ChannelHandlerContext ctx) {
        onFutile.run();
        end(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
    }

    // ---- what is sent

    @Override
    void writeHead(ChannelHandlerContext ctx, StreamHead head, ChannelPromise promise) {
        Http3Headers headers = new DefaultHttp3Headers();
        PseudoHeaders.write(head, headers::add);
        ctx.write(new DefaultHttp3HeadersFrame(headers), promise);
    }

    @Override
    void writeData(ChannelHandlerContext ctx, ByteBuf bytes, ChannelPromise promise) {
        int size = bytes.readableBytes();
        if (size == 0) {
            bytes.release();
            promise.trySuccess();
            return;
        }
        taken += size;
        ChannelFuture done = ctx.write(new DefaultHttp3DataFrame(bytes), promise.isVoid() ? ctx.newPromise() : promise);
        if (!done.isDone()) {
            setWaiting(waiting + size);
            done.addListener(written -> onWritten(ctx, size, written.cause()));
        }
    }

    private void onWritten(ChannelHandlerContext ctx, int size, @Nullable Throwable failure) {
        boolean wasOver = waiting > lowWaterMark;
        setWaiting(waiting - size);
        if (!ctx.channel().isOpen()) {
            return;
        }
        if (failure != null) {
            // The peer has stopped to read, of which nothing else tells.
            ctx.fireExceptionCaught(failure);
        } else if (wasOver && waiting <= lowWaterMark) {
            ctx.fireChannelWritabilityChanged();
        }
    }

    /** Set by the loop alone, and read by other threads. */
    private void setWaiting(long bytes) {
        waiting = bytes;
    }

    @Override
    void writeEnd(ChannelHandlerContext ctx) {
        // Not by shutting down the channel's output, which would overtake what is queued.
        ChannelHandlerContext codec = ctx.pipeline().firstContext();
        if (codec != null) { // or the stream is closed, and its handlers are gone
            codec.writeAndFlush(QuicStreamFrame.EMPTY_FIN);
        }
    }

    // ---- the end

    /** The stream closes by itself when both directions have ended. */
    @Override
    public void close(ChannelHandlerContext ctx) {
        shutDownOutput(ctx);
    }

    /** An end before both directions have ended is a reset, RFC 9114 §4.1.1. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (!isInputEnded() || !isOutputEnded()) {
            reset(ctx, Http3ErrorCode.H3_REQUEST_CANCELLED);
        }
        ctx.close(promise);
    }

    private static void end(ChannelHandlerContext ctx, Http3ErrorCode why) {
        reset(ctx, why);
        ctx.close();
    }

    /** RESET_STREAM, and STOP_SENDING, too: without it the peer would be owed the stream for ever. */
    private static void reset(ChannelHandlerContext ctx, Http3ErrorCode why) {
        ((QuicStreamChannel) ctx.channel()).shutdown(why.code(), ctx.newPromise());
    }

    // ---- as a carrier

    @Override
    public long outboundBytes(Channel channel) {
        return waiting;
    }

    @Override
    public Object outboundProgress(Channel channel) {
        // The capacity is QUIC's for the stream, which the peer's window updates and acknowledgements change.
        return new Progress(taken - waiting, channel.bytesBeforeUnwritable());
    }

    @Override
    public SocketAddress remoteAddress(Channel channel) {
        return remoteAddress;
    }

    @Override
    public SocketAddress localAddress(Channel channel) {
        return localAddress;
    }

    private record Progress(long left, long capacity) {}
}
