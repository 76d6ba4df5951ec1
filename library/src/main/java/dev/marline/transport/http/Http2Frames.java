package dev.marline.transport.http;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.websocket.ConnectionCarrier;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The frames of an HTTP/2 stream. */
public final class Http2Frames extends StreamFrames {
    /** How many bytes of data were handed to the stream, from the beginning. */
    private long handedOver;

    public Http2Frames() {
        super(HttpVersion.HTTP_2);
    }

    @Override
    void receive(ChannelHandlerContext ctx, Object read) {
        if (read instanceof Http2DataFrame data) {
            if (!isHeadReceived()) {
                data.release();
                failMalformed(ctx); // RFC 9113 §8.1: a message begins with a field section
                return;
            }
            // The content takes the frame's place: whoever releases it has released both.
            ctx.fireChannelRead(data.content());
            endOfInput(ctx, data.isEndStream());
        } else if (read instanceof Http2HeadersFrame headers) {
            receiveFields(ctx, headers.headers());
            endOfInput(ctx, headers.isEndStream());
        } else {
            ReferenceCountUtil.release(read);
        }
    }

    private void endOfInput(ChannelHandlerContext ctx, boolean ended) {
        if (ended) {
            receiveEnd(ctx);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            Http2Error error = Http2Error.valueOf(reset.errorCode());
            IOException failure = new StreamResetException(
                    reason(error, StreamResetException.Reason.OTHER),
                    error == null ? String.valueOf(reset.errorCode()) : error.name());
            // When the codec has closed the stream: no reset may answer a reset (RFC 9113 §5.4.2).
            ctx.executor().execute(() -> ctx.fireExceptionCaught(failure));
        } else if (event instanceof Http2GoAwayFrame goAway) {
            // RFC 9113 §6.8: the server has not processed this stream, and will not.
            Http2Error error = Http2Error.valueOf(goAway.errorCode());
            ctx.fireExceptionCaught(
                    new StreamResetException(reason(error, StreamResetException.Reason.REFUSED), "GOAWAY " + error));
        } else if (event instanceof ChannelOutputShutdownEvent) {
            ctx.fireUserEventTriggered(event);
        }
        // Of what else becomes of the connection nothing concerns a stream.
        ReferenceCountUtil.release(event);
    }

    private static StreamResetException.Reason reason(
            @Nullable Http2Error error, StreamResetException.Reason otherwise) {
        return error == Http2Error.REFUSED_STREAM
                ? StreamResetException.Reason.REFUSED
                : error == Http2Error.HTTP_1_1_REQUIRED ? StreamResetException.Reason.HTTP_1_1_REQUIRED : otherwise;
    }

    /** RFC 9113 §5.4.2: a stream error is told by its own code. A handler that closed the stream would tell CANCEL. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Http2Exception error = Http2CodecUtil.getEmbeddedHttp2Exception(cause);
        if (error != null) {
            reset(ctx, error.error());
        }
        ctx.fireExceptionCaught(cause);
    }

    @Override
    void resetMalformed(ChannelHandlerContext ctx) {
        reset(ctx, Http2Error.PROTOCOL_ERROR);
    }

    private static void reset(ChannelHandlerContext ctx, Http2Error error) {
        ctx.writeAndFlush(new DefaultHttp2ResetFrame(error));
        ctx.close();
    }

    @Override
    void writeHead(ChannelHandlerContext ctx, StreamHead head, ChannelPromise promise) {
        Http2Headers headers = new DefaultHttp2Headers();
        PseudoHeaders.write(head, headers::add);
        ctx.write(new DefaultHttp2HeadersFrame(headers), promise);
    }

    @Override
    void writeData(ChannelHandlerContext ctx, ByteBuf bytes, ChannelPromise promise) {
        handedOver += bytes.readableBytes();
        ctx.write(new DefaultHttp2DataFrame(bytes), promise);
    }

    @Override
    void writeEnd(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
    }

    /** An end that the peer has not been told of otherwise would be a reset. */
    @Override
    public void close(ChannelHandlerContext ctx) {
        shutDownOutput(ctx);
        ctx.close();
    }

    @Override
    public long outboundBytes(Channel channel) {
        WriteBufferWaterMark waterMark = channel.config().getWriteBufferWaterMark();
        long left = channel.bytesBeforeUnwritable();
        return left > 0
                ? Math.max(0, waterMark.high() - left + 1)
                : Math.max(waterMark.low(), channel.bytesBeforeWritable() + waterMark.low() - 1);
    }

    @Override
    public Object outboundProgress(Channel channel) {
        long left = handedOver - outboundBytes(channel);
        Channel connection = channel.parent();
        Http2FrameCodec codec = connection.pipeline().get(Http2FrameCodec.class);
        Http2Stream stream = codec == null
                ? null
                : codec.connection().stream(
                        ((Http2StreamChannel) channel).stream().id());
        if (stream == null) {
            return new Progress(left, 0, null);
        }
        Http2RemoteFlowController windows = codec.connection().remote().flowController();
        boolean mayBeSent = windows.windowSize(stream) > 0
                && windows.windowSize(codec.connection().connectionStream()) > 0;
        boolean waitsForConnection =
                mayBeSent || ConnectionCarrier.of(connection).outboundBytes(connection) > 0;
        return new Progress(
                left, windows.windowSize(stream), waitsForConnection ? ConnectionCarrier.progressOf(connection) : null);
    }

    /**
     * How far a stream's output is.
     *
     * @param left how many bytes have left the stream
     * @param window the stream's, which the peer's window updates change
     * @param connection the progress of the connection's output, if it is what the stream's output waits for
     */
    private record Progress(long left, int window, @Nullable Object connection) {}
}
