package dev.marline.transport.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll, with a shorter way for sockets that have a {@link SocketReader}: it is told past the channel that there is something
 * to read, together with a few others. All are asked to {@linkplain SocketReader#prefetch prefetch} before the first of them reads, so
 * that the processor waits for the memory of all of them at once. With many connections that wait is most of what a small message
 * costs outside the kernel.
 */
public final class EpollSockets extends GuardedIo {
    /** How many are prefetched together: what they need stays in the processor's cache until it is their turn. */
    private static final int TOGETHER = 16;

    private static final int READABLE = EpollIoOps.EPOLLIN.value();

    private final @Nullable SocketHandle[] readable = new SocketHandle[TOGETHER];
    private int count;

    /** Whose channel is being told that there is something to read. */
    private @Nullable SocketHandle readByChannel;

    /** So that what is prefetched seems to be needed. */
    @SuppressWarnings("unused")
    private int prefetched;

    private EpollSockets(IoHandler epoll) {
        super(epoll);
    }

    static IoHandlerFactory newFactory() {
        return guarding(EpollIoHandler.newFactory(), EpollSockets::new);
    }

    /** Has the socket whose channel has just read read by this from now on. */
    void readBy(SocketReader reader, FileDescriptor socket) {
        SocketHandle current = readByChannel;
        if (current != null && current.socket.equals(socket)) {
            current.reader = reader;
        }
    }

    @Override
    public int run(IoHandlerContext context) {
        try {
            return super.run(context);
        } finally {
            read();
        }
    }

    private void read() {
        int end = count;
        count = 0;
        int sum = 0;
        for (int i = 0; i < end; i++) {
            SocketHandle each = readable[i];
            if (each != null && each.reader != null) {
                sum += each.reader.prefetch();
            }
        }
        prefetched = sum;
        for (int i = 0; i < end; i++) {
            SocketHandle each = readable[i];
            readable[i] = null;
            if (each != null) {
                each.read();
            }
        }
    }

    @Override
    IoHandle guard(IoHandle handle) {
        return handle instanceof EpollIoHandle channel && channel.fd() instanceof Socket socket
                ? new SocketHandle(channel, socket)
                : handle;
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        IoRegistration registration = super.register(handle);
        return handle instanceof EpollIoHandle channel && channel.fd() instanceof Socket
                ? new SocketRegistration(registration)
                : registration;
    }

    /**
     * Asks for the end of the input only while reading is asked for: a channel that is told of it reads all that came before, also while
     * reading is paused.
     */
    private record SocketRegistration(IoRegistration epoll) implements IoRegistration {
        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
        public <T> T attachment() {
            return epoll.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            EpollIoOps asked = (EpollIoOps) ops;
            if (asked.contains(EpollIoOps.EPOLLIN) || !asked.contains(EpollIoOps.EPOLLRDHUP)) {
                return epoll.submit(asked);
            }
            // With errors, which are told of in any case: who asks for nothing is forgotten.
            return epoll.submit(asked.without(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLERR));
        }

        @Override
        public boolean isValid() {
            return epoll.isValid();
        }

        @Override
        public boolean cancel() {
            return epoll.cancel();
        }
    }

    /** What epoll tells of a socket: its channel, or its reader if there is one. */
    @SuppressWarnings("try") // Netty lets its close throw anything
    private final class SocketHandle extends Handle<EpollIoHandle> implements EpollIoHandle {
        private final Socket socket;
        private @Nullable SocketReader reader;

        SocketHandle(EpollIoHandle channel, Socket socket) {
            super(channel);
            this.socket = socket;
        }

        @Override
        public FileDescriptor fd() {
            return socket;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            // Whatever else there is to tell, the end of the input say, is for the channel.
            if (reader != null && ((EpollIoEvent) event).ops().value() == READABLE) {
                readable[count++] = this;
                if (count == TOGETHER) {
                    EpollSockets.this.read();
                }
                return;
            }
            readByChannel = this;
            super.handle(registration, event);
            readByChannel = null;
        }

        /** Never throws: epoll tells of what there is to read once, and the sockets after this one have been told. */
        void read() {
            try {
                // Those before it may have closed it, and another socket may have its number already.
                if (reader != null && socket.isOpen() && !reader.read(socket)) {
                    reader = null;
                }
            } catch (Throwable thrown) {
                ErrorGuard.end(channel, thrown);
            }
        }
    }
}
