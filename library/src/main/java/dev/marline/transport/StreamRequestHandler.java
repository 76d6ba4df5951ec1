package dev.marline.transport;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** A request that came on a stream of its own, over HTTP/2 or HTTP/3, and its answer; or the WebSocket that it becomes. */
final class StreamRequestHandler extends HttpExchange {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private enum State {
        READING,
        ANSWERING,
        /** Until both ends have ended, with which the stream closes. */
        WRITING
    }

    private final Carrier carrier;
    private State state = State.READING;
    private @Nullable HandshakeRequest head;

    /** @param carrier the handler before this one */
    StreamRequestHandler(ServerContext server, boolean admitted, Carrier carrier) {
        super(server, admitted);
        this.carrier = carrier;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        try {
            HandshakeRequest waiting = head;
            if (read instanceof StreamHead.Request received) {
                receive(received.request());
            } else if (read instanceof ByteBuf body && body.isReadable() && waiting != null) {
                head = null;
                answerNow(waiting, true);
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    private void receive(HandshakeRequest request) {
        // The stream of a CONNECT goes on; of any other request what matters is whether it has a body.
        if (request.method().equals("CONNECT")) {
            answerNow(request, false);
        } else {
            head = request;
        }
    }

    private void answerNow(HandshakeRequest request, boolean hasBody) {
        state = State.ANSWERING;
        requestHasCome();
        answer(request, hasBody, true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        HandshakeRequest waiting = head;
        if (event instanceof ChannelInputShutdownEvent && waiting != null) {
            head = null;
            answerNow(waiting, false);
        }
    }

    @Override
    boolean isAnswering() {
        return state == State.ANSWERING;
    }

    @Override
    boolean isWriting() {
        return state == State.WRITING;
    }

    @Override
    Carrier carrier() {
        return carrier;
    }

    @Override
    void handOver(Headers accepted, WebSocketHandler webSocket) {
        ctx.write(new StreamHead.Response(200, accepted));
        ctx.pipeline().addLast(webSocket);
        ctx.pipeline().remove(this);
        ctx.channel().config().setAutoRead(true);
    }

    @Override
    void write(Reply.Page page, boolean keepAlive, boolean headOnly) {
        state = State.WRITING;
        // To see the client's end, with which the stream ends.
        ctx.channel().config().setAutoRead(true);
        setDeadline(server.limits().handshakeTimeout().toNanos());
        if (page.body() instanceof Reply.Body.File file && !headOnly) {
            writeFile(page, file);
            return;
        }
        ByteBuf content = page.body() instanceof Reply.Body.Bytes bytes
                ? Unpooled.wrappedBuffer(bytes.content().duplicate())
                : Unpooled.EMPTY_BUFFER;
        long length = page.body() instanceof Reply.Body.File file ? file.length() : content.readableBytes();
        writeHead(page, length);
        if (content.isReadable() && !headOnly) {
            ctx.write(content);
        }
        carrier.shutDownOutput(ctx);
    }

    private void writeFile(Reply.Page page, Reply.Body.File file) {
        ChunkedNioFile content;
        try {
            content = HttpMessages.chunks(file);
        } catch (IOException e) {
            LOG.log(Level.ERROR, "a file cannot be read: " + file.path(), e);
            refuse(500, Headers.EMPTY, "the file cannot be read");
            return;
        }
        ctx.pipeline().addBefore(ctx.name(), null, new ChunkedWriteHandler());
        writeHead(page, file.length());
        ctx.writeAndFlush(content).addListener((ChannelFuture done) -> {
            if (done.isSuccess()) {
                carrier.shutDownOutput(ctx);
            } else {
                ctx.close();
            }
        });
    }

    private void writeHead(Reply.Page page, long length) {
        ctx.write(new StreamHead.Response(page.status(), pageHeaders(page, length)));
    }
}
