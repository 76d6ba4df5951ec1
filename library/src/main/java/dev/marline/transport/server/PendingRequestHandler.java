package dev.marline.transport.server;

import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.LoopContext;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;

/** What waits on a channel of a server for a request, or for what comes before it: no longer than a handshake may take. */
abstract class PendingRequestHandler extends DeadlineWheel.Timed {
    final ServerContext server;

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    ChannelHandlerContext ctx;

    @SuppressWarnings("NullAway.Init")
    LoopContext loop;

    @SuppressWarnings("NullAway.Init")
    private PendingHandshakes.Pending pending;

    PendingRequestHandler(ServerContext server) {
        this.server = server;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        loop = LoopContext.of(added.channel().eventLoop());
        pending = new PendingHandshakes.Pending(server.pending(), this::giveUp);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        // Null if adding it has thrown.
        if (pending != null) {
            stopWaiting();
        }
    }

    /** From now on it may take as long as a handshake to come. */
    final void beginWaiting() {
        pending.begin();
        setDeadline(server.limits().handshakeTimeout());
    }

    /** From now on the connection is idle: the next request need not begin before the idle timeout. It is pending, too. */
    final void beginIdling() {
        pending.begin();
        setDeadline(server.limits().idleTimeout());
    }

    /** It has come, or need not come any more. */
    final void stopWaiting() {
        pending.end();
        loop.deadlines.remove(this);
    }

    final void setDeadline(Duration fromNow) {
        loop.deadlines.set(this, LoopContext.nanoTime() + fromNow.toNanos());
    }

    @Override
    public void onDeadline(long now) {
        giveUp();
    }

    @Override
    public void onThrown(Throwable thrown) {
        ErrorGuard.close(ctx.channel());
    }

    /** Ends the channel, for which nothing has come in time, or too many others have. */
    void giveUp() {
        ctx.close();
    }
}
