package dev.marline.transport.client;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.http.StreamHead;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;

/** A client's opening handshake on a stream of an HTTP/2 or HTTP/3 connection: an extended CONNECT (RFC 8441 §5, RFC 9220 §3). */
public final class StreamOpening extends ClientOpening {
    private final Carrier carrier;

    /** @param carrier the handler before this one */
    StreamOpening(OpeningAttempt attempt, HttpVersion version, Carrier carrier) {
        super(attempt, version);
        this.carrier = carrier;
    }

    @Override
    void sendRequest(ChannelHandlerContext ctx) {
        String scheme = attempt.address().secure() ? "https" : "http";
        ctx.writeAndFlush(new StreamHead.Request(request, scheme));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        try {
            if (read instanceof StreamHead.Response response) {
                receiveHead(response.status(), response.headers());
                if (isAccepted()) {
                    open(ctx);
                } else if (isRefused() && response.status() / 100 == 2) {
                    // RFC 9110 §9.3.6: no body follows that tells more, as the server takes the WebSocket to be open.
                    refuse();
                }
            } else if (read instanceof ByteBuf content && isRefused() && !receiveBody(content)) {
                refuse();
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    private void open(ChannelHandlerContext ctx) {
        WebSocketHandler webSocket = newWebSocket(carrier);
        ctx.pipeline().addLast(webSocket);
        opened(webSocket);
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            connectionLost();
        }
    }
}
