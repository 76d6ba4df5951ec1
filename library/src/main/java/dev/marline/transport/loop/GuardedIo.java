package dev.marline.transport.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.kqueue.KQueueIoHandle;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.nio.channels.SelectableChannel;
import java.util.function.UnaryOperator;

/**
 * One of Netty's {@link IoHandler}s, whose handles are guarded: what the handling of one event throws ends that connection, and the
 * other connections get their events. {@link EpollSockets} does the same for epoll.
 */
class GuardedIo implements IoHandler {
    private final IoHandler io;
    private boolean initialized;

    GuardedIo(IoHandler io) {
        this.io = io;
    }

    static IoHandlerFactory guarding(IoHandlerFactory unguarded) {
        return guarding(unguarded, GuardedIo::new);
    }

    /**
     * Makes guarded handlers of a factory's.
     *
     * @param guard makes one of one
     */
    static IoHandlerFactory guarding(IoHandlerFactory unguarded, UnaryOperator<IoHandler> guard) {
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor loop) {
                return guard.apply(unguarded.newHandler(loop));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return unguarded.isChangingThreadSupported();
            }
        };
    }

    @Override
    public int run(IoHandlerContext context) {
        return io.run(context);
    }

    /** Registers a guarded handle. An {@link Error} becomes an exception, which Netty passes on to the channel: it would not catch the error. */
    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        try {
            return io.register(guard(handle));
        } catch (Error thrown) {
            throw new IllegalStateException("a channel could not be registered", thrown);
        }
    }

    IoHandle guard(IoHandle handle) {
        if (handle instanceof NioIoHandle channel) {
            return new Nio(channel);
        }
        if (handle instanceof IoUringIoHandle channel) {
            return new IoUring(channel);
        }
        return handle instanceof KQueueIoHandle channel ? new KQueue(channel) : handle;
    }

    /** An event loop that goes on after an error begins its work anew, and this part of it is done once. */
    @Override
    public final void initialize() {
        if (!initialized) {
            io.initialize();
            initialized = true;
        }
    }

    @Override
    public final void prepareToDestroy() {
        io.prepareToDestroy();
    }

    @Override
    public final void destroy() {
        io.destroy();
    }

    @Override
    public final void wakeup() {
        io.wakeup();
    }

    @Override
    public final boolean isCompatible(Class<? extends IoHandle> handleType) {
        return io.isCompatible(handleType);
    }

    /** A handle that never throws. */
    @SuppressWarnings("try") // Netty lets its close throw anything
    abstract static class Handle<H extends IoHandle> implements IoHandle {
        final H channel;

        Handle(H channel) {
            this.channel = channel;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            try {
                channel.handle(registration, event);
            } catch (Throwable thrown) {
                ErrorGuard.end(channel, thrown);
            }
        }

        @Override
        public void registered() {
            channel.registered();
        }

        @Override
        public void unregistered() {
            channel.unregistered();
        }

        @Override
        public void close() throws Exception {
            channel.close();
        }
    }

    @SuppressWarnings("try")
    private static final class Nio extends Handle<NioIoHandle> implements NioIoHandle {
        Nio(NioIoHandle channel) {
            super(channel);
        }

        @Override
        public SelectableChannel selectableChannel() {
            return channel.selectableChannel();
        }
    }

    @SuppressWarnings("try")
    private static final class IoUring extends Handle<IoUringIoHandle> implements IoUringIoHandle {
        IoUring(IoUringIoHandle channel) {
            super(channel);
        }
    }

    @SuppressWarnings("try")
    private static final class KQueue extends Handle<KQueueIoHandle> implements KQueueIoHandle {
        KQueue(KQueueIoHandle channel) {
            super(channel);
        }

        @Override
        public int ident() {
            return channel.ident();
        }
    }
}
