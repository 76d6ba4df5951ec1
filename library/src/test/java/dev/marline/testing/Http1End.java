package dev.marline.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A tunnel's end at the scripted peer: HTTP/1.1 on a TCP connection, and what becomes of it after the upgrade. */
final class Http1End extends ChannelDuplexHandler {
    private ChannelFuture outputEnded;

    private Http1End() {}

    static void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(new HeadDecoder(), new Http1End());
    }

    /** Reads the one head that there is. */
    private static final class HeadDecoder extends ByteToMessageDecoder {
        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws IOException {
            in.markReaderIndex();
            try {
                out.add(HttpHead.read(new ByteBufInputStream(in)));
                ctx.pipeline().remove(this);
            } catch (EOFException notYet) {
                in.resetReaderIndex();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            ctx.fireChannelRead(Relay.End.IN_ORDER);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable reset) {
        ctx.close(); // which says the rest
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpHead head) {
            String lines = head.startLine() + "\r\n" + String.join("\r\n", head.fields()) + "\r\n\r\n";
            ctx.write(Unpooled.copiedBuffer(lines, StandardCharsets.ISO_8859_1), promise);
        } else if (message == Relay.End.IN_ORDER) {
            outputEnded = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(done -> ((DuplexChannel) ctx.channel()).shutdownOutput());
        } else if (message == Relay.End.RESET) {
            reset(ctx);
        } else {
            ctx.write(message, promise);
        }
    }

    private void reset(ChannelHandlerContext ctx) {
        if (outputEnded == null) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ctx.close();
        } else {
            outputEnded.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
