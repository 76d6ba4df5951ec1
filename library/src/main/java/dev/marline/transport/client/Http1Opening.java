package dev.marline.transport.client;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.http.HttpMessages;
import dev.marline.transport.websocket.ConnectionCarrier;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/** A client's opening handshake on an HTTP/1.1 connection. */
public final class Http1Opening extends ClientOpening {
    private Http1Opening(OpeningAttempt attempt) {
        super(attempt, HttpVersion.HTTP_1_1);
    }

    static void addTo(ChannelPipeline pipeline, OpeningAttempt attempt) {
        int maxHead = attempt.settings().limits().maxHeaderBytes();
        pipeline.addLast(
                new HttpClientCodec(HttpMessages.decoderConfig(maxHead), false, false), new Http1Opening(attempt));
    }

    @Override
    void sendRequest(ChannelHandlerContext ctx) {
        DefaultFullHttpRequest head = new DefaultFullHttpRequest(
                io.netty.handler.codec.http.HttpVersion.HTTP_1_1,
                HttpMethod.GET,
                request.target(),
                Unpooled.EMPTY_BUFFER);
        HttpMessages.copy(request.headers(), head.headers());
        ctx.writeAndFlush(head);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            connectionLost();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        try {
            if (read instanceof HttpResponse response) {
                receive(response);
            }
            // At its end and not before: a channel that changes hands must not have the rest of a response under way.
            if (read instanceof LastHttpContent && isAccepted()) {
                open(ctx);
            } else if (read instanceof HttpContent content && isRefused()) {
                boolean room = receiveBody(content.content());
                if (read instanceof LastHttpContent || !room) {
                    refuse();
                }
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    private void receive(HttpResponse response) {
        int status = response.status().code();
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL && status != 101) {
            return; // RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a
            // final response"
        }
        Throwable malformed = response.decoderResult().cause();
        if (malformed != null) {
            attempt.fail(new WebSocketException(
                    attempt.address() + " did not answer in HTTP: " + malformed.getMessage(), malformed));
            return;
        }
        Headers headers;
        try {
            headers = HttpMessages.headers(response.headers());
        } catch (IllegalArgumentException e) {
            attempt.fail(new WebSocketException(
                    attempt.address() + " answered with a malformed header: " + e.getMessage(), e));
            return;
        }
        receiveHead(status, headers);
        if (isRefused() && status == 101) {
            refuse(); // it has no body, though the decoder expects one where Sec-WebSocket-Accept is missing
        }
    }

    private void open(ChannelHandlerContext ctx) {
        WebSocketHandler webSocket = newWebSocket(ConnectionCarrier.of(ctx.channel()));
        ChannelPipeline pipeline = ctx.pipeline();
        // What onOpen sends is not for the encoder.
        pipeline.get(HttpClientCodec.class).removeOutboundHandler();
        pipeline.addLast(webSocket);
        opened(webSocket);
        pipeline.remove(this);
        // The codec goes last: what it has read after the response
        // belongs to the WebSocket, and it hands it on as it goes.
        pipeline.remove(HttpClientCodec.class);
    }
}
