package dev.marline.transport.server;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.transport.http.StreamHead;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** A request that came on a stream of its own, over HTTP/2 or HTTP/3, and its answer; or the WebSocket that it becomes. */
public final class StreamRequestHandler extends HttpExchange {
    private final Carrier carrier;
    private @Nullable HandshakeRequest head;
    private boolean written;

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
        requestHasCome(request.method());
        answer(request, hasBody, true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        HandshakeRequest waiting = head;
        if (event instanceof ChannelInputShutdownEvent && waiting != null) {
            head = null;
            answerNow(waiting, false);
        } else if (event instanceof ChannelOutputShutdownEvent) {
            // The connection has ended: nobody is there to be answered.
            context.close();
        }
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
    boolean isWritten() {
        return written;
    }

    private void endResponse() {
        written = true;
        carrier.shutDownOutput(ctx);
    }

    @Override
    void beginWriting() {
        // To see the client's end, with which the stream ends.
        ctx.channel().config().setAutoRead(true);
    }

    @Override
    void writeBytes(int status, Headers headers, ByteBuf content, boolean keepAlive) {
        ctx.write(new StreamHead.Response(status, headers));
        if (content.isReadable()) {
            ctx.write(content);
        }
        endResponse();
    }

    @Override
    void writeFile(int status, Headers headers, FilePieces content, boolean keepAlive) {
        ctx.write(new StreamHead.Response(status, headers));
        ctx.writeAndFlush(content).addListener((ChannelFuture done) -> {
            if (done.isSuccess()) {
                endResponse();
            } else {
                ctx.close();
            }
        });
    }
}
