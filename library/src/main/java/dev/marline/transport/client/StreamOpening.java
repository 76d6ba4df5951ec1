package dev.marline.transport.client;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.http.StreamHead;
import dev.marline.transport.http.StreamResetException;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.Set;

/** A client's opening handshake on a stream of an HTTP/2 or HTTP/3 connection: an extended CONNECT (RFC 8441 §5, RFC 9220 §3). */
public final class StreamOpening extends ClientOpening {
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NOT_IMPLEMENTED = 501;

    /** Both the builder and the command call their option so. */
    private static final String HINT = "; HTTP/1.1 may work, which the option http does not allow";

    private final Carrier carrier;
    private final ClientTransport transport;
    private final Elsewhere elsewhere;

    /**
     * For a stream.
     *
     * @param carrier the handler before this one
     * @param elsewhere continues the attempt if the server does not take it here
     */
    StreamOpening(
            OpeningAttempt attempt,
            HttpVersion version,
            Carrier carrier,
            ClientTransport transport,
            Elsewhere elsewhere) {
        super(attempt, version);
        this.carrier = carrier;
        this.transport = transport;
        this.elsewhere = elsewhere;
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
                int status = response.status();
                if ((status == METHOD_NOT_ALLOWED || status == NOT_IMPLEMENTED) && mayTakeHttp1()) {
                    transport.withoutWebSocketsOverHttp2(attempt.address());
                    continueElsewhere(ctx, attempt, Set.of(HttpVersion.HTTP_1_1));
                    return;
                }
                receiveHead(status, response.headers());
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

    private boolean mayTakeHttp1() {
        return attempt.settings().http().contains(HttpVersion.HTTP_1_1);
    }

    private void continueElsewhere(ChannelHandlerContext ctx, OpeningAttempt next, Set<HttpVersion> offered) {
        ctx.pipeline().remove(this);
        ctx.close();
        if (!next.opened().isDone()) {
            elsewhere.connect(next, offered);
        }
    }

    @Override
    String hint(int status) {
        return status == METHOD_NOT_ALLOWED || status == NOT_IMPLEMENTED ? HINT : "";
    }

    @Override
    public void onDeadline(long now) {
        carrier.peerIsSilent();
        super.onDeadline(now);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof StreamResetException reset) || isRefused()) {
            super.exceptionCaught(ctx, cause);
        } else if (reset.reason() == StreamResetException.Reason.REFUSED) {
            if (attempt.isRepeated()) {
                super.exceptionCaught(ctx, cause);
            } else {
                continueElsewhere(ctx, attempt.repeated(), attempt.settings().http());
            }
        } else if (mayTakeHttp1()) {
            if (reset.reason() == StreamResetException.Reason.HTTP_1_1_REQUIRED) {
                transport.withoutWebSocketsOverHttp2(attempt.address());
            }
            continueElsewhere(ctx, attempt, Set.of(HttpVersion.HTTP_1_1));
        } else {
            attempt.fail(new WebSocketException(
                    "connecting to " + attempt.address() + " failed: " + reset.getMessage() + HINT, reset));
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
