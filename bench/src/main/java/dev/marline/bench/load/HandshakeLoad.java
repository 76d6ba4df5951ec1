package dev.marline.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Connects, does a whole TLS handshake, says goodbye, and connects again, so many times at once. BoringSSL does it, on one event loop. */
final class HandshakeLoad implements AutoCloseable {
    /** Connections that have ended keep their ports for a minute: each address has its own. */
    private static final int ADDRESSES = 200;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final AtomicLong completed = new AtomicLong();
    private final AtomicInteger nextAddress = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final InetSocketAddress server;
    private final SslContext tls;

    /** @param version {@code TLSv1.2} or {@code TLSv1.3} */
    HandshakeLoad(int port, String version, int concurrent) throws SSLException {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .protocols(version)
                .build();
        for (int i = 0; i < concurrent; i++) {
            connect();
        }
    }

    private void connect() {
        if (loop.isShuttingDown()) {
            return;
        }
        InetSocketAddress from = new InetSocketAddress("127.0.0." + (2 + nextAddress.getAndIncrement() % ADDRESSES), 0);
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        shakeHands(channel);
                    }
                })
                .connect(server, from)
                .addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        connected.channel().closeFuture().addListener(closed -> connect());
                    } else {
                        fail(connected.cause());
                    }
                });
    }

    private void shakeHands(Channel channel) {
        // Without a peer's name, no session is kept that could be resumed.
        SslHandler handler = tls.newHandler(channel.alloc());
        channel.pipeline().addLast(handler);
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                completed.incrementAndGet();
            } else {
                fail(done.cause());
            }
            channel.close();
        });
    }

    private void fail(Throwable cause) {
        if (!loop.isShuttingDown()) {
            failure.compareAndSet(null, cause);
        }
    }

    /** How many handshakes have been made. */
    long completed() {
        return completed.get();
    }

    void requireNoFailure() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new LoadException("a handshake has failed: " + cause);
        }
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
