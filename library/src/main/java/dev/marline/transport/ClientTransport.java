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
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
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
            @Nullable WebSocketAddress proxy) {
        /** The proxy, without its user. */
        String proxyName() {
            return proxy == null ? "none" : "http://" + proxy.host() + ":" + proxy.port();
        }
    }

    private final IoBackend backend;
    private final EventLoopGroup loops;
    private final ConnectingQueue connecting;
    private final OpenSockets sockets = new OpenSockets();

    /** @param threads how many event loops, daemon threads */
    public ClientTransport(Transport transport, int threads) {
        backend = IoBackend.of(transport);
        loops = Channels.newLoops("marline-client", true, threads, backend);
        connecting = new ConnectingQueue(loops);
    }

    /**
     * Connects and opens a WebSocket.
     *
     * @return fails with a {@link WebSocketException}
     */
    public CompletableFuture<WebSocket> connect(
            WebSocketAddress address, ClientHandshake handshake, WebSocketListener listener, Settings settings) {
        if (loops.isShuttingDown()) {
            return CompletableFuture.failedFuture(new WebSocketException("the client is closed"));
        }
        CompletableFuture<WebSocket> opened = new CompletableFuture<>();
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved(address.host(), address.port());
        EventLoop loop = loops.next();
        // Through a proxy it is the proxy that looks up the name: this machine may not be able to.
        AddressResolverGroup<? extends SocketAddress> resolvers =
                settings.proxy() == null ? DefaultAddressResolverGroup.INSTANCE : NoopAddressResolverGroup.INSTANCE;
        resolvers.getResolver(loop).resolve(unresolved).addListener((Future<SocketAddress> resolved) -> {
            if (!resolved.isSuccess()) {
                opened.completeExceptionally(cannotConnect(address, resolved.cause()));
                return;
            }
            InetSocketAddress remote = (InetSocketAddress) resolved.getNow();
            Object host = remote.isUnresolved() ? remote.getHostString() : remote.getAddress();
            connecting.enter(host, () -> {
                opened.whenComplete((socket, thrown) -> connecting.leave(host));
                if (!opened.isDone()) {
                    open(loop, remote, address, handshake, listener, settings, opened);
                }
            });
        });
        return opened;
    }

    private void open(
            EventLoop loop,
            InetSocketAddress remote,
            WebSocketAddress address,
            ClientHandshake handshake,
            WebSocketListener listener,
            Settings settings,
            CompletableFuture<WebSocket> opened) {
        ClientHandshakeHandler handler =
                new ClientHandshakeHandler(address, handshake, listener, settings, sockets, opened);
        long timeout = settings.limits().handshakeTimeout().toMillis();
        new Bootstrap()
                .group(loop)
                .channel(backend.socketChannel())
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, timeout))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Channels.configure(channel, Channels.waterMark(settings.limits()), address.secure());
                        initialize(channel.pipeline(), address, settings, handler);
                    }
                })
                .connect(remote)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        opened.completeExceptionally(
                                settings.proxy() == null
                                        ? cannotConnect(address, connected.cause())
                                        : cannotConnect("proxy " + settings.proxyName(), connected.cause()));
                    }
                });
    }

    private static WebSocketException cannotConnect(Object what, Throwable cause) {
        return new WebSocketException("cannot connect to " + what + ": " + Causes.inWords(cause), cause);
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
