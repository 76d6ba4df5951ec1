package dev.marline.transport.listening;

import dev.marline.HostResolver;
import dev.marline.WebSocketException;
import dev.marline.transport.listening.ListenerSettings.Inherited;
import dev.marline.transport.listening.ListenerSettings.Tcp;
import dev.marline.transport.listening.ListenerSettings.Unix;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.IoBackend;
import dev.marline.transport.loop.TcpChannelOptions;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sockets of one of the things that a server listens on, and what connections that come through them want to know of it. */
public final class ServerListener {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private static final AttributeKey<ServerListener> KEY = AttributeKey.valueOf(ServerListener.class, "listener");

    private static final int CLOSING_SECONDS = 1;

    private final ListenerSettings settings;
    private final EventLoopGroup loops;
    private final IoBackend backend;
    private final HostResolver resolver;
    private final List<Channel> listening = new ArrayList<>();

    /** Listened on until all connections have ended: they go through them. */
    private final List<Channel> datagrams = new ArrayList<>();

    private final List<SocketAddress> addresses = new ArrayList<>();
    private @Nullable SocketFile file;
    private volatile @Nullable String http3Service;

    public ServerListener(ListenerSettings settings, EventLoopGroup loops, IoBackend backend) {
        this(settings, loops, backend, HostResolver.JDK);
    }

    ServerListener(ListenerSettings settings, EventLoopGroup loops, IoBackend backend, HostResolver resolver) {
        this.settings = settings;
        this.resolver = resolver;
        this.loops = loops;
        this.backend = backend;
    }

    /** What a connection, or a stream of one, has come through; null for a client's. */
    public static @Nullable ServerListener of(Channel channel) {
        for (Channel each = channel; each != null; each = each.parent()) {
            if (each.hasAttr(KEY)) {
                return each.attr(KEY).get();
            }
        }
        return null;
    }

    // ---- listening

    /**
     * Listens for connections.
     *
     * @param accept what sets them up
     * @param options what is set on those that are TCP's
     * @throws WebSocketException if that cannot be done, because the port is in use, say
     */
    public void listen(ChannelHandler accept, TcpChannelOptions options) {
        Bootstrap bootstrap = new Bootstrap().group(loops).attr(KEY, this);
        Supplier<ChannelHandler> acceptor = () -> new ConnectionAcceptor(loops, accept, options::on);
        Supplier<ChannelHandler> localAcceptor = () -> new ConnectionAcceptor(loops, accept, connection -> {});
        if (settings.address() instanceof Tcp tcp) {
            listenOnPort(bootstrap, acceptor, tcp);
        } else if (settings.address() instanceof Unix unix) {
            listenOnFile(bootstrap.handler(localAcceptor.get()), unix);
        } else if (settings.address() instanceof Inherited inherited) {
            for (InheritedSockets.Taken taken : InheritedSockets.take(inherited, backend.transport())) {
                boolean overTcp = taken.address() instanceof InetSocketAddress;
                Bootstrap each = bootstrap
                        .clone()
                        .channelFactory(taken::channel)
                        .handler((overTcp ? acceptor : localAcceptor).get());
                add(each.register().awaitUninterruptibly());
                addresses.add(taken.address());
            }
        }
    }

    private void listenOnPort(Bootstrap bootstrap, Supplier<ChannelHandler> acceptor, Tcp tcp) {
        bootstrap
                .channel(backend.serverChannel())
                .option(ChannelOption.SO_BACKLOG, settings.backlog())
                .option(ChannelOption.SO_REUSEADDR, true);
        if (tcp.reusePort()) {
            bootstrap.option(TcpChannelOptions.reusePort(backend), true);
        }
        bindEach(tcp, "", address -> bootstrap.handler(acceptor.get()).bind(address), listening);
    }

    /**
     * Binds the port on each address of the host.
     *
     * @param over how the message of a failure goes on
     * @param bound takes the sockets
     */
    @SuppressWarnings("ReferenceEquality") // the list itself
    private void bindEach(Tcp tcp, String over, Function<SocketAddress, ChannelFuture> bind, List<Channel> bound) {
        ChannelFuture failed = null;
        for (InetSocketAddress address : lookUp(tcp)) {
            // One that the system chose for the first address serves for all.
            int port = addresses.isEmpty() ? tcp.port() : port();
            ChannelFuture future = bind.apply(new InetSocketAddress(address.getAddress(), port))
                    .awaitUninterruptibly();
            if (future.isSuccess()) {
                if (bound == listening || listening.isEmpty()) {
                    addresses.add(future.channel().localAddress());
                }
                bound.add(future.channel());
            } else if (bound.isEmpty() || tcp.port() != 0) {
                // Where the system chose the port, it may be in use on another address.
                failed = future;
                if (isAvailable(address.getAddress())) {
                    throw cannotListen(over, future);
                }
                LOG.log(Level.DEBUG, "{0} is left out: the machine does not have this address", address);
            }
        }
        if (bound.isEmpty() && failed != null) {
            throw cannotListen(over, failed);
        }
    }

    /**
     * Whether sockets can be bound to an address at all. A host may have addresses that the machine does not: the hosts files of
     * containers often have ::1 for localhost where no interface has it.
     */
    private static boolean isAvailable(InetAddress address) {
        try (ServerSocket probe = new ServerSocket(0, 1, address)) {
            return probe.isBound();
        } catch (IOException unavailable) {
            return false;
        }
    }

    private void listenOnFile(Bootstrap bootstrap, Unix unix) {
        SocketFile prepared = SocketFile.prepare(unix);
        ChannelFuture bound = bootstrap
                .channel(backend.unixServerChannel())
                .option(ChannelOption.SO_BACKLOG, settings.backlog())
                .bind(backend.unixAddress(prepared.provisionalPath()))
                .awaitUninterruptibly();
        add(bound);
        try {
            prepared.publish();
            file = prepared;
            addresses.add(unix.socketAddress());
        } catch (IOException e) {
            throw new WebSocketException("cannot listen on " + unix + ": " + Causes.inWords(e), e);
        }
    }

    private void add(ChannelFuture bound) {
        if (!bound.isSuccess()) {
            throw cannotListen("", bound);
        }
        listening.add(bound.channel());
    }

    private WebSocketException cannotListen(String over, ChannelFuture failed) {
        return new WebSocketException(
                "cannot listen on " + settings.address() + over + ": " + Causes.inWords(failed.cause()),
                failed.cause());
    }

    /** Whether HTTP/3 can be spoken: on a TCP port's twin, over TLS. */
    public boolean takesHttp3() {
        return settings.address() instanceof Tcp && !settings.clearText();
    }

    /**
     * Listens for HTTP/3 on the same addresses and port, over UDP, and has it announced.
     *
     * @param connections what a UDP port is set up with
     */
    public void listenForHttp3(ChannelHandler connections) {
        Tcp tcp = (Tcp) settings.address();
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .attr(KEY, this)
                .channel(backend.datagramChannel())
                .handler(connections);
        if (tcp.reusePort()) {
            bootstrap.option(TcpChannelOptions.reusePort(backend), true);
        }
        bindEach(tcp, " over UDP", bootstrap::bind, datagrams);
        http3Service = "h3=\":" + port() + "\"; ma=86400";
    }

    private List<InetSocketAddress> lookUp(Tcp tcp) {
        if (tcp.host() == null) {
            return List.of(new InetSocketAddress(tcp.port()));
        }
        try {
            return resolver.resolve(tcp.host()).stream()
                    .map(address -> new InetSocketAddress(address, tcp.port()))
                    .toList();
        } catch (UnknownHostException e) {
            throw new WebSocketException("cannot listen on '" + tcp.host() + "': there is no such host", e);
        }
    }

    /** Listens for connections no more; those over QUIC go on. */
    public void close() {
        if (file != null) {
            file.remove();
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSING_SECONDS);
        listening.forEach(Channel::close);
        // An event loop that a callback blocks closes its sockets later.
        listening.forEach(channel ->
                channel.closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
    }

    // ---- what there is to know

    public boolean isClearText() {
        return settings.clearText();
    }

    /** What is listened on. */
    public List<SocketAddress> addresses() {
        return addresses;
    }

    /** The name of a Unix domain socket, which the system knows by another; null for others. */
    @Nullable
    public SocketAddress unixAddress() {
        return settings.address() instanceof Unix unix ? unix.socketAddress() : null;
    }

    /** What tells clients of the other versions where HTTP/3 is spoken (RFC 9114 §3.1.1); null where it is not. */
    @Nullable
    public String http3Service() {
        return http3Service;
    }

    private int port() {
        return ((InetSocketAddress) addresses.get(0)).getPort();
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
