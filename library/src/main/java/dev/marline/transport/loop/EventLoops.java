package dev.marline.transport.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;
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

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... args) {
        return new Loop(this, executor, io);
    }

    static final class Loop extends SingleThreadIoEventLoop {
        private boolean closed;

        Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory io) {
            super(parent, executor, io);
        }

        /** Null where it is not epoll that the loop's sockets are watched with. */
        @Nullable
        EpollSockets epollSockets() {
            return ioHandler() instanceof EpollSockets sockets ? sockets : null;
        }

        @Override
        protected int runIo() {
            LoopContext.beginIo();
            try {
                return super.runIo();
            } finally {
                LoopContext.endIo();
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
