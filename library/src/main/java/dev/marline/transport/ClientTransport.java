package dev.marline.transport;

import dev.marline.Limits;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.WebSocketAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** A client's event loops, and how it connects. */
public final class ClientTransport {
    /**
     * How to connect.
     *
     * @param trust which servers a {@code wss} connection trusts
     * @param proxy an HTTP proxy to go through with CONNECT, as {@code http://user:password@host:port}; null for none
     */
    public record Settings(
            Limits limits,
            boolean pauseReadingWhenCongested,
            TlsTrust trust,
            @Nullable WebSocketAddress proxy) {}

    private final IoBackend backend;
    private final EventLoopGroup loops;
    private final OpenSockets sockets = new OpenSockets();

    /** @param threads how many event loops, daemon threads */
    public ClientTransport(Transport transport, int threads) {
        backend = IoBackend.of(transport);
        loops = Channels.newLoops("marline-client", true, threads, backend);
    }

    /**
     * Connects and opens a WebSocket.
     *
     * @return fails with a {@link WebSocketException}
     */
    public CompletableFuture<WebSocket> connect(
            WebSocketAddress address, ClientHandshake handshake, WebSocketListener listener, Settings settings) {
        CompletableFuture<WebSocket> opened = new CompletableFuture<>();
        ClientHandshakeHandler handler =
                new ClientHandshakeHandler(address, handshake, listener, settings, sockets, opened);
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(backend.socketChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(
                        Integer.MAX_VALUE, settings.limits().handshakeTimeout().toMillis()))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Channels.configure(channel, settings.limits());
                        initialize(channel.pipeline(), address, settings, handler);
                    }
                });
        if (settings.proxy() != null) {
            // The proxy looks up the name: this machine may not be able to.
            bootstrap.resolver(NoopAddressResolverGroup.INSTANCE);
        }
        bootstrap
                .connect(InetSocketAddress.createUnresolved(address.host(), address.port()))
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        Throwable cause = connected.cause();
                        opened.completeExceptionally(new WebSocketException(
                                "cannot connect to " + address + ": " + ClientHandshakeHandler.words(cause), cause));
                    }
                });
        return opened;
    }

    private static void initialize(
            ChannelPipeline pipeline, WebSocketAddress address, Settings settings, ClientHandshakeHandler handler) {
        Duration timeout = settings.limits().handshakeTimeout();
        if (settings.proxy() != null) {
            HttpProxyHandler proxy = proxyHandler(settings.proxy());
            proxy.setConnectTimeoutMillis(timeout.toMillis());
            pipeline.addLast(proxy);
        }
        if (address.secure()) {
            pipeline.addLast(tlsHandler(pipeline.channel(), address, settings.trust(), timeout));
        }
        handler.addTo(pipeline);
    }

    private static HttpProxyHandler proxyHandler(WebSocketAddress proxy) {
        InetSocketAddress address = new InetSocketAddress(proxy.host(), proxy.port());
        if (proxy.userInfo() == null) {
            return new HttpProxyHandler(address);
        }
        String[] credentials = proxy.userInfo().split(":", 2);
        return new HttpProxyHandler(address, credentials[0], credentials.length == 2 ? credentials[1] : "");
    }

    private static SslHandler tlsHandler(Channel channel, WebSocketAddress address, TlsTrust trust, Duration timeout) {
        SslContext context = trust.context();
        SslHandler tls = context.newHandler(channel.alloc(), address.host(), address.port());
        tls.setHandshakeTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (trust.verifiesHostName()) {
            SSLEngine engine = tls.engine();
            SSLParameters parameters = engine.getSSLParameters();
            // RFC 2818 §3.1 and its successors: a certificate for another name is somebody else's.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        return tls;
    }

    public OpenSockets sockets() {
        return sockets;
    }

    /** Ends the event loops, and with them all connections that are left. */
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
