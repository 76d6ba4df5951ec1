package dev.marline.transport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/**
 * Refuses renegotiation in TLS 1.2, of either side and with each TLS provider, before a key is computed for it. It stands before an
 * {@link SslHandler} and looks at the type of each record: a handshake record behind the handshake begins another one. TLS 1.3 has no
 * renegotiation, and sends what follows its handshake in records of another type.
 */
public final class RenegotiationGuard extends ChannelInboundHandlerAdapter {
    private static final int HEAD_BYTES = 5;
    private static final int HANDSHAKE = 22;

    private final SslHandler tls;

    /** How many bytes of the current record's head have come. */
    private int head;

    /** How many bytes of the current record are still to come behind its head. */
    private int remaining;

    private boolean refused;

    private RenegotiationGuard(SslHandler tls) {
        this.tls = tls;
    }

    /** Adds one before TLS that is in the pipeline. */
    public static void addBefore(ChannelPipeline pipeline, SslHandler tls) {
        pipeline.addBefore(pipeline.context(tls).name(), null, new RenegotiationGuard(tls));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        if (refused || !(read instanceof ByteBuf in)) {
            ReferenceCountUtil.release(read);
            return;
        }
        // One by one, as the record that ends the handshake may be followed by one that begins another.
        while (!tls.handshakeFuture().isDone()) {
            int end = endOfRecord(in, in.readerIndex());
            if (end == in.writerIndex()) {
                context.fireChannelRead(in);
                return;
            }
            context.fireChannelRead(in.readRetainedSlice(end - in.readerIndex()));
        }
        for (int at = in.readerIndex(); at < in.writerIndex(); at = endOfRecord(in, at)) {
            if (head == 0 && in.getUnsignedByte(at) == HANDSHAKE) {
                in.release();
                refused = true;
                context.fireExceptionCaught(new RenegotiationException());
                return;
            }
        }
        context.fireChannelRead(in);
    }

    /** The index behind the record that the byte at this index belongs to, or behind all that has come. */
    private int endOfRecord(ByteBuf in, int from) {
        int at = from;
        while (head < HEAD_BYTES && at < in.writerIndex()) {
            int value = in.getUnsignedByte(at++);
            head++;
            if (head == HEAD_BYTES - 1) {
                remaining = value << 8;
            } else if (head == HEAD_BYTES) {
                remaining |= value;
            }
        }
        if (head == HEAD_BYTES) {
            int taken = Math.min(remaining, in.writerIndex() - at);
            at += taken;
            remaining -= taken;
            if (remaining == 0) {
                head = 0;
            }
        }
        return at;
    }
}
