package dev.marline.transport.client;

import dev.marline.protocol.handshake.Challenge;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.tls.RenegotiationGuard;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Has a proxy at the other end of a new connection open the way to the server, and then makes room for who speaks with that. */
public abstract class ProxyTunnel extends DeadlineWheel.Timed {
    final OpeningAttempt attempt;
    final ViaProxy via;
    private final Consumer<ChannelPipeline> then;
    private boolean throughTls;

    /** @param then continues when the way is open */
    ProxyTunnel(OpeningAttempt attempt, ViaProxy via, Consumer<ChannelPipeline> then) {
        this.attempt = attempt;
        this.via = via;
        this.then = then;
    }

    /**
     * Begins to speak with the proxy on a connection that is open.
     *
     * @param tls to the proxy; null for none
     */
    static void addTo(
            ChannelPipeline pipeline,
            OpeningAttempt attempt,
            ViaProxy via,
            @Nullable SslHandler tls,
            Consumer<ChannelPipeline> then) {
        ProxyTunnel tunnel = via.proxy().kind() == ProxyAddress.Kind.SOCKS5
                ? new Socks5Tunnel(attempt, via, then)
                : new HttpTunnel(attempt, via, then);
        tunnel.throughTls = tls != null;
        String name = "proxy";
        pipeline.addLast(name, tunnel);
        if (tls != null) {
            pipeline.addBefore(name, "proxy's TLS", tls);
            RenegotiationGuard.addBefore(pipeline, tls);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        LoopContext.of(ctx.channel().eventLoop())
                .deadlines
                .set(this, attempt.deadline().nanos());
        attempt.opened().whenComplete((socket, thrown) -> {
            if (!ctx.isRemoved()) {
                ctx.close();
            }
        });
        if (!throughTls) {
            begin(ctx);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        LoopContext.of(ctx.channel().eventLoop()).deadlines.remove(this);
    }

    /** Asks, now that the proxy can be spoken to. */
    abstract void begin(ChannelHandlerContext ctx);

    /** Takes what was read, and releases nothing of it. */
    abstract void receive(ChannelHandlerContext ctx, Object read);

    /** The way is open. What was read beyond belongs to who comes next. */
    final void open(ChannelHandlerContext ctx) {
        then.accept(ctx.pipeline());
        ctx.pipeline().remove(this);
    }

    /** The proxy says no. */
    final void fail(ProxyException.Reason reason, List<Challenge> challenges, String why) {
        attempt.fail(new ProxyException(
                "proxy " + via.proxy() + " did not connect to " + attempt.address() + ": " + why,
                reason,
                challenges,
                null));
    }

    final void failMalformed(String why) {
        fail(ProxyException.Reason.REFUSED, List.of(), why);
    }

    private void failLost() {
        failMalformed("it closed the connection");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        try {
            receive(ctx, read);
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent tls) {
            if (tls.isSuccess()) {
                begin(ctx);
            } else {
                attempt.failProxy("TLS with proxy " + via.proxy() + " failed", tls.cause());
            }
        } else if (event instanceof ChannelInputShutdownEvent) {
            failLost();
        }
    }

    @Override
    public void onDeadline(long now) {
        attempt.failTimedOut();
    }

    @Override
    public void onThrown(Throwable thrown) {
        attempt.failThrown(thrown);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failLost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        attempt.failProxy("the connection to proxy " + via.proxy() + " failed", cause);
    }
}
