package dev.marline.transport.http;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.websocket.Carrier;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * On a stream of an HTTP/2 or HTTP/3 connection, between its frames and what the handlers behind it know: a {@link StreamHead}, bytes,
 * and the ends of both directions. RFC 8441 §5: a WebSocket's bytes are in DATA frames, the end of the stream stands for TCP's FIN, and
 * its reset for TCP's.
 */
public abstract class StreamFrames extends ChannelDuplexHandler implements Carrier {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** The most bytes in one write, so that it is seen that a slow peer takes some. */
    private static final int PIECE = 64 * 1024;

    private final HttpVersion version;
    private Runnable onSilence = () -> {};
    private boolean headReceived;
    private boolean malformed;
    private boolean inputEnded;
    private boolean outputEnded;

    /** What came though reading was paused: the read that it answers was asked for before, and cannot be taken back. */
    private @Nullable Queue<Object> held;

    StreamFrames(HttpVersion version) {
        this.version = version;
    }

    /** Sets what is called when the peer takes or answers nothing any more. */
    public final void onSilence(Runnable call) {
        onSilence = call;
    }

    @Override
    public final void peerIsSilent() {
        onSilence.run();
    }

    @Override
    public final boolean isStream() {
        return true;
    }

    /** Whether the head has come: of a response, the final one. */
    final boolean isHeadReceived() {
        return headReceived;
    }

    final boolean isInputEnded() {
        return inputEnded;
    }

    final boolean isOutputEnded() {
        return outputEnded;
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object read) {
        if (held == null && ctx.channel().config().isAutoRead()) {
            receive(ctx, read);
        } else {
            hold(read);
        }
    }

    final void hold(Object read) {
        Queue<Object> waiting = held;
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            held = waiting;
        }
        waiting.add(read);
    }

    final boolean isHolding() {
        return held != null;
    }

    @Override
    public final void read(ChannelHandlerContext ctx) {
        if (held != null) {
            receiveHeld(ctx);
            ctx.fireChannelReadComplete();
        }
        ctx.read();
        // What was read opens the window again. Where another read is
        // waiting already, Netty does not tell the peer by itself.
        ctx.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Queue<Object> unread = held;
        if (unread != null) {
            held = null;
            unread.forEach(ReferenceCountUtil::release);
        }
        ctx.fireChannelInactive();
    }

    private void receiveHeld(ChannelHandlerContext ctx) {
        Queue<Object> waiting = held;
        while (waiting != null && ctx.channel().config().isAutoRead()) {
            Object next = waiting.poll();
            if (next == null) {
                held = null;
                return;
            }
            receive(ctx, next);
        }
    }

    /** Takes what the codec has made of frames. */
    abstract void receive(ChannelHandlerContext ctx, Object read);

    /** Takes a field section: the head, unless it is on the way to it (RFC 9110 §15.2) or a trailer. */
    final void receiveFields(
            ChannelHandlerContext ctx,
            Iterable<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> fields) {
        StreamHead head;
        try {
            if (headReceived) {
                PseudoHeaders.requireTrailers(fields);
                return;
            }
            head = PseudoHeaders.read(version, fields);
        } catch (IllegalArgumentException malformed) {
            LOG.log(Level.DEBUG, "a malformed field section", malformed);
            failMalformed(ctx);
            return;
        }
        headReceived = !(head instanceof StreamHead.Response response) || response.status() / 100 != 1;
        if (headReceived) {
            ctx.fireChannelRead(head);
        }
    }

    final void receiveEnd(ChannelHandlerContext ctx) {
        if (!inputEnded && !headReceived) {
            failMalformed(ctx); // only interim responses have come
        } else if (!inputEnded) {
            inputEnded = true;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            writePieces(ctx, bytes, promise);
        } else if (message instanceof StreamHead head) {
            writeHead(ctx, head, promise);
        } else {
            ctx.write(message, promise);
        }
    }

    private void writePieces(ChannelHandlerContext ctx, ByteBuf bytes, ChannelPromise promise) {
        try {
            while (bytes.readableBytes() > PIECE) {
                writeData(ctx, bytes.readRetainedSlice(PIECE), ctx.newPromise());
            }
        } catch (Throwable thrown) {
            bytes.release();
            throw thrown;
        }
        // A slice, too: the buffer is the caller's, who may take its indexes back. Writes succeed in turn.
        ByteBuf last = bytes.readRetainedSlice(bytes.readableBytes());
        bytes.release();
        writeData(ctx, last, promise);
    }

    @Override
    public final void shutDownOutput(ChannelHandlerContext ctx) {
        if (!outputEnded) {
            outputEnded = true;
            writeEnd(ctx);
        }
    }

    /** Resets the stream because its message is malformed; once, whatever follows. */
    final void failMalformed(ChannelHandlerContext ctx) {
        if (!malformed) {
            malformed = true;
            resetMalformed(ctx);
        }
    }

    /** A stream that has not ended is reset. */
    @Override
    public final void closeNow(ChannelHandlerContext ctx) {
        ctx.close();
    }

    /** Resets the stream with the error code for malformed messages (RFC 9113 §8.1.1, RFC 9114 §4.1.2). */
    abstract void resetMalformed(ChannelHandlerContext ctx);

    abstract void writeHead(ChannelHandlerContext ctx, StreamHead head, ChannelPromise promise);

    /** Writes a piece of the data, which may be empty. */
    abstract void writeData(ChannelHandlerContext ctx, ByteBuf bytes, ChannelPromise promise);

    /** Ends our side, behind all that has been written; the context is this handler's or one behind it. */
    abstract void writeEnd(ChannelHandlerContext ctx);
}
