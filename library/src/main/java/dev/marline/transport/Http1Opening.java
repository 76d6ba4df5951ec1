package dev.marline.transport;

import dev.marline.Handshake;
import dev.marline.HandshakeException;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.WebSocketAddress;
import io.netty.buffer.ByteBuf;
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
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of the opening handshake on an HTTP/1.1 connection: sends the request when the connection, and TLS, are there,
 * checks the response, and hands the channel over to a {@link WebSocketHandler}. All of it within the handshake timeout.
 */
final class ClientHandshakeHandler extends DeadlineWheel.Timed {
    /** How much of the body of a response that says no is kept for the exception. */
    private static final int MAX_BODY = 64 * 1024;

    private final WebSocketAddress address;
    private final ClientHandshake handshake;
    private final HandshakeRequest request;
    private final WebSocketListener listener;
    private final ClientTransport.Settings settings;
    private final OpenSockets sockets;
    private final CompletableFuture<WebSocket> opened;
    private final ByteBuf body = Unpooled.buffer(0, MAX_BODY);
    private @Nullable LoopContext loop;
    private int status;
    private @Nullable Headers accepted;
    private @Nullable Headers refusal;
    private String problem = "";

    ClientHandshakeHandler(
            WebSocketAddress address,
            ClientHandshake handshake,
            WebSocketListener listener,
            ClientTransport.Settings settings,
            OpenSockets sockets,
            CompletableFuture<WebSocket> opened) {
        this.address = address;
        this.handshake = handshake;
        this.request = handshake.request(HttpVersion.HTTP_1_1);
        this.listener = listener;
        this.settings = settings;
        this.sockets = sockets;
        this.opened = opened;
    }

    void addTo(ChannelPipeline pipeline) {
        int maxHead = settings.limits().maxHeaderBytes();
        pipeline.addLast(new HttpClientCodec(HttpMessages.decoderConfig(maxHead), false, false), this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        loop = LoopContext.of(ctx.channel().eventLoop());
        loop.deadlines.set(
                this,
                LoopContext.nanoTime() + settings.limits().handshakeTimeout().toNanos());
        // Whoever waits may give up by cancelling.
        opened.whenComplete((socket, thrown) -> {
            if (socket == null) {
                ctx.close();
            }
        });
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (loop != null) {
            loop.deadlines.remove(this);
        }
    }

    @Override
    void onDeadline(long now) {
        if (refusal != null) {
            refuse();
            return;
        }
        fail(new WebSocketException("connecting to " + address + " took longer than "
                + settings.limits().handshakeTimeout().toMillis() + " ms"));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (!address.secure()) {
            sendRequest(ctx);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent tls) {
            if (tls.isSuccess()) {
                sendRequest(ctx);
            } else {
                fail(new WebSocketException(
                        "TLS with " + address + " failed: " + Causes.inWords(tls.cause()), tls.cause()));
            }
        } else if (event instanceof ChannelInputShutdownEvent) {
            connectionLost();
        }
    }

    private void sendRequest(ChannelHandlerContext ctx) {
        DefaultFullHttpRequest head = new DefaultFullHttpRequest(
                io.netty.handler.codec.http.HttpVersion.HTTP_1_1,
                HttpMethod.GET,
                request.target(),
                Unpooled.EMPTY_BUFFER);
        HttpMessages.copy(request.headers(), head.headers());
        ctx.writeAndFlush(head);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        try {
            if (read instanceof HttpResponse response) {
                receive(response);
            }
            // At its end and not before: a channel that changes hands must not have the rest of a response under way.
            if (read instanceof LastHttpContent && accepted != null) {
                open(ctx, accepted);
            } else if (read instanceof HttpContent content && refusal != null) {
                body.writeBytes(
                        content.content(), Math.min(content.content().readableBytes(), body.maxWritableBytes()));
                if (read instanceof LastHttpContent || body.maxWritableBytes() == 0) {
                    refuse();
                }
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    private void receive(HttpResponse response) {
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL
                && response.status().code() != 101) {
            return; // RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a
            // final response"
        }
        Throwable malformed = response.decoderResult().cause();
        if (malformed != null) {
            fail(new WebSocketException(address + " did not answer in HTTP: " + malformed.getMessage(), malformed));
            return;
        }
        Headers headers;
        try {
            headers = HttpMessages.headers(response.headers());
        } catch (IllegalArgumentException e) {
            fail(new WebSocketException(address + " answered with a malformed header: " + e.getMessage(), e));
            return;
        }
        if (headers.size() > settings.limits().maxHeaders()) {
            fail(new WebSocketException(
                    address + " answered with more than " + settings.limits().maxHeaders() + " headers"));
            return;
        }
        status = response.status().code();
        String wrong =
                handshake.problemWith(HttpVersion.HTTP_1_1, status, headers).orElse(null);
        if (wrong == null) {
            accepted = headers;
        } else {
            problem = wrong;
            refusal = headers;
            if (status == 101) {
                refuse(); // it has no body, though the decoder expects one where Sec-WebSocket-Accept is missing
            }
        }
    }

    private void open(ChannelHandlerContext ctx, Headers response) {
        Handshake done = new Handshake(
                request, response, Map.of(), handshake.subprotocol(response).orElse(null));
        ConnectionSettings connection = new ConnectionSettings(
                settings.limits(), settings.pauseReadingWhenCongested(), done, handshake.extensions(response), sockets);
        LoopContext loop = LoopContext.of(ctx.channel().eventLoop());
        WebSocketHandler handler = new WebSocketHandler(Role.CLIENT, connection, listener, loop);
        ChannelPipeline pipeline = ctx.pipeline();
        // What onOpen sends is not for the encoder.
        pipeline.get(HttpClientCodec.class).removeOutboundHandler();
        pipeline.addLast(handler);
        if (!opened.complete(handler.socket())) {
            handler.abort();
        }
        pipeline.remove(this);
        // The codec goes last: what it has read after the response belongs to the WebSocket, and it hands it on as it
        // goes.
        pipeline.remove(HttpClientCodec.class);
    }

    private void refuse() {
        String text = body.toString(StandardCharsets.UTF_8);
        Headers headers = refusal == null ? Headers.EMPTY : refusal;
        String said =
                text.isBlank() ? "" : ": " + text.strip().lines().findFirst().orElse("");
        fail(new HandshakeException(address + ": " + problem + said, status, headers, text));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        connectionLost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof ProxyConnectException) {
            // Netty's message has the status at its end.
            String why = String.valueOf(cause.getMessage()).replaceFirst("^.*(=> \\S+|status:) ?,? ?", "");
            fail(new WebSocketException(
                    "proxy " + settings.proxyName() + " did not connect to " + address + ": " + why, cause));
        } else {
            fail(new WebSocketException("connecting to " + address + " failed: " + Causes.inWords(cause), cause));
        }
    }

    private void connectionLost() {
        if (refusal != null) {
            refuse();
        } else {
            fail(new WebSocketException(address + " closed the connection before the opening handshake was done"));
        }
    }

    private void fail(WebSocketException cause) {
        opened.completeExceptionally(cause);
    }
}
