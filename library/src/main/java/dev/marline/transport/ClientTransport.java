package dev.marline.transport;

import dev.marline.Limits;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.WebSocketAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's event loops, and how it connects. */
public final class ClientTransport {
    /**
     * How to connect.
     *
     * @param tls for {@code wss} connections
     * @param http the versions that may be spoken
     * @param proxy an HTTP proxy to go through with CONNECT, as {@code http://user:password@host:port}; null for none
     */
    public record Settings(
            Limits limits,
            boolean pauseReadingWhenCongested,
            ClientTlsContext tls,
            Set<HttpVersion> http,
            @Nullable WebSocketAddress proxy) {
        /** The proxy, without its user. */
        String proxyName() {
            return proxy == null ? "none" : "http://" + proxy.host() + ":" + proxy.port();
        }
    }

    private final IoBackend backend;
    private final Map<ChannelOption<?>, Object> tcpOptions;
    private final EventLoopGroup loops;
    private final ConnectingQueue connecting;
    private final OpenSockets sockets = new OpenSockets();
    private final QuicConnections quicConnections = new QuicConnections();

    /** For each origin the connection that was opened last, which is the one that may have room. */
    private final Map<Origin, SharedConnection> shared = new ConcurrentHashMap<>();

    private final Set<Origin> withoutWebSocketsOverHttp2 = ConcurrentHashMap.newKeySet();

    private record Origin(
            boolean secure, String host, int port, @Nullable String socketPath) {
        static Origin of(WebSocketAddress address) {
            return new Origin(address.secure(), address.host(), address.port(), address.socketPath());
        }
    }

    /**
     * Starts the event loops.
     *
     * @param threads how many there are, daemon threads
     * @param tcp what is set on connections
     * @throws IllegalArgumentException if the transport is not there, or cannot set that; the message says why
     */
    public ClientTransport(Transport transport, int threads, TcpOptions tcp) {
        backend = IoBackend.of(transport);
        tcpOptions = TcpChannelOptions.of(tcp, backend);
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
        OpeningAttempt attempt = new OpeningAttempt(address, handshake, listener, settings, sockets, opened);
        Set<HttpVersion> offered = offered(attempt);
        openShared(attempt, offered, () -> inTurn(attempt, offered));
        return opened;
    }

    /** What can be offered to a server: without TLS, nobody can choose, and HTTP/1.1 is what everybody speaks. */
    private Set<HttpVersion> offered(OpeningAttempt attempt) {
        Set<HttpVersion> http = attempt.settings().http();
        boolean first =
                !attempt.address().secure() || withoutWebSocketsOverHttp2.contains(Origin.of(attempt.address()));
        return first && http.contains(HttpVersion.HTTP_1_1) ? Set.of(HttpVersion.HTTP_1_1) : http;
    }

    /** Opens a WebSocket on an HTTP/2 or HTTP/3 connection that is there, or else does something else. */
    private void openShared(OpeningAttempt attempt, Set<HttpVersion> offered, Runnable otherwise) {
        SharedConnection connection =
                offered.equals(Set.of(HttpVersion.HTTP_1_1)) ? null : shared.get(Origin.of(attempt.address()));
        if (connection == null) {
            otherwise.run();
        } else {
            connection.open(attempt, otherwise);
        }
    }

    /** Looks up the host, and when it is its turn opens a connection to it: by then, one that others have opened may do. */
    private void inTurn(OpeningAttempt attempt, Set<HttpVersion> offered) {
        WebSocketAddress address = attempt.address();
        if (address.socketPath() != null) {
            whenItsTurn(
                    loops.next(), address.socketPath(), backend.unixAddress(address.socketPath()), attempt, offered);
            return;
        }
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved(address.host(), address.port());
        EventLoop loop = loops.next();
        // Through a proxy it is the proxy that looks up the name: this machine may not be able to.
        AddressResolverGroup<? extends SocketAddress> resolvers =
                attempt.settings().proxy() == null
                        ? DefaultAddressResolverGroup.INSTANCE
                        : NoopAddressResolverGroup.INSTANCE;
        resolvers.getResolver(loop).resolve(unresolved).addListener((Future<SocketAddress> resolved) -> {
            if (!resolved.isSuccess()) {
                attempt.failCannotConnect(resolved.cause());
                return;
            }
            InetSocketAddress remote = (InetSocketAddress) resolved.getNow();
            Object host = remote.isUnresolved() ? remote.getHostString() : remote.getAddress();
            whenItsTurn(loop, host, remote, attempt, offered);
        });
    }

    private void whenItsTurn(
            EventLoop loop, Object host, SocketAddress remote, OpeningAttempt attempt, Set<HttpVersion> offered) {
        connecting.enter(host, () -> {
            attempt.opened().whenComplete((socket, thrown) -> connecting.leave(host));
            if (!attempt.opened().isDone()) {
                OpeningAttempt begun = attempt.beginningNow();
                openShared(begun, offered, () -> connect(loop, remote, begun, offered));
            }
        });
    }

    private void connect(EventLoop loop, SocketAddress remote, OpeningAttempt attempt, Set<HttpVersion> offered) {
        if (offered.contains(HttpVersion.HTTP_3)) {
            Http3ClientConnection.connect(loop, backend.datagramChannel(), (InetSocketAddress) remote, attempt, this);
            return;
        }
        Settings settings = attempt.settings();
        long timeout = settings.limits().handshakeTimeout().toMillis();
        Bootstrap bootstrap = new Bootstrap();
        if (attempt.address().socketPath() == null) {
            tcpOptions.forEach((option, value) -> set(bootstrap, option, value));
        }
        bootstrap
                .group(loop)
                .channel(attempt.address().socketPath() == null ? backend.socketChannel() : backend.unixSocketChannel())
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, timeout))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        boolean secure = attempt.address().secure();
                        Channels.configure(channel, Channels.waterMark(settings.limits()), secure);
                        initialize(channel.pipeline(), attempt, offered);
                        channel.pipeline()
                                .addLast(new ClientNegotiation(
                                        attempt,
                                        offered,
                                        ClientTransport.this,
                                        () -> connect(loop, remote, attempt, Set.of(HttpVersion.HTTP_1_1))));
                    }
                })
                .connect(remote)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        attempt.failCannotConnect(connected.cause());
                    }
                });
    }

    @SuppressWarnings("unchecked") // an option and its value go together
    private static <T> void set(Bootstrap bootstrap, ChannelOption<T> option, Object value) {
        bootstrap.option(option, (T) value);
    }

    private static void initialize(ChannelPipeline pipeline, OpeningAttempt attempt, Set<HttpVersion> offered) {
        Settings settings = attempt.settings();
        Duration timeout = settings.limits().handshakeTimeout();
        if (settings.proxy() != null && attempt.address().socketPath() == null) {
            HttpProxyHandler proxy = proxyHandler(settings.proxy());
            proxy.setConnectTimeoutMillis(timeout.toMillis());
            pipeline.addLast(proxy);
        }
        if (attempt.address().secure()) {
            WebSocketAddress address = attempt.address();
            pipeline.addLast(settings.tls()
                    .newHandler(pipeline.channel(), address.host(), address.port(), Channels.alpn(offered), timeout));
        }
    }

    QuicConnections quicConnections() {
        return quicConnections;
    }

    /** Has other WebSockets to the origin share a connection. */
    void share(WebSocketAddress address, SharedConnection connection) {
        shared.put(Origin.of(address), connection);
    }

    void shareNoMore(WebSocketAddress address, SharedConnection connection) {
        shared.remove(Origin.of(address), connection);
    }

    /** Remembers that HTTP/2 is no use with a server. */
    void withoutWebSocketsOverHttp2(WebSocketAddress address) {
        withoutWebSocketsOverHttp2.add(Origin.of(address));
    }

    private static HttpProxyHandler proxyHandler(WebSocketAddress proxy) {
        InetSocketAddress address = new InetSocketAddress(proxy.host(), proxy.port());
        if (proxy.userInfo() == null) {
            return new HttpProxyHandler(address);
        }
        String[] credentials = proxy.userInfo().split(":", 2);
        return new HttpProxyHandler(address, credentials[0], credentials.length == 2 ? credentials[1] : "");
    }

    public OpenSockets sockets() {
        return sockets;
    }

    /** Ends the event loops, and with them all connections that are left. */
    public void close() {
        // A stream that is paused, and has something to read yet, would not be ended by its connection's end.
        sockets.abort();
        quicConnections.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
