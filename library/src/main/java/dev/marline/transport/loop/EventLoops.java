package dev.marline.transport.loop;

import io.netty.channel.Channel;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Event loops that tell {@link LoopContext} when they are through with what their sockets had for them, and that close all their
 * channels before they end. Netty's do so only if they learn in time that they are to end: one that is told between its look at that and
 * its last task leaves its connections open, for ever.
 */
public final class EventLoops extends MultiThreadIoEventLoopGroup {
    EventLoops(String name, boolean daemon, int threads, IoHandlerFactory io) {
        super(threads, new LoopThread.Factory(name, daemon), io);
    }

    /** How long closing waits for event loops to end, which takes them a moment unless a callback blocks one. */
    private static final int END_SECONDS = 3;

    /** Completes, with the reason or null, when one of the loops has ended; which none does before all are shut down. */
    public CompletableFuture<@Nullable Throwable> whenOneEnds() {
        CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();
        forEach(loop -> loop.terminationFuture().addListener(end -> ended.complete(end.cause())));
        return ended;
    }

    /** Shuts the loops down, which closes all connections that are left; whether all of them have ended in time. */
    public boolean shutDown() {
        return shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... args) {
        return new Loop(this, executor, io);
    }

    static final class Loop extends SingleThreadIoEventLoop {
        /** How often a loop may fail in a row before it ends: each time it rests a little, for memory to become free. */
        private static final int MOST_FAILURES = 1000;

        private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

        /** How many connections can be waited for to become closable. */
        private static final int MOST_CLOSED_LATER = 64;

        private boolean closed;
        private int failures;

        /** Connections whose closing has thrown, to be closed again. No memory is allocated for it, because there may be none. */
        private final @Nullable Channel[] closedLater = new Channel[MOST_CLOSED_LATER];

        private int closedLaterCount;

        /** Whether the deadlines could not be scheduled. */
        private boolean toTryAgain;

        Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory io) {
            super(parent, executor, io);
        }

        /** Null where it is not epoll that the loop's sockets are watched with. */
        @Nullable
        EpollSockets epollSockets() {
            return ioHandler() instanceof EpollSockets sockets ? sockets : null;
        }

        /** Runs until the loop is shut down. What gets here has got past whatever ends a single connection. */
        @Override
        protected void run() {
            while (true) {
                try {
                    super.run();
                    return;
                } catch (Throwable thrown) {
                    if (++failures > MOST_FAILURES) {
                        throw thrown;
                    }
                    ErrorGuard.log(ErrorGuard.Source.LOOP, thrown);
                    LockSupport.parkNanos(REST_NANOS);
                }
            }
        }

        @Override
        protected int runIo() {
            closeAgain();
            toTryAgain = LoopContext.beginIo();
            try {
                return super.runIo();
            } finally {
                LoopContext.endIo();
            }
        }

        /** Runs after each turn, with {@link #runIo} before it. */
        @Override
        protected boolean runAllTasks(long timeoutNanos) {
            boolean ran = super.runAllTasks(timeoutNanos);
            failures = 0;
            return ran;
        }

        /** Keeps the loop from waiting while something is to be tried again. */
        @Override
        protected boolean hasTasks() {
            return toTryAgain || closedLaterCount > 0 || super.hasTasks();
        }

        /** Closes a connection in the next turn, as it cannot be closed now. */
        void closeLater(Channel channel) {
            if (closedLaterCount < MOST_CLOSED_LATER) {
                closedLater[closedLaterCount++] = channel;
            } else {
                channel.unsafe().closeForcibly();
            }
        }

        private void closeAgain() {
            int count = closedLaterCount;
            closedLaterCount = 0;
            for (int i = 0; i < count; i++) {
                Channel channel = closedLater[i];
                closedLater[i] = null;
                if (channel != null) {
                    ErrorGuard.close(channel);
                }
            }
        }

        @Override
        protected boolean confirmShutdown() {
            if (!super.confirmShutdown()) {
                return false;
            }
            if (!closed) {
                closed = true;
                ioHandler().prepareToDestroy();
            }
            // What has been closed has tasks to run.
            return super.confirmShutdown();
        }
    }
}
