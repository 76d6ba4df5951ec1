package dev.marline.transport;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.WebSocketListener;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
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
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection of a server: reads a request, has it answered, writes the answer, reads the next; or hands the channel over
 * to a {@link WebSocketHandler}. While a request is being answered nothing more is decoded, so that what follows the head of an
 * opening handshake is still untouched when the channel changes hands.
 */
final class HttpConnectionHandler extends DeadlineWheel.Timed {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private enum State {
        READING,
        ANSWERING,
        WRITING,
        /** The last answer is out; what still comes is discarded, or closing would reset the connection and destroy the answer. */
        DISCARDING
    }

    private final ServerContext server;
    private final boolean admitted;
    private State state = State.READING;
    private @Nullable HttpRequest head;

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    private ChannelHandlerContext ctx;

    @SuppressWarnings("NullAway.Init")
    private LoopContext loop;

    /** @param admitted whether the server has room for this connection */
    HttpConnectionHandler(ServerContext server, boolean admitted) {
        this.server = server;
        this.admitted = admitted;
    }

    static void addTo(ChannelPipeline pipeline, ServerContext server, boolean admitted) {
        HttpRequestDecoder decoder = new HttpRequestDecoder(
                HttpMessages.decoderConfig(server.limits().maxHeaderBytes()));
        decoder.setSingleDecode(true);
        pipeline.addLast(decoder, new HttpResponseEncoder(), new HttpConnectionHandler(server, admitted));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        loop = LoopContext.of(added.channel().eventLoop());
        server.httpConnections().add(this);
        setDeadline(server.limits().handshakeTimeout().toNanos());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        server.httpConnections().remove(this);
        loop.deadlines.remove(this);
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
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && (state == State.READING || state == State.DISCARDING)) {
            context.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        // A large file takes as long as it takes, as long as the client takes some of it.
        if (state == State.WRITING) {
            setDeadline(server.limits().handshakeTimeout().toNanos());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(Level.DEBUG, "an HTTP connection failed", cause);
        context.close();
    }

    @Override
    void onDeadline(long now) {
        if (state == State.ANSWERING) {
            LOG.log(Level.WARNING, "a request took longer than handshakeTimeout to be answered");
        }
        ctx.close();
    }

    /** Closes the connection as soon as no answer is owed on it; from any thread. */
    void drain() {
        ctx.channel().eventLoop().execute(() -> {
            if (state == State.READING) {
                ctx.close();
            }
        });
    }

    private void setDeadline(long fromNow) {
        loop.deadlines.set(this, LoopContext.nanoTime() + fromNow);
    }

    // ---- requests

    private void receive(HttpRequest received) {
        state = State.ANSWERING;
        setDeadline(server.limits().handshakeTimeout().toNanos());
        Throwable malformed = received.decoderResult().cause();
        if (malformed != null) {
            refuseMalformed(malformed);
            return;
        }
        HandshakeRequest request;
        try {
            request = HttpMessages.request(received);
        } catch (IllegalArgumentException e) {
            refuse(400, Headers.EMPTY, String.valueOf(e.getMessage()));
            return;
        }
        if (!admitted || server.isDraining()) {
            refuse(
                    503,
                    Headers.of("Retry-After", "5"),
                    admitted ? "the server is shutting down" : "the server has too many connections");
        } else if (request.headers().size() > server.limits().maxHeaders()) {
            refuse(
                    431,
                    Headers.EMPTY,
                    "the request has more than " + server.limits().maxHeaders() + " headers");
        } else if (hasBody(received)
                && (request.method().equals("GET") || request.method().equals("HEAD"))) {
            refuse(413, Headers.EMPTY, "requests with a body are not taken here");
        } else {
            // A body stays unread, so that nothing can follow it. It belongs to a method that is refused.
            boolean keepAlive = HttpUtil.isKeepAlive(received) && !hasBody(received);
            CompletableFuture<Reply> answered = server.requests()
                    .handle(request, ctx.channel().remoteAddress())
                    .toCompletableFuture();
            // Most are answered at once, before anything more could be read.
            if (!answered.isDone()) {
                pauseReading();
            }
            answered.whenComplete((reply, thrown) -> inLoop(() -> answer(request, reply, thrown, keepAlive)));
        }
    }

    private void inLoop(Runnable action) {
        if (ctx.channel().eventLoop().inEventLoop()) {
            action.run();
        } else {
            ctx.channel().eventLoop().execute(action);
        }
    }

    private void pauseReading() {
        ctx.channel().config().setAutoRead(false);
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

    private void answer(
            HandshakeRequest request, @Nullable Reply reply, @Nullable Throwable thrown, boolean keepAlive) {
        if (!ctx.channel().isActive() || state != State.ANSWERING) {
            return;
        }
        if (reply instanceof Reply.Open open && !server.isDraining()) {
            open(request, open);
        } else if (reply instanceof Reply.Page page) {
            write(page, keepAlive && !server.isDraining(), request.method().equals("HEAD"));
        } else if (thrown != null || reply == null) {
            refuseFailed(thrown);
        } else {
            refuse(503, Headers.of("Retry-After", "5"), "the server is shutting down");
        }
    }

    private void open(HandshakeRequest request, Reply.Open open) {
        Handshake handshake = new Handshake(
                request,
                open.accepted().headers(),
                open.pathParameters(),
                open.accepted().subprotocol());
        WebSocketListener listener;
        try {
            listener = open.listener().apply(handshake);
        } catch (RuntimeException | Error thrown) {
            refuseFailed(thrown);
            return;
        }
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        HttpMessages.copy(open.accepted().headers(), response.headers());
        ctx.write(response);
        ConnectionSettings settings = new ConnectionSettings(
                open.limits(),
                open.pauseReadingWhenCongested(),
                handshake,
                open.accepted().extensions(),
                server.sockets());
        ChannelPipeline pipeline = ctx.pipeline();
        // What onOpen sends is not for the encoder.
        pipeline.remove(HttpResponseEncoder.class);
        pipeline.addLast(new WebSocketHandler(Role.SERVER, settings, listener, loop));
        pipeline.remove(this);
        // The decoder goes last: what it has read and not decoded belongs to the WebSocket, and it hands it on as it
        // goes.
        pipeline.remove(HttpRequestDecoder.class);
        pipeline.channel().config().setAutoRead(true);
    }

    private void refuseFailed(@Nullable Throwable thrown) {
        LOG.log(Level.ERROR, "a request's handler has thrown; the client is told 500", thrown);
        refuse(500, Headers.EMPTY, "the server failed to answer");
    }

    private void refuse(int status, Headers headers, String why) {
        write(Reply.Page.text(status, headers, why), false, false);
    }

    private void write(Reply.Page page, boolean keepAlive, boolean headOnly) {
        state = State.WRITING;
        pauseReading();
        setDeadline(server.limits().handshakeTimeout().toNanos());
        HttpResponseStatus status = HttpResponseStatus.valueOf(page.status());
        if (page.body() instanceof Reply.Body.File file && !headOnly) {
            writeFile(status, page.headers(), file, keepAlive);
            return;
        }
        ByteBuf content = page.body() instanceof Reply.Body.Bytes bytes
                ? Unpooled.wrappedBuffer(bytes.content().duplicate())
                : Unpooled.EMPTY_BUFFER;
        long length = page.body() instanceof Reply.Body.File file ? file.length() : content.readableBytes();
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, headOnly ? Unpooled.EMPTY_BUFFER : content);
        setHead(response, page.headers(), length, keepAlive);
        ctx.writeAndFlush(response).addListener((ChannelFuture done) -> written(done, keepAlive));
    }

    private void writeFile(HttpResponseStatus status, Headers headers, Reply.Body.File file, boolean keepAlive) {
        ChunkedNioFile content;
        try {
            // The response owns the channel, and closes it when the last chunk is out.
            content = new ChunkedNioFile(
                    FileChannel.open(file.path(), StandardOpenOption.READ), 0, file.length(), 64 * 1024);
        } catch (IOException e) {
            LOG.log(Level.ERROR, "a file cannot be read: " + file.path(), e);
            refuse(500, Headers.EMPTY, "the file cannot be read");
            return;
        }
        if (ctx.pipeline().get(ChunkedWriteHandler.class) == null) {
            ctx.pipeline().addBefore(ctx.name(), null, new ChunkedWriteHandler());
        }
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        setHead(response, headers, file.length(), keepAlive);
        ctx.write(response);
        ctx.writeAndFlush(new HttpChunkedInput(content)).addListener((ChannelFuture done) -> written(done, keepAlive));
    }

    private static void setHead(HttpResponse response, Headers headers, long length, boolean keepAlive) {
        HttpMessages.copy(headers, response.headers());
        // RFC 9110 §8.6: in a 304 it would be the length that a 200 has.
        if (response.status().code() != 304) {
            HttpUtil.setContentLength(response, length);
        }
        // RFC 9110 §6.6.1: "An origin server with a clock MUST generate a Date header field" in what is not a server's
        // error.
        response.headers().set("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
        if (!keepAlive && !response.headers().contains("Connection")) {
            response.headers().set("Connection", "close");
        } else if (!keepAlive) {
            response.headers().add("Connection", "close");
        }
    }

    private void written(ChannelFuture done, boolean keepAlive) {
        if (!done.isSuccess()) {
            ctx.close();
        } else if (keepAlive && !server.isDraining()) {
            state = State.READING;
            setDeadline(server.limits().handshakeTimeout().toNanos());
            readOn();
        } else {
            discard();
        }
    }

    /** Reads on, and decodes first what has been read already: a client may send its next request before it has this answer. */
    private void readOn() {
        ChannelHandlerContext decoder = ctx.pipeline().context(HttpRequestDecoder.class);
        ctx.channel().config().setAutoRead(true);
        ctx.channel().eventLoop().execute(() -> {
            if (!decoder.isRemoved() && state == State.READING) {
                try {
                    ((HttpRequestDecoder) decoder.handler()).channelRead(decoder, Unpooled.EMPTY_BUFFER);
                } catch (Exception e) {
                    exceptionCaught(ctx, e);
                }
            }
        });
    }

    private void discard() {
        state = State.DISCARDING;
        setDeadline(server.limits().closingTimeout().toNanos());
        ctx.pipeline().remove(HttpRequestDecoder.class);
        Channels.shutDownOutput(ctx);
        ctx.channel().config().setAutoRead(true);
    }
}
