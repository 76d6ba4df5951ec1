package dev.marline.transport.client;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.LoopContext;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Set;

/**
 * Waits on a client's new connection, behind what a proxy has opened, until TLS is through, and then has a WebSocket opened in the version of HTTP that the
 * server has chosen by ALPN (RFC 7301), or that the client was told.
 */
public final class ClientNegotiation extends DeadlineWheel.Timed {
    private final OpeningAttempt attempt;
    private final Set<HttpVersion> http;
    private final ClientTransport transport;
    private final Elsewhere elsewhere;

    /**
     * For a new connection.
     *
     * @param http what was offered
     */
    ClientNegotiation(OpeningAttempt attempt, Set<HttpVersion> http, ClientTransport transport, Elsewhere elsewhere) {
        this.attempt = attempt;
        this.http = http;
        this.transport = transport;
        this.elsewhere = elsewhere;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        LoopContext.of(ctx.channel().eventLoop())
                .deadlines
                .set(this, attempt.deadline().nanos());
        attempt.opened().whenComplete((socket, thrown) -> {
            // From there on the connection may carry other WebSockets, too.
            if (socket == null && !ctx.isRemoved()) {
                ctx.close();
            }
        });
        if (!attempt.address().secure()) {
            proceed(ctx, !http.contains(HttpVersion.HTTP_1_1));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        LoopContext.of(ctx.channel().eventLoop()).deadlines.remove(this);
    }

    @Override
    public void onDeadline(long now) {
        attempt.failTimedOut();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent tls) {
            if (tls.isSuccess()) {
                String chosen = ((SslHandler) ctx.pipeline().get(ClientTransport.TLS)).applicationProtocol();
                proceed(ctx, ApplicationProtocolNames.HTTP_2.equals(chosen));
            } else {
                attempt.failTls(tls.cause());
            }
        } else if (event instanceof ChannelInputShutdownEvent) {
            attempt.failLost();
        }
    }

    private void proceed(ChannelHandlerContext ctx, boolean http2) {
        ChannelPipeline pipeline = ctx.pipeline();
        if (http2) {
            Http2ClientConnection.addTo(pipeline, attempt, transport, elsewhere, this::withoutHttp2);
        } else if (http.contains(HttpVersion.HTTP_1_1)) {
            Http1Opening.addTo(pipeline, attempt);
        } else {
            attempt.fail(new WebSocketException(attempt.address() + " does not speak HTTP/2, which alone is wanted"));
            return;
        }
        pipeline.remove(this);
    }

    private void withoutHttp2() {
        if (http.contains(HttpVersion.HTTP_1_1)) {
            transport.withoutWebSocketsOverHttp2(attempt.address());
            elsewhere.connect(attempt, Set.of(HttpVersion.HTTP_1_1));
        } else {
            attempt.fail(new WebSocketException(
                    attempt.address() + " has no WebSockets over HTTP/2 (RFC 8441), which alone is wanted"));
        }
    }

    @Override
    public void onThrown(Throwable thrown) {
        attempt.failThrown(thrown);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        attempt.failLost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        attempt.failThrown(cause);
    }
}
