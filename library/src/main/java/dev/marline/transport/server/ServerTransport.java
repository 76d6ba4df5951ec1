package dev.marline.transport.server;

import dev.marline.Limits;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.tls.ServerTls;
import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.caller.TrustedProxies;
import dev.marline.transport.listening.ListenerSettings;
import dev.marline.transport.listening.ServerListener;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.EventLoops;
import dev.marline.transport.loop.IoBackend;
import dev.marline.transport.loop.LogPreparation;
import dev.marline.transport.loop.TcpChannelOptions;
import dev.marline.transport.tls.RenegotiationGuard;
import dev.marline.transport.tls.ServerTlsContext;
import dev.marline.transport.websocket.OpenSockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A server's listening sockets and event loops. */
public final class ServerTransport {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /**
     * What a server listens on.
     *
     * @param threads how many event loops
     * @param tls null for clear text
     * @param http the versions that are spoken, at least one
     * @param tcp what is set on connections
     * @param proxies those that are believed
     */
    public record Settings(
            List<ListenerSettings> listeners,
            int threads,
            Transport transport,
            Limits limits,
            @Nullable ServerTls tls,
            Set<HttpVersion> http,
            TcpOptions tcp,
            TrustedProxies proxies) {}

    private final Settings settings;
    private final @Nullable ServerTlsContext tls;
    private final ServerContext context;
    private final ConnectionCounter connections;
    private final WriteBufferWaterMark waterMark;
    private final ChannelFutureListener countOut;
    private final TcpChannelOptions options;
    private final EventLoops loops;
    private final CompletableFuture<@Nullable Throwable> failure;
    private final List<ServerListener> listeners;

    private ServerTransport(Settings settings, RequestHandler requests) {
        this.settings = settings;
        IoBackend backend = IoBackend.of(settings.transport());
        options = new TcpChannelOptions(settings.tcp(), backend);
        tls = settings.tls() == null ? null : new ServerTlsContext(settings.tls(), settings.http());
        connections = new ConnectionCounter(settings.limits(), settings.proxies());
        context = new ServerContext(settings.limits(), requests, settings.http(), settings.proxies(), connections);
        waterMark = Channels.waterMark(settings.limits());
        // One for all, which knows nothing of a channel, as every channel keeps it.
        countOut = closed -> connections.closed(ClientAddress.ofConnection(closed.channel()));
        loops = Channels.newLoops("marline-server", false, settings.threads(), backend);
        failure = loops.whenOneEnds();
        listeners = settings.listeners().stream()
                .map(each -> new ServerListener(each, loops, backend))
                .toList();
    }

    /**
     * Starts to listen.
     *
     * @throws WebSocketException if that cannot be done, because the port is in use, say
     * @throws IllegalArgumentException if the transport is not there, or cannot do what it is to; the message says why
     */
    public static ServerTransport start(Settings settings, RequestHandler requests) {
        LogPreparation.prepare();
        ServerTransport transport = new ServerTransport(settings, requests);
        try {
            transport.listeners.forEach(transport::listen);
            return transport;
        } catch (WebSocketException | IllegalArgumentException e) {
            transport.closeListening();
            transport.loops.shutDown();
            transport.closeTls();
            throw e;
        }
    }

    private void listen(ServerListener listener) {
        boolean overStreams = context.speaksHttp1() || context.speaksHttp2();
        if (overStreams) {
            ChannelHandler accept = new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    accept(channel, listener.isClearText() ? null : tls);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                    ErrorGuard.end(context.channel(), ErrorGuard.Source.SETTING_UP, cause);
                }
            };
            listener.listen(accept, options);
        }
        if (tls != null && context.speaksHttp3() && listener.takesHttp3()) {
            listener.listenForHttp3(Http3ServerConnection.listening(context, connections, tls));
        } else if (!overStreams) {
            throw new IllegalArgumentException(
                    "HTTP/3 alone is spoken, which " + listener + " has not: it needs a TCP port's twin, and TLS");
        }
    }

    /** @param secure null for clear text */
    private void accept(Channel channel, @Nullable ServerTlsContext secure) {
        Channels.configure(channel, waterMark, secure != null);
        boolean admitted = connections.opened(channel.remoteAddress());
        channel.closeFuture().addListener(countOut);
        if (settings.proxies().announcing().contains(Channels.address(channel.remoteAddress()))) {
            ProxyProtocolHandler.addTo(
                    channel.pipeline(),
                    context,
                    client -> setUp(channel, secure, admitted && (client == null || connections.entered(client))));
        } else {
            setUp(channel, secure, admitted);
        }
    }

    private void setUp(Channel channel, @Nullable ServerTlsContext secure, boolean admitted) {
        ChannelPipeline pipeline = channel.pipeline();
        if (secure != null) {
            SslHandler handler = secure.newHandler(channel.alloc());
            handler.setHandshakeTimeoutMillis(
                    settings.limits().handshakeTimeout().toMillis());
            pipeline.addLast(handler);
            if (!Channels.isSecure(pipeline)) {
                throw new IllegalStateException("TLS could not be set up: what follows must not go in clear text");
            }
            RenegotiationGuard.addBefore(pipeline, handler);
        }
        if (secure != null && context.speaksHttp2()) {
            pipeline.addLast(new HttpVersionNegotiation(context, admitted));
        } else if (context.speaksHttp1()) {
            Http1RequestHandler.addTo(pipeline, context, admitted);
        } else {
            Http2ServerConnection.addTo(pipeline, context, admitted);
        }
    }

    /** What is listened on. */
    public List<SocketAddress> addresses() {
        return listeners.stream()
                .flatMap(listener -> listener.addresses().stream())
                .toList();
    }

    /**
     * Reads the files of TLS again, for connections from now on.
     *
     * @throws WebSocketException if one cannot be read, and then nothing changes; the message says which and why
     * @throws IllegalStateException if there is no TLS
     */
    public void readTlsAgain() {
        if (tls == null) {
            throw new IllegalStateException("the server does not speak TLS");
        }
        tls.readAgain();
    }

    /** Connections of all kinds. */
    public int connections() {
        return connections.total();
    }

    public OpenSockets sockets() {
        return context.sockets();
    }

    /** Completes, with the reason or null, when an event loop has ended: by itself, or because the transport was closed. */
    public CompletableFuture<@Nullable Throwable> failure() {
        return failure;
    }

    /**
     * Lets nobody in any more, sends each WebSocket a Close with 1001 and waits until all connections are closed; those that are
     * not by the deadline are ended at once. When this returns, ports, sockets and threads are free.
     */
    public void close(Duration deadline) {
        context.letNobodyIn();
        closeListening();
        context.drain();
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
        if (!loops.shutDown()) {
            LOG.log(Level.WARNING, "an event loop has not ended; a callback blocks it, or takes too long");
        }
        closeTls();
    }

    private void closeTls() {
        if (tls != null) {
            tls.close();
        }
    }

    private void closeListening() {
        listeners.forEach(ServerListener::close);
    }
}
