package dev.marline.transport.loop;

import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Options of TCP connections, by the names that each transport has for them. */
public final class TcpChannelOptions {
    /** An option and what it is set to. */
    record Setting<T>(ChannelOption<T> option, T value) {
        private void on(Bootstrap client) {
            client.option(option, value);
        }

        private void on(Channel connection) {
            connection.config().setOption(option, value);
        }
    }

    private final List<Setting<?>> settings = new ArrayList<>();

    /**
     * What to set on a connection.
     *
     * @throws IllegalArgumentException if the transport cannot do that on this system
     */
    public TcpChannelOptions(TcpOptions options, IoBackend backend) {
        Transport transport = backend.transport();
        if (!options.keepAliveIdle().isZero()) {
            int idle = (int) options.keepAliveIdle().toSeconds();
            int interval = (int) options.keepAliveInterval().toSeconds();
            int probes = options.keepAliveProbes();
            set(ChannelOption.SO_KEEPALIVE, true);
            switch (transport) {
                case EPOLL -> {
                    set(EpollChannelOption.TCP_KEEPIDLE, idle);
                    set(EpollChannelOption.TCP_KEEPINTVL, interval);
                    set(EpollChannelOption.TCP_KEEPCNT, probes);
                }
                case IO_URING -> {
                    set(IoUringChannelOption.TCP_KEEPIDLE, idle);
                    set(IoUringChannelOption.TCP_KEEPINTVL, interval);
                    set(IoUringChannelOption.TCP_KEEPCNT, probes);
                }
                case NIO -> {
                    set(ofJdk("TCP_KEEPIDLE"), idle);
                    set(ofJdk("TCP_KEEPINTERVAL"), interval);
                    set(ofJdk("TCP_KEEPCOUNT"), probes);
                }
                case KQUEUE, AUTO ->
                    throw new IllegalArgumentException("keepAliveIdle is " + options.keepAliveIdle()
                            + ", but transport " + transport + " cannot set the times of TCP keep-alive: NIO can");
            }
        }
        Duration userTimeout = options.userTimeout();
        if (!userTimeout.isZero()) {
            switch (transport) {
                case EPOLL -> set(EpollChannelOption.TCP_USER_TIMEOUT, (int) userTimeout.toMillis());
                case IO_URING -> set(IoUringChannelOption.TCP_USER_TIMEOUT, (int) userTimeout.toMillis());
                case KQUEUE, NIO, AUTO ->
                    throw new IllegalArgumentException("userTimeout is " + userTimeout + ", but transport " + transport
                            + " has no TCP_USER_TIMEOUT: EPOLL and IO_URING have it, on Linux");
            }
        }
    }

    private <T> void set(ChannelOption<T> option, T value) {
        settings.add(new Setting<>(option, value));
    }

    List<Setting<?>> settings() {
        return settings;
    }

    /** Sets them on a connection that is to be made. */
    public void on(Bootstrap client) {
        settings.forEach(setting -> setting.on(client));
    }

    /** Sets them on a connection that has been accepted. */
    public void on(Channel connection) {
        settings.forEach(setting -> setting.on(connection));
    }

    /**
     * Several sockets on one port.
     *
     * @throws IllegalArgumentException if this system does not have that
     */
    public static ChannelOption<Boolean> reusePort(IoBackend backend) {
        if (backend.transport() != Transport.NIO) {
            return UnixChannelOption.SO_REUSEPORT;
        }
        try (NetworkChannel probe = ServerSocketChannel.open()) {
            if (!probe.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                throw new IllegalArgumentException("this system has no SO_REUSEPORT");
            }
            return NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
        } catch (IOException e) {
            throw new WebSocketException("cannot open a socket: " + Causes.inWords(e), e);
        }
    }

    /** An option that the JDK has in a module of its own, which need not be there. */
    @SuppressWarnings("unchecked") // all that are asked for are numbers
    private static ChannelOption<Integer> ofJdk(String name) {
        try (NetworkChannel probe = SocketChannel.open()) {
            for (SocketOption<?> option : probe.supportedOptions()) {
                if (option.name().equals(name)) {
                    return NioChannelOption.of((SocketOption<Integer>) option);
                }
            }
        } catch (IOException e) {
            throw new WebSocketException("cannot open a socket: " + Causes.inWords(e), e);
        }
        throw new IllegalArgumentException(
                "keepAliveIdle is set, but transport NIO has no " + name + " on this system and JDK");
    }
}
