package dev.marline.transport;

import dev.marline.Limits;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A server's listening sockets and event loops. */
public final class ServerTransport {
    private static final System.Logger LOG = System.getLogger("dev.marline");
    private static final int BACKLOG = 4096;

    /**
     * What a server listens on.
     *
     * @param host a name or an address, every address of which is listened on; null for all that the machine has
     * @param port 0 for any that is free
     * @param threads how many event loops
     * @param tls null for clear text
     * @param http the versions that are spoken, at least one
     */
    public record Settings(
            @Nullable String host,
            int port,
            int threads,
            Transport transport,
            Limits limits,
            @Nullable TlsIdentity tls,
            Set<HttpVersion> http) {}

    private final Settings settings;
    private final @Nullable SslContext tls;
    private final @Nullable QuicSslContext quic;
    private final ServerContext context;
    private final ConnectionCounter connections;
    private final WriteBufferWaterMark waterMark;
    private final ChannelFutureListener countOut;
    private final EventLoopGroup loops;
    private final List<Channel> listening = new ArrayList<>();

    /** Listened on until all connections have ended: they go through them. */
    private final List<Channel> datagrams = new ArrayList<>();

    private ServerTransport(Settings settings, RequestHandler requests) {
        this.settings = settings;
        List<String> overTcp = Channels.alpn(settings.http());
        tls = settings.tls() == null || overTcp.isEmpty()
                ? null
                : settings.tls().context(overTcp);
        quic = settings.tls() != null && settings.http().contains(HttpVersion.HTTP_3)
                ? settings.tls().quicContext()
                : null;
        context = new ServerContext(settings.limits(), requests, settings.http(), settings.tls() != null);
        connections = new ConnectionCounter(settings.limits());
        waterMark = Channels.waterMark(settings.limits());
        // One for all, which knows nothing of a channel, as every channel keeps it.
        countOut = closed -> connections.closed(closed.channel().remoteAddress());
        loops = Channels.newLoops("marline-server", false, settings.threads(), IoBackend.of(settings.transport()));
    }

    /**
     * Starts to listen.
     *
     * @throws WebSocketException if that cannot be done, because the port is in use, say
     */
    public static ServerTransport start(Settings settings, RequestHandler requests) {
        ServerTransport transport = new ServerTransport(settings, requests);
        try {
            if (transport.context.speaksHttp1() || transport.context.speaksHttp2()) {
                transport.listen();
            }
            if (transport.quic != null) {
                transport.listenForHttp3(transport.quic);
            }
            return transport;
        } catch (WebSocketException e) {
            transport.loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
            throw e;
        }
    }

    private void listen() {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(IoBackend.of(settings.transport()).serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                });
        int port = settings.port();
        for (InetSocketAddress address : addresses(port)) {
            // One that the system chose for the first address serves for all.
            ChannelFuture bound = bootstrap
                    .bind(new InetSocketAddress(address.getAddress(), port))
                    .awaitUninterruptibly();
            if (bound.isSuccess()) {
                listening.add(bound.channel());
                port = port();
            } else if (listening.isEmpty() || settings.port() != 0) {
                closeListening();
                throw new WebSocketException(
                        "cannot listen on " + address + ": " + Causes.inWords(bound.cause()), bound.cause());
            }
        }
    }

    private void listenForHttp3(QuicSslContext quic) {
        int port = settings.port();
        for (InetSocketAddress address : addresses(port)) {
            ChannelFuture bound = new Bootstrap()
                    .group(loops)
                    .channel(IoBackend.of(settings.transport()).datagramChannel())
                    .handler(Http3ServerConnection.listening(context, connections, quic))
                    .bind(new InetSocketAddress(
                            address.getAddress(), listening.isEmpty() && datagrams.isEmpty() ? port : port()))
                    .awaitUninterruptibly();
            if (!bound.isSuccess()) {
                closeListening();
                throw new WebSocketException(
                        "cannot listen on " + address + " over UDP: " + Causes.inWords(bound.cause()), bound.cause());
            }
            datagrams.add(bound.channel());
        }
        context.announceHttp3(port());
    }

    private List<InetSocketAddress> addresses(int port) {
        if (settings.host() == null) {
            return List.of(new InetSocketAddress(port));
        }
        try {
            List<InetSocketAddress> addresses = new ArrayList<>();
            for (InetAddress address : InetAddress.getAllByName(settings.host())) {
                addresses.add(new InetSocketAddress(address, port));
            }
            return addresses;
        } catch (UnknownHostException e) {
            throw new WebSocketException("cannot listen on '" + settings.host() + "': there is no such host", e);
        }
    }

    private void accept(Channel channel) {
        Channels.configure(channel, waterMark, tls != null);
        boolean admitted = connections.opened(channel.remoteAddress());
        channel.closeFuture().addListener(countOut);
        ChannelPipeline pipeline = channel.pipeline();
        if (tls != null) {
            SslHandler handler = tls.newHandler(channel.alloc());
            handler.setHandshakeTimeoutMillis(
                    settings.limits().handshakeTimeout().toMillis());
            pipeline.addLast(handler);
        }
        if (tls != null && context.speaksHttp2()) {
            pipeline.addLast(new HttpVersionNegotiation(context, admitted));
        } else if (context.speaksHttp1()) {
            Http1RequestHandler.addTo(pipeline, context, admitted);
        } else {
            Http2ServerConnection.addTo(pipeline, context, admitted);
        }
    }

    /** The port that is listened on. */
    public int port() {
        return ((InetSocketAddress)
                        (listening.isEmpty() ? datagrams : listening).get(0).localAddress())
                .getPort();
    }

    /** Connections of all kinds. */
    public int connections() {
        return connections.total();
    }

    public OpenSockets sockets() {
        return context.sockets();
    }

    /**
     * Lets nobody in any more, sends each WebSocket a Close with 1001 and waits until all connections are closed; those that are
     * not by the deadline are ended at once. When this returns, ports, sockets and threads are free.
     */
    public void close(Duration deadline) {
        context.drain();
        closeListening();
        context.connections().forEach(Drainable::drain);
        context.sockets().close(1001, "the server is shutting down");
        try {
            connections.whenNone().get(TimeUnit.NANOSECONDS.convert(deadline), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.log(Level.INFO, "{0} connections are not closed by the deadline and are ended", connections.total());
            context.sockets().abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes this with an exception", e);
        }
        context.quicConnections().close();
        // Closes what is left, connections among it.
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void closeListening() {
        listening.forEach(channel -> channel.close().syncUninterruptibly());
    }
}
