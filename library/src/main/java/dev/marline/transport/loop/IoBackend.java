package dev.marline.transport.loop;

import dev.marline.Transport;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Transport} with the classes that Netty has for it.
 *
 * @param transport which it is, not {@link Transport#AUTO}
 */
public record IoBackend(
        Transport transport,
        IoHandlerFactory handlers,
        Class<? extends ServerChannel> serverChannel,
        Class<? extends SocketChannel> socketChannel,
        Class<? extends DatagramChannel> datagramChannel,
        Class<? extends ServerChannel> unixServerChannel,
        Class<? extends Channel> unixSocketChannel) {

    /**
     * The classes for a transport.
     *
     * @throws IllegalArgumentException if this system does not have it; the message says why
     */
    public static IoBackend of(Transport transport) {
        Throwable missing = unavailability(transport);
        if (missing != null) {
            throw new IllegalArgumentException(
                    "transport " + transport + " is not available here: " + Causes.inWords(missing)
                            + NativeLibraries.remedy(transport),
                    missing);
        }
        return switch (transport) {
            case AUTO -> of(best());
            case EPOLL ->
                new IoBackend(
                        transport,
                        EpollSockets.newFactory(),
                        EpollServerSocketChannel.class,
                        EpollSocketChannel.class,
                        EpollDatagramChannel.class,
                        EpollServerDomainSocketChannel.class,
                        EpollDomainSocketChannel.class);
            case KQUEUE ->
                new IoBackend(
                        transport,
                        GuardedIo.guarding(KQueueIoHandler.newFactory()),
                        KQueueServerSocketChannel.class,
                        KQueueSocketChannel.class,
                        KQueueDatagramChannel.class,
                        KQueueServerDomainSocketChannel.class,
                        KQueueDomainSocketChannel.class);
            case IO_URING ->
                new IoBackend(
                        transport,
                        GuardedIo.guarding(IoUringIoHandler.newFactory()),
                        IoUringServerSocketChannel.class,
                        IoUringSocketChannel.class,
                        IoUringDatagramChannel.class,
                        IoUringServerDomainSocketChannel.class,
                        IoUringDomainSocketChannel.class);
            case NIO ->
                new IoBackend(
                        transport,
                        GuardedIo.guarding(NioIoHandler.newFactory()),
                        NioServerSocketChannel.class,
                        NioSocketChannel.class,
                        NioDatagramChannel.class,
                        NioServerDomainSocketChannel.class,
                        NioDomainSocketChannel.class);
        };
    }

    /** The address of a Unix domain socket, as these classes want it. */
    public SocketAddress unixAddress(String path) {
        return transport == Transport.NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path);
    }

    /** Why this system does not have the transport; null if it does. */
    static @Nullable Throwable unavailability(Transport transport) {
        return switch (transport) {
            case AUTO, NIO -> null;
            case EPOLL -> Epoll.unavailabilityCause();
            case KQUEUE -> KQueue.unavailabilityCause();
            case IO_URING -> IoUring.unavailabilityCause();
        };
    }

    private static Transport best() {
        if (Epoll.isAvailable()) {
            return Transport.EPOLL;
        }
        if (KQueue.isAvailable()) {
            return Transport.KQUEUE;
        }
        NativeLibraries.warnOfNio();
        return Transport.NIO;
    }
}
