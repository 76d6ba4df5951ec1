package dev.marline.transport.client;

import dev.marline.HostResolver;
import dev.marline.Limits;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.http.QuicConnections;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.EventLoops;
import dev.marline.transport.loop.IoBackend;
import dev.marline.transport.loop.LogPreparation;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.MemoryBudgets;
import dev.marline.transport.loop.Shutdown;
import dev.marline.transport.loop.TcpChannelOptions;
import dev.marline.transport.tls.ClientTlsContext;
import dev.marline.transport.tls.RenegotiationGuard;
import dev.marline.transport.websocket.BlockingThreads;
import dev.marline.transport.websocket.OpenSockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's event loops, and how it connects. */
public final class ClientTransport {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * How to connect.
     *
     * @param tls for {@code wss} connections
     * @param http the versions that may be spoken
     * @param resolver looks up names
     * @param localAddress where connections come from; null for wherever the system wants
     */
    public record Settings(
            Limits limits,
            boolean pauseReadingWhenCongested,
            ClientTlsContext tls,
            Set<HttpVersion> http,
            HostResolver resolver,
            @Nullable InetAddress localAddress) {}

    /** What TLS with the server is called in a connection's pipeline, where the proxy's may stand before it. */
    static final String TLS = "TLS";

    /** How many origins are remembered as those that want HTTP/1.1. */
    private static final int MAX_ORIGINS = 1000;

    private final IoBackend backend;
    private final TcpChannelOptions tcpOptions;
    private final EventLoops loops;
    private final ConnectingQueue connecting;
    private final ExecutorService blocking = BlockingThreads.newExecutor();
    private final OpenSockets sockets;

    private final Shutdown shutdown = new Shutdown("marline-close", true);

    /** Whether an event loop has ended by itself. */
    private volatile boolean failed;

    /** What has not come to an end yet, and is to when the client does. */
    private final Map<Object, CompletableFuture<?>> pending = new ConcurrentHashMap<>();

    private final QuicConnections quicConnections = new QuicConnections();

    /** For each origin the connection that was opened last, which is the one that may have room. */
    private final Map<Origin, SharedConnection> shared = new ConcurrentHashMap<>();

    /** The origins that were found last to have WebSockets over HTTP/1.1 only. */
    private final Set<Origin> withoutWebSocketsOverHttp2 =
            Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Origin, Boolean> eldest) {
                    return size() > MAX_ORIGINS;
                }
            }));

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
     * @param limits those of all connections together
     * @throws IllegalArgumentException if the transport is not there, or cannot set that; the message says why
     */
    public ClientTransport(Transport transport, int threads, TcpOptions tcp, Limits limits) {
        LogPreparation.prepare();
        sockets = new OpenSockets(MemoryBudgets.ofClient(limits));
        backend = IoBackend.of(transport);
        tcpOptions = new TcpChannelOptions(tcp, backend);
        loops = Channels.newLoops("marline-client", true, threads, backend);
        connecting = new ConnectingQueue(loops);
        loops.whenOneEnds().thenAccept(this::closeOnFailure);
    }

    /** Closes the client when one of its event loops has ended by itself: new connections would be lost on it. */
    private void closeOnFailure(@Nullable Throwable cause) {
        if (shutdown.hasBegun()) {
            return;
        }
        failed = true;
        WebSocketException failure = new WebSocketException("an event loop of the client has ended", cause);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        pending.values().forEach(future -> future.completeExceptionally(failure));
        blocking.shutdownNow();
        LOG.log(Level.ERROR, "an event loop has ended; the client closes", cause);
    }

    /**
     * Connects and opens a WebSocket.
     *
     * @param via the way through a proxy; null for none
     * @return fails with a {@link WebSocketException}, which is a {@link ProxyException} if it was the proxy
     */
    public CompletableFuture<WebSocket> connect(
            WebSocketAddress address,
            ClientHandshake handshake,
            @Nullable ViaProxy via,
            WebSocketListener listener,
            Settings settings,
            HandshakeDeadline deadline) {
        CompletableFuture<WebSocket> opened = pending();
        if (opened.isDone()) {
            return opened;
        }
        OpeningAttempt attempt =
                new OpeningAttempt(address, handshake, via, listener, settings, sockets, opened, deadline, false);
        Set<HttpVersion> offered = offered(attempt);
        openShared(attempt, offered, this::lookUp);
        return opened;
    }

    /** Something to wait for, which fails when the client closes, or at once if it has. */
    private <T> CompletableFuture<T> pending() {
        CompletableFuture<T> future = new CompletableFuture<>();
        Object entry = new Object();
        pending.put(entry, future);
        future.whenComplete((value, thrown) -> pending.remove(entry));
        if (failed || shutdown.hasBegun()) {
            future.completeExceptionally(closed());
        }
        return future;
    }

    /** Calls what may block, in a thread of its own, and waits for it until the deadline. */
    public <T> CompletableFuture<T> call(Callable<T> mayBlock, HandshakeDeadline deadline) {
        CompletableFuture<T> result = pending();
        try {
            // Not orTimeout: the JDK's timer thread would keep the class loader of the application that was the first
            // to use it.
            Future<?> timeout = loops.schedule(
                    () -> result.completeExceptionally(new TimeoutException()),
                    deadline.nanosLeft(),
                    TimeUnit.NANOSECONDS);
            result.whenComplete((value, thrown) -> timeout.cancel(false));
            blocking.execute(() -> {
                try {
                    result.complete(mayBlock.call());
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(closed());
        }
        return result;
    }

    /** What can be offered to a server: without TLS, nobody can choose, and HTTP/1.1 is what everybody speaks. */
    private Set<HttpVersion> offered(OpeningAttempt attempt) {
        Set<HttpVersion> http = attempt.settings().http();
        boolean first =
                !attempt.address().secure() || withoutWebSocketsOverHttp2.contains(Origin.of(attempt.address()));
        return first && http.contains(HttpVersion.HTTP_1_1) ? Set.of(HttpVersion.HTTP_1_1) : http;
    }

    /** Opens a WebSocket on an HTTP/2 or HTTP/3 connection that is there, or else does something else. */
    private void openShared(OpeningAttempt attempt, Set<HttpVersion> offered, Elsewhere elsewhere) {
        SharedConnection connection = attempt.isRepeated() || offered.equals(Set.of(HttpVersion.HTTP_1_1))
                ? null
                : shared.get(Origin.of(attempt.address()));
        if (connection == null) {
            elsewhere.connect(attempt, offered);
        } else {
            connection.open(attempt, elsewhere);
        }
    }

    private void lookUp(OpeningAttempt attempt, Set<HttpVersion> offered) {
        String socketPath = attempt.address().socketPath();
        if (socketPath != null) {
            inTurn(attempt, offered, List.of(socketPath), List.of(backend.unixAddress(socketPath)));
            return;
        }
        String host = attempt.nextHost();
        Settings settings = attempt.settings();
        Callable<List<InetAddress>> lookup =
                () -> HostLookup.lookUp(host, settings.resolver(), settings.localAddress());
        if (HostLookup.isAddress(host)) {
            try {
                inTurn(attempt, offered, lookup.call());
            } catch (Throwable e) {
                attempt.failCannotConnect(e);
            }
            return;
        }
        call(lookup, attempt.deadline()).whenComplete((addresses, thrown) -> {
            if (addresses != null) {
                inTurn(attempt, offered, addresses);
            } else if (thrown instanceof TimeoutException) {
                attempt.failTimedOut();
            } else if (thrown instanceof WebSocketException ended && (failed || shutdown.hasBegun())) {
                attempt.fail(ended);
            } else {
                attempt.failCannotConnect(thrown);
            }
        });
    }

    private void inTurn(OpeningAttempt attempt, Set<HttpVersion> offered, List<InetAddress> addresses) {
        // Through a proxy it is the proxy that looks up the name: this machine may not be able to.
        WebSocketAddress address = attempt.address();
        List<String> hosts = attempt.via() == null
                ? addresses.stream().map(InetAddress::getHostAddress).toList()
                : List.of(address.host().toLowerCase(Locale.ROOT));
        List<String> destinations =
                hosts.stream().map(host -> host + " " + address.port()).toList();
        List<SocketAddress> remotes = addresses.stream()
                .<SocketAddress>map(each -> new InetSocketAddress(each, attempt.nextPort()))
                .toList();
        inTurn(attempt, offered, destinations, remotes);
    }

    /** When it is its turn opens a connection to a host: by then, one that others have opened may do. */
    private void inTurn(
            OpeningAttempt attempt, Set<HttpVersion> offered, List<String> destinations, List<SocketAddress> remotes) {
        Future<?> timeout = failAfter(attempt, attempt.deadline().nanosLeft());
        connecting.enter(destinations, () -> {
            timeout.cancel(false);
            attempt.opened().whenComplete((socket, thrown) -> connecting.leave(destinations));
            if (!attempt.opened().isDone()) {
                // What watches over each step knows more, and is first, unless something was thrown on the way.
                Future<?> end = failAfter(attempt, attempt.deadline().nanosLeft() + GRACE_NANOS);
                attempt.opened().whenComplete((socket, thrown) -> end.cancel(false));
                openShared(attempt, offered, (again, http) -> connect(again, remotes, http));
            }
        });
    }

    /** Fails an attempt as timed out after a time, or at once if the client is closed. */
    private Future<?> failAfter(OpeningAttempt attempt, long nanos) {
        try {
            return loops.next().schedule(attempt::failTimedOut, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            attempt.fail(closed());
            return CompletableFuture.completedFuture(null);
        }
    }

    private void connect(OpeningAttempt attempt, List<SocketAddress> remotes, Set<HttpVersion> offered) {
        EventLoop loop = loops.next();
        boolean http3 = offered.contains(HttpVersion.HTTP_3);
        ConnectionRace.Start start = http3
                ? (remote, contender) -> Http3ClientConnection.connect(
                        loop,
                        backend.datagramChannel(),
                        (InetSocketAddress) remote,
                        attempt,
                        this,
                        contender,
                        (again, http) -> connect(again, List.of(remote), http))
                : (remote, contender) -> connect(loop, remote, attempt, offered, contender);
        new ConnectionRace(loop, attempt, remotes, start).begin();
    }

    private void connect(
            EventLoop loop,
            SocketAddress remote,
            OpeningAttempt attempt,
            Set<HttpVersion> offered,
            ConnectionRace.Contender contender) {
        Settings settings = attempt.settings();
        long timeout = settings.limits().handshakeTimeout().toMillis();
        boolean overTcp = attempt.address().socketPath() == null;
        Bootstrap bootstrap = new Bootstrap();
        if (overTcp) {
            tcpOptions.on(bootstrap);
            if (settings.localAddress() != null) {
                bootstrap.localAddress(new InetSocketAddress(settings.localAddress(), 0));
            }
        }
        ChannelFuture connecting = bootstrap
                .group(loop)
                .channel(overTcp ? backend.socketChannel() : backend.unixSocketChannel())
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, timeout))
                .handler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void handlerAdded(ChannelHandlerContext ctx) {
                        Channels.configure(ctx.channel(), Channels.waterMark(settings.limits()), usesTls(attempt));
                    }

                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        // One that lost has said nothing.
                        if (contender.wins()) {
                            ctx.pipeline().remove(this);
                            try {
                                begin(ctx.channel(), remote, attempt, offered);
                            } catch (Throwable thrown) {
                                ErrorGuard.close(ctx.channel());
                                attempt.failThrown(thrown);
                            }
                        }
                    }
                })
                .connect(remote);
        contender.with(connecting.channel());
        connecting.addListener(connected -> {
            if (!connected.isSuccess()) {
                contender.failed(connected.cause());
            }
        });
    }

    private void begin(Channel channel, SocketAddress remote, OpeningAttempt attempt, Set<HttpVersion> offered) {
        try {
            connected(channel, remote, attempt, offered);
        } catch (WebSocketException e) {
            attempt.fail(e); // TLS cannot be set up
            channel.close();
        }
    }

    private void connected(Channel channel, SocketAddress remote, OpeningAttempt attempt, Set<HttpVersion> offered) {
        Consumer<ChannelPipeline> negotiate = pipeline -> {
            ClientNegotiation negotiation = new ClientNegotiation(
                    attempt, offered, this, (again, http) -> connect(again, List.of(remote), http));
            String name = "negotiation";
            pipeline.addLast(name, negotiation);
            WebSocketAddress address = attempt.address();
            if (address.secure()) {
                SslHandler tls = tlsHandler(channel, attempt, address.host(), address.port(), Channels.alpn(offered));
                pipeline.addBefore(name, TLS, tls);
                RenegotiationGuard.addBefore(pipeline, tls);
            }
        };
        ViaProxy via = attempt.via();
        if (via == null) {
            negotiate.accept(channel.pipeline());
            return;
        }
        ProxyAddress proxy = via.proxy();
        SslHandler tls = proxy.kind() == ProxyAddress.Kind.HTTPS
                ? tlsHandler(channel, attempt, proxy.host(), proxy.port(), Channels.alpn(Set.of(HttpVersion.HTTP_1_1)))
                : null;
        ProxyTunnel.addTo(channel.pipeline(), attempt, via, tls, negotiate);
    }

    private static boolean usesTls(OpeningAttempt attempt) {
        ViaProxy via = attempt.via();
        return attempt.address().secure() || (via != null && via.proxy().kind() == ProxyAddress.Kind.HTTPS);
    }

    static WebSocketException closed() {
        return new WebSocketException("the client is closed");
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

    private static SslHandler tlsHandler(
            Channel channel, OpeningAttempt attempt, String host, int port, List<String> protocols) {
        Settings settings = attempt.settings();
        return settings.tls()
                .newHandler(channel, host, port, protocols, settings.limits().handshakeTimeout());
    }

    public OpenSockets sockets() {
        return sockets;
    }

    /**
     * Ends the event loops, and with them all connections that are left, and waits for their end, except on an event loop.
     *
     * @param last is run when no connection is left
     */
    public void close(Runnable last) {
        shutdown.run(
                () -> {
                    endAll();
                    last.run();
                },
                !LoopContext.isLoopThread());
    }

    private void endAll() {
        // Before the threads are interrupted, which would look like a failure of what they do.
        pending.values().forEach(future -> future.completeExceptionally(closed()));
        blocking.shutdownNow();
        // A stream that is paused, and has something to read yet, would not be ended by its connection's end.
        sockets.abort();
        quicConnections.close();
        if (!loops.shutDown()) {
            LOG.log(Level.WARNING, "an event loop has not ended; a callback blocks it, or takes too long");
        }
    }
}
