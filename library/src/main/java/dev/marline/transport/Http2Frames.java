package dev.marline.transport;

import dev.marline.protocol.handshake.HttpVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;

/**
 * On an HTTP/2 stream, between its frames and what the handlers behind it know: a {@link StreamHead}, bytes, and the ends of both
 * directions. RFC 8441 §5: a WebSocket's bytes are in DATA frames, END_STREAM stands for TCP's FIN, and RST_STREAM for its reset.
 */
final class Http2Frames extends ChannelDuplexHandler implements Carrier {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private boolean headReceived;
    private boolean outputEnded;

    /** How many bytes of data were handed to the stream, from the beginning. */
    private long written;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        if (read instanceof Http2DataFrame data) {
            // The content takes the frame's place: whoever releases it has released both.
            ctx.fireChannelRead(data.content());
            endOfInput(ctx, data.isEndStream());
        } else if (read instanceof Http2HeadersFrame headers) {
            receiveHead(ctx, headers);
        } else {
            ReferenceCountUtil.release(read);
        }
    }

    private void receiveHead(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
        if (!headReceived) {
            StreamHead head;
            try {
                head = PseudoHeaders.read(HttpVersion.HTTP_2, frame.headers());
            } catch (IllegalArgumentException malformed) {
                // RFC 9113 §8.1.1: malformed requests and responses are "a stream error of type PROTOCOL_ERROR".
                LOG.log(Level.DEBUG, "a malformed head", malformed);
                ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR));
                ctx.close();
                return;
            }
            // Not what is only on the way to a response (RFC 9110 §15.2).
            headReceived = !(head instanceof StreamHead.Response response) || response.status() / 100 != 1;
            if (headReceived) {
                ctx.fireChannelRead(head);
            }
        }
        endOfInput(ctx, frame.isEndStream());
    }

    private static void endOfInput(ChannelHandlerContext ctx, boolean ended) {
        if (ended) {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // After a reset the channel closes, which says all. Of the connection's own end nothing concerns a stream.
        if (event instanceof ChannelInputShutdownEvent && !(event instanceof Http2ResetFrame)) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            written += bytes.readableBytes();
            ctx.write(new DefaultHttp2DataFrame(bytes), promise);
        } else if (message instanceof StreamHead head) {
            Http2Headers headers = new DefaultHttp2Headers();
            PseudoHeaders.write(head, headers::add);
            ctx.write(new DefaultHttp2HeadersFrame(headers), promise);
        } else {
            ctx.write(message, promise);
        }
    }

    // ---- as a carrier

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
        return written - outboundBytes(channel);
    }

    @Override
    public void shutDownOutput(ChannelHandlerContext ctx) {
        if (!outputEnded) {
            outputEnded = true;
            ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
        }
    }

    /** An end that the peer has not been told of otherwise would be a reset. */
    @Override
    public void close(ChannelHandlerContext ctx) {
        shutDownOutput(ctx);
        ctx.close();
    }
}
