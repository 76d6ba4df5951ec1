package dev.marline.transport.server;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.transport.http.HttpMessages;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.ConnectionCarrier;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection of a server: reads a request, has it answered, writes the answer, reads the next; or hands the channel over
 * to a {@link WebSocketHandler}. While a request is being answered nothing more is decoded, so that what follows the head of an
 * opening handshake is still untouched when the channel changes hands.
 */
public final class Http1RequestHandler extends HttpExchange implements Drainable {
    private @Nullable HttpRequest head;

    /** Whether a request has been answered and nothing of the next has come. */
    private boolean idle;

    /** @param admitted whether the server has room for this connection */
    Http1RequestHandler(ServerContext server, boolean admitted) {
        super(server, admitted);
    }

    static void addTo(ChannelPipeline pipeline, ServerContext server, boolean admitted) {
        StrictRequestDecoder decoder = new StrictRequestDecoder(
                HttpMessages.decoderConfig(server.limits().maxHeaderBytes()));
        pipeline.addLast(decoder, new HttpResponseEncoder(), new Http1RequestHandler(server, admitted));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        server.add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        server.remove(this);
        super.handlerRemoved(removed);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        try {
            if (state == State.READING && read instanceof HttpRequest request) {
                head = request;
            }
            // At its end and not before: a channel that changes hands must not have the rest of a request under way.
            HttpRequest request = head;
            if (request != null && (read instanceof LastHttpContent || isRefusedByItsHead(request))) {
                head = null;
                receive(request);
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        endIdling();
        context.fireChannelReadComplete();
    }

    /** From its first byte on, a request may take as long as a handshake to come. */
    private void endIdling() {
        if (idle && ctx.pipeline().get(StrictRequestDecoder.class).hasBegun()) {
            idle = false;
            beginWaiting();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && (state == State.READING || state == State.DISCARDING)) {
            context.close();
        }
    }

    @Override
    public void drain() {
        ctx.channel().eventLoop().execute(() -> {
            if (state == State.READING) {
                ctx.close();
            }
        });
    }

    // ---- requests

    private void receive(HttpRequest received) {
        idle = false;
        requestHasCome(received.method().name());
        // RFC 9113 §3.3: a client may know that HTTP/2 is spoken here. Over TLS it has ALPN.
        if (server.speaksHttp2() && !Channels.isSecure(ctx.pipeline()) && isHttp2Preface(received)) {
            handOverToHttp2();
            return;
        }
        Throwable malformed = received.decoderResult().cause();
        if (malformed != null) {
            refuseMalformed(malformed);
            return;
        }
        if (received.protocolVersion().majorVersion() != 1) {
            refuse(505, Headers.EMPTY, "HTTP/1.0 and HTTP/1.1 are spoken here, not " + received.protocolVersion());
            return;
        }
        HandshakeRequest request;
        try {
            request = HttpMessages.request(received);
        } catch (IllegalArgumentException e) {
            refuse(400, Headers.EMPTY, String.valueOf(e.getMessage()));
            return;
        }
        // A body stays unread, so that nothing can follow it. It belongs to a method that is refused.
        boolean hasBody = hasBody(received);
        answer(request, hasBody, HttpUtil.isKeepAlive(received) && !hasBody);
    }

    /** RFC 9113 §3.4: what HTTP/2 begins with was chosen to look like the request that this is. */
    private static boolean isHttp2Preface(HttpRequest request) {
        return request.method().name().equals("PRI")
                && request.uri().equals("*")
                && request.protocolVersion().majorVersion() == 2
                && request.headers().isEmpty();
    }

    private void handOverToHttp2() {
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.remove(HttpResponseEncoder.class);
        Http2ServerConnection.addTo(pipeline, server, isAdmitted());
        // The decoder has taken the beginning of the preface, and hands on what follows it as it goes.
        ctx.fireChannelRead(Unpooled.copiedBuffer("PRI * HTTP/2.0\r\n\r\n", StandardCharsets.US_ASCII));
        pipeline.remove(this);
        pipeline.remove(StrictRequestDecoder.class);
    }

    /** Whether no end of the request need be waited for: of what cannot be decoded there is none. */
    private static boolean isRefusedByItsHead(HttpRequest request) {
        return request.decoderResult().isFailure() || hasBody(request);
    }

    private static boolean hasBody(HttpMessage message) {
        return message.headers().contains("Transfer-Encoding") || HttpUtil.getContentLength(message, 0L) > 0;
    }

    private void refuseMalformed(Throwable cause) {
        Limits limits = server.limits();
        if (cause instanceof TooLongHttpHeaderException) {
            refuse(431, Headers.EMPTY, "the headers are longer than " + limits.maxHeaderBytes() + " bytes");
        } else if (cause instanceof TooLongHttpLineException) {
            refuse(414, Headers.EMPTY, "the request line is longer than " + limits.maxHeaderBytes() + " bytes");
        } else {
            refuse(400, Headers.EMPTY, "the request is malformed: " + cause.getMessage());
        }
    }

    // ---- answers

    @Override
    Carrier carrier() {
        return ConnectionCarrier.of(ctx.channel());
    }

    @Override
    void handOver(Headers accepted, WebSocketHandler webSocket) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        HttpMessages.copy(accepted, response.headers());
        ctx.write(response);
        ChannelPipeline pipeline = ctx.pipeline();
        // What onOpen sends is not for the encoder.
        pipeline.remove(HttpResponseEncoder.class);
        pipeline.addLast(webSocket);
        pipeline.remove(this);
        // The decoder goes last: what it has read and not decoded
        // belongs to the WebSocket, and it hands it on as it goes.
        pipeline.remove(StrictRequestDecoder.class);
        pipeline.channel().config().setAutoRead(true);
    }

    @Override
    boolean isWritten() {
        return false; // the state changes then
    }

    @Override
    void beginWriting() {
        pauseReading();
    }

    @Override
    void writeBytes(int status, Headers headers, ByteBuf content, boolean keepAlive) {
        HttpResponseStatus code = HttpResponseStatus.valueOf(status);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, code, content);
        setHeaders(response, headers, keepAlive);
        ctx.writeAndFlush(response).addListener((ChannelFuture done) -> written(done, keepAlive));
    }

    @Override
    void writeFile(int status, Headers headers, FilePieces content, boolean keepAlive) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        setHeaders(response, headers, keepAlive);
        ctx.write(response);
        ctx.writeAndFlush(new HttpChunkedInput(content)).addListener((ChannelFuture done) -> written(done, keepAlive));
    }

    private static void setHeaders(HttpResponse response, Headers headers, boolean keepAlive) {
        HttpMessages.copy(headers, response.headers());
        if (!keepAlive) {
            response.headers().add("Connection", "close");
        }
    }

    private void written(ChannelFuture done, boolean keepAlive) {
        leave();
        if (!done.isSuccess()) {
            ctx.close();
        } else if (keepAlive && !server.isDraining()) {
            state = State.READING;
            idle = true;
            beginIdling();
            readOn();
        } else {
            discard();
        }
    }

    /** Reads on, and decodes first what has been read already: a client may send its next request before it has this answer. */
    private void readOn() {
        ChannelHandlerContext decoder = ctx.pipeline().context(StrictRequestDecoder.class);
        ctx.channel().config().setAutoRead(true);
        ctx.channel().eventLoop().execute(() -> {
            if (!decoder.isRemoved() && state == State.READING) {
                try {
                    ((StrictRequestDecoder) decoder.handler()).channelRead(decoder, Unpooled.EMPTY_BUFFER);
                    endIdling();
                } catch (Exception e) {
                    exceptionCaught(ctx, e);
                }
            }
        });
    }

    private void discard() {
        state = State.DISCARDING;
        setDeadline(server.limits().closingTimeout());
        ctx.pipeline().remove(StrictRequestDecoder.class);
        Channels.shutDownOutput(ctx);
        ctx.channel().config().setAutoRead(true);
    }
}
