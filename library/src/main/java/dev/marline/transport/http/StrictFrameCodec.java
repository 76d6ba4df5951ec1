package dev.marline.transport.http;

import dev.marline.transport.tls.RenegotiationException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Netty's HTTP/2 codec, except for HEADERS and DATA on streams that are closed. Netty resets each such stream again. Here the frame is
 * discarded if this side has reset the stream, since the peer may have sent it before it knew; otherwise the connection fails
 * (RFC 9113 §5.1 and §5.1.1).
 */
final class StrictFrameCodec extends Http2FrameCodec {
    /** The latest streams that this side has reset, the oldest first. */
    private final Set<Integer> reset = new LinkedHashSet<>();

    private final int maxReset;
    private int nextStream;

    /** The first identifier that the peer has passed over; nothing from there on is known to have been opened. */
    private int firstSkipped = Integer.MAX_VALUE;

    private boolean failed;

    /** @param maxReset how many reset streams are remembered */
    StrictFrameCodec(
            Http2ConnectionEncoder encoder, Http2ConnectionDecoder decoder, Http2Settings settings, int maxReset) {
        super(encoder, decoder, settings, false, true);
        this.maxReset = maxReset;
        this.nextStream = connection().isServer() ? 1 : 2;
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamAdded(Http2Stream stream) {
                if (connection().remote().isValidStreamId(stream.id())) {
                    opened(stream.id());
                }
            }

            @Override
            public void onStreamRemoved(Http2Stream stream) {
                if (stream.isResetSent()) {
                    remember(stream.id());
                }
            }
        });
    }

    private void opened(int stream) {
        if (stream > nextStream) {
            firstSkipped = Math.min(firstSkipped, nextStream);
        }
        nextStream = stream + 2;
    }

    private void remember(int stream) {
        if (reset.add(stream) && reset.size() > maxReset) {
            Iterator<Integer> oldest = reset.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Closes the stream at once, not when the reset has gone out: until then Netty would log each frame that still comes. */
    @Override
    public ChannelFuture resetStream(ChannelHandlerContext context, int id, long errorCode, ChannelPromise promise) {
        ChannelFuture sent = super.resetStream(context, id, errorCode, promise);
        Http2Stream stream = connection().stream(id);
        if (stream != null) {
            closeStream(stream, context.newSucceededFuture());
        }
        return sent;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (failed) {
            in.skipBytes(in.readableBytes());
        } else {
            super.decode(context, in, out);
        }
    }

    @Override
    public void onError(ChannelHandlerContext context, boolean outbound, Throwable cause) {
        if (outbound || !(cause instanceof Http2Exception.StreamException error)) {
            super.onError(context, outbound, cause);
            return;
        }
        int id = error.streamId();
        Http2Stream stream = connection().stream(id);
        if (stream != null) {
            super.onError(context, false, isHeadAfterEnd(stream, error) ? closed(id, error) : error);
        } else if (error.error() != Http2Error.STREAM_CLOSED) {
            remember(id);
            super.onError(context, false, error);
        } else if (!reset.contains(id)) {
            failed = true;
            super.onError(context, false, late(id));
        }
    }

    /** RFC 9113 §9.2.1: renegotiation is a connection error. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
        super.exceptionCaught(
                context,
                cause instanceof RenegotiationException
                        ? Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, cause, "TLS renegotiation")
                        : cause);
    }

    /** Netty takes HEADERS behind the end of a stream for a second trailer section, as long as the stream has no answer. */
    private static boolean isHeadAfterEnd(Http2Stream stream, Http2Exception error) {
        return stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE
                && String.valueOf(error.getMessage()).contains("too many headers");
    }

    private static Http2Exception closed(int stream, Http2Exception cause) {
        return Http2Exception.streamError(
                stream, Http2Error.STREAM_CLOSED, cause, "HEADERS on stream %d, which the peer has ended", stream);
    }

    private Http2Exception late(int stream) {
        return connection().remote().isValidStreamId(stream) && stream >= firstSkipped
                ? Http2Exception.connectionError(
                        Http2Error.PROTOCOL_ERROR, "stream %d comes after one with a larger identifier", stream)
                : Http2Exception.connectionError(
                        Http2Error.STREAM_CLOSED, "a frame on stream %d, which is closed", stream);
    }
}
