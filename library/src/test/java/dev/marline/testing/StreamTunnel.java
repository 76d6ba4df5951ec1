package dev.marline.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * A tunnel with a TCP connection to the peer at one end and a stream to Marline at the other: all but the streams themselves. All
 * tunnels share an event loop, so that nothing in them happens at the same time.
 */
abstract class StreamTunnel implements Tunnel {
    static final EventLoop LOOP = new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("tunnel", true), NioIoHandler.newFactory())
            .next();

    /** All that is open. */
    final ChannelGroup channels = new DefaultChannelGroup(LOOP);

    private int port;

    /** Opens a stream to the server at this port. */
    abstract void openStream(int server, Consumer<Channel> opened);

    /** Listens for clients, and hands over each stream that one opens, before anything is read from it. */
    abstract Channel listen(Consumer<Channel> opened);

    final StreamTunnel toServer(int server) {
        port = listenForPeers(peer -> openStream(server, stream -> join(peer, stream)));
        return this;
    }

    final StreamTunnel toPeer(int peer) {
        port = portOf(listen(stream -> connectToPeer(peer, connection -> join(connection, stream))));
        return this;
    }

    private int listenForPeers(Consumer<Channel> connected) {
        return portOf(new ServerBootstrap()
                .group(LOOP)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_RCVBUF, Ends.RECEIVE_BUFFER)
                .childHandler(peerInitializer(connected))
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel());
    }

    private void connectToPeer(int peer, Consumer<Channel> connected) {
        new Bootstrap()
                .group(LOOP)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.SO_RCVBUF, Ends.RECEIVE_BUFFER)
                .handler(peerInitializer(channel -> {}))
                .connect(InetAddress.getLoopbackAddress(), peer)
                .addListener((ChannelFuture done) -> {
                    if (done.isSuccess()) {
                        connected.accept(done.channel());
                    }
                });
    }

    private ChannelInitializer<Channel> peerInitializer(Consumer<Channel> then) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channels.add(channel);
                channel.config().setOption(ChannelOption.SO_SNDBUF, Ends.RECEIVE_BUFFER);
                channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                channel.config().setAutoRead(false);
                Http1End.addTo(channel.pipeline());
                then.accept(channel);
            }
        };
    }

    private static void join(Channel peer, Channel stream) {
        peer.pipeline().addLast(new Relay(stream));
        stream.pipeline().addLast(new Relay(peer));
        peer.config().setAutoRead(true);
        stream.config().setAutoRead(true);
    }

    final int portOf(Channel listening) {
        channels.add(listening);
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void close() {
        channels.close().syncUninterruptibly();
    }
}
