package dev.marline.server;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.ExtensionNegotiation;
import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.transport.caller.TrustedAddresses;
import dev.marline.transport.caller.TrustedProxies;
import dev.marline.transport.listening.ListenerSettings;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.NettyVersion;
import dev.marline.transport.loop.Shutdown;
import dev.marline.transport.server.ServerTransport;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A running server: WebSockets and pages on one port.
 *
 * <pre>{@code
 * WebSocketServer server = WebSocketServer.builder()
 *         .webSocket("/echo", (socket, message) -> socket.send(message))
 *         .port(8080)
 *         .start();
 * }</pre>
 *
 * <p>By default it listens on all addresses of the machine, in clear text, with an event loop for each processor and the limits of
 * {@link Limits#DEFAULT}, and lets only pages of its own origin open WebSockets.
 */
public final class WebSocketServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.marline.server");
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final ServerTransport transport;
    private final RequestThreads requestThreads;
    private final boolean secure;
    private final Shutdown shutdown = new Shutdown("marline-close", false);
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile @Nullable WebSocketException failure;

    private WebSocketServer(ServerTransport transport, RequestThreads requestThreads, boolean secure) {
        this.transport = transport;
        this.requestThreads = requestThreads;
        this.secure = secure;
    }

    /** Closes the server when one of its event loops has ended: the connections on it are lost, and new ones would be. */
    private void closeOnFailure() {
        transport.failure().thenAccept(cause -> {
            if (!shutdown.hasBegun()) {
                failure = new WebSocketException("an event loop of the server has ended", cause);
                close(DRAIN, false);
                LOG.log(Level.ERROR, "an event loop has ended; the server closes", cause);
            }
        });
        shutdown.whenDone(() -> {
            WebSocketException reason = failure;
            if (reason == null) {
                closed.complete(null);
            } else {
                closed.completeExceptionally(reason);
            }
        });
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * The TCP port that it listens on, the first one's if there are several; if 0 was asked for, the one that the system gave.
     *
     * @throws IllegalStateException if it listens on none, but on Unix domain sockets only
     */
    public int port() {
        return addresses().stream()
                .filter(InetSocketAddress.class::isInstance)
                .mapToInt(address -> ((InetSocketAddress) address).getPort())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the server has no TCP port, but " + addresses()));
    }

    /**
     * All that it listens on, in the order of its listeners: an {@link InetSocketAddress} for each address of a TCP port, a
     * {@link java.net.UnixDomainSocketAddress} for a Unix domain socket.
     */
    public List<SocketAddress> addresses() {
        return transport.addresses();
    }

    /** Whether it speaks TLS: {@code wss} and {@code https}. Listeners may be told to speak {@linkplain Listener#clearText clear text}. */
    public boolean isSecure() {
        return secure;
    }

    /**
     * Reads the files of TLS again: connections from now on get what is in them, the others go on undisturbed.
     * {@link ServerTls#watchFiles} does so by itself. It may be called from any thread that may block.
     *
     * @throws dev.marline.WebSocketException if one cannot be read, and then nothing changes; the message says which and why
     * @throws IllegalStateException if the server does not speak TLS
     */
    public void reloadTls() {
        transport.readTlsAgain();
    }

    /** How many connections there are, those that have not become WebSockets included. */
    public int connections() {
        return transport.connections();
    }

    /** How many WebSockets are open. */
    public int webSockets() {
        return transport.sockets().size();
    }

    /** Closes within 10 seconds: see {@link #close(Duration)}. */
    @Override
    public void close() {
        close(DRAIN);
    }

    /**
     * Stops listening, closes each WebSocket with 1001, and waits until all connections are gone. Those that are not by the deadline
     * are ended at once. When this returns, ports, files of sockets and threads are free. If another thread is closing the server, this
     * waits for its end. If the calling thread is interrupted, connections are ended at once.
     *
     * <p>On an event loop (in a callback of a listener, for example), and in a page, a check or a blocking handler of this server, this
     * starts closing and returns at once: the server needs the calling thread to close. A page that calls it is still served.
     */
    public void close(Duration deadline) {
        close(deadline, !LoopContext.isLoopThread() && !requestThreads.areCurrent());
    }

    private void close(Duration deadline, boolean mayWait) {
        shutdown.run(
                () -> {
                    transport.close(deadline);
                    requestThreads.interruptAll();
                },
                mayWait);
    }

    /**
     * Completes when the server has closed: exceptionally with a {@link WebSocketException} if it has closed by itself, because an event
     * loop has ended. Nothing that a peer does or a callback throws ends an event loop; if one ends nevertheless, a process that is
     * there to serve should end, too:
     *
     * <pre>{@code
     * server.closed().whenComplete((nothing, failure) -> {
     *     if (failure != null) {
     *         System.exit(1);
     *     }
     * });
     * }</pre>
     */
    public CompletionStage<Void> closed() {
        return closed;
    }

    /** What a server is to be. Not for several threads at once. */
    public static final class Builder {
        private final Routes<WebSocketRoute> webSockets = new Routes<>();
        private final Routes<HttpHandler> pages = new Routes<>();
        private OriginPolicy origins = OriginPolicy.SAME_ORIGIN;
        private Limits limits = Limits.DEFAULT;
        private List<Extension> extensions = List.of();
        private Transport transport = Transport.AUTO;
        private int threads = Runtime.getRuntime().availableProcessors();
        private boolean pauseReadingWhenCongested = true;
        private @Nullable String host;
        private @Nullable Integer port;
        private List<Listener> listeners = List.of();
        private TcpOptions tcpOptions = TcpOptions.DEFAULT;
        private @Nullable ServerTls tls;
        private @Nullable Set<HttpVersion> http;
        private TrustedProxies proxies = TrustedProxies.NONE;

        private Builder() {}

        /**
         * A WebSocket at a path: {@code /chat}, {@code /chat/{room}} with a name for a segment, or {@code /chat/*} for all that is
         * below. Of several patterns that match, the most definite is taken.
         *
         * @throws IllegalArgumentException if the path is no pattern, or has a WebSocket already
         */
        public Builder webSocket(String path, WebSocketRoute route) {
            webSockets.add(path, route);
            return this;
        }

        /** A WebSocket at a path, all connections of which have one listener. */
        public Builder webSocket(String path, WebSocketListener listener) {
            return webSocket(path, WebSocketRoute.listener(listener));
        }

        /** A WebSocket at a path, each connection of which has a listener of its own. */
        public Builder webSocket(String path, Function<Handshake, WebSocketListener> listener) {
            return webSocket(path, WebSocketRoute.listener(listener));
        }

        /** A WebSocket at a path, each connection of which has a thread of its own. */
        public Builder blockingWebSocket(String path, BlockingHandler handler) {
            return webSocket(path, WebSocketRoute.blocking(handler));
        }

        /** Something to GET at a path; a path may have both a page and a WebSocket. */
        public Builder get(String path, HttpHandler handler) {
            pages.add(path, handler);
            return this;
        }

        /** 0, which is what it is by default, for any port that is free. */
        public Builder port(int number) {
            port = Listener.checkedPort(number);
            return this;
        }

        /** Listens on the addresses of this name only, {@code "localhost"} say, or on this address. */
        public Builder host(String name) {
            host = name;
            return this;
        }

        /**
         * Listens on all of these, and on those of earlier calls. This is the long form of {@link #port} and {@link #host}, which are
         * for one TCP port and do not go together with it.
         */
        public Builder listen(Listener... more) {
            listeners = Stream.concat(listeners.stream(), Stream.of(more)).toList();
            return this;
        }

        /** What the system is told about TCP connections: by default, nothing. */
        public Builder tcpOptions(TcpOptions all) {
            tcpOptions = all;
            return this;
        }

        /**
         * The versions of HTTP that are spoken. By default they are HTTP/1.1 and over TLS also HTTP/2, between which ALPN chooses. Without
         * TLS, HTTP/2 is for clients that know that it is spoken here: nothing can tell them (RFC 9113 §3.3).
         *
         * <p>HTTP/3 is spoken on the same port number over UDP, needs TLS, and is announced to whoever GETs something over the others.
         *
         * @throws IllegalArgumentException if there is none, or one that cannot be chosen: HTTP/1.0 and HTTP/1.1 are one
         */
        public Builder http(HttpVersion... spoken) {
            Set<HttpVersion> versions = Set.of(spoken);
            if (versions.isEmpty() || versions.contains(HttpVersion.HTTP_1_0)) {
                throw new IllegalArgumentException(
                        "http is " + versions + ", expected some of HTTP_1_1, HTTP_2, HTTP_3");
            }
            http = versions;
            return this;
        }

        /** How many event loops there are. */
        public Builder threads(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("threads is " + number + ", expected at least 1");
            }
            threads = number;
            return this;
        }

        public Builder transport(Transport kind) {
            transport = kind;
            return this;
        }

        /**
         * The extensions that clients may use, {@link dev.marline.protocol.deflate.PerMessageDeflate} say. By default there are none.
         *
         * @throws IllegalArgumentException if two have the same name
         */
        public Builder extensions(Extension... ready) {
            extensions = ExtensionNegotiation.checked(ready);
            return this;
        }

        public Builder limits(Limits all) {
            limits = all;
            return this;
        }

        /**
         * Lets pages of these origins open WebSockets too, {@code "https://example.com"} say.
         *
         * @throws IllegalArgumentException if one is not an origin
         */
        public Builder allowOrigins(String... allowed) {
            origins = origins.allowing(allowed);
            return this;
        }

        /** Lets every page of the web open WebSockets, with its visitor's cookies: for what is public. */
        public Builder allowAnyOrigin() {
            origins = OriginPolicy.ANY;
            return this;
        }

        /**
         * Whether reading from a client pauses while it does not take what it is sent. Defaults to true: a client that sends and does not
         * read stops itself. A client that pauses too can wait for the server while the server waits for it.
         */
        public Builder pauseReadingWhenCongested(boolean pause) {
            pauseReadingWhenCongested = pause;
            return this;
        }

        /** TLS: {@code wss} and {@code https} alone. */
        public Builder tls(ServerTls all) {
            tls = all;
            return this;
        }

        /**
         * TLS, with a certificate chain and a private key in PEM files.
         *
         * @throws dev.marline.WebSocketException if they cannot be read; the message says why
         */
        public Builder tls(Path certificateChain, Path privateKey) {
            return tls(ServerTls.of(TlsIdentity.pem(certificateChain, privateKey)));
        }

        /**
         * TLS, with a certificate chain and a private key in a PKCS#12 file.
         *
         * @throws dev.marline.WebSocketException if it cannot be read; the message says why
         */
        public Builder tls(Path pkcs12, String password) {
            return tls(ServerTls.of(TlsIdentity.pkcs12(pkcs12, password)));
        }

        /**
         * Has connections from these addresses begin with a header of the PROXY protocol, version 1 or 2, before TLS: what it names is
         * the client's address then, and those from everywhere else must not have one. The limit for each address
         * ({@link Limits#maxConnectionsPerAddress}) counts for the client, and does not count for the proxies. HTTP/3 is not
         * concerned, as it goes over UDP.
         *
         * @param trusted addresses or ranges of them, {@code "10.0.0.0/8"} or {@code "::1"} say, or {@code "unix"} for whoever connects
         *     over a Unix domain socket
         * @throws IllegalArgumentException if there is none, or one is not an address or range
         */
        public Builder proxyProtocol(String... trusted) {
            proxies = proxies.announcing(TrustedAddresses.parse(trusted));
            return this;
        }

        /**
         * Believes what requests from these addresses say about the client that they are forwarded for, and nobody else: its
         * address, which the limit for each address then counts, too, while the request is answered or its WebSocket open; and host
         * and scheme that it has asked for, which the {@code Origin} of a page is compared with. Of a chain of proxies those are
         * skipped that are among these addresses.
         *
         * <p>Of the two kinds of headers one is believed, as a proxy passes on the other as a client has sent it. It has to add to the
         * one, or replace it, in each request. A header that makes no sense is answered with 400.
         *
         * @param trusted as for {@link #proxyProtocol}; if a connection began with a header of that protocol, the address in it counts
         * @throws IllegalArgumentException if there is none, or one is not an address or range
         */
        public Builder forwarded(ForwardedHeaders kind, String... trusted) {
            proxies = proxies.forwarding(kind, TrustedAddresses.parse(trusted));
            return this;
        }

        private Set<HttpVersion> spoken() {
            if (http != null) {
                return http;
            }
            return tls == null
                    ? EnumSet.of(HttpVersion.HTTP_1_1)
                    : EnumSet.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        }

        private List<ListenerSettings> listening() {
            if (listeners.isEmpty()) {
                int number = port == null ? 0 : port;
                Listener one = host == null ? Listener.tcp(number) : Listener.tcp(host, number);
                return List.of(one.settings());
            }
            if (port != null || host != null) {
                throw new IllegalArgumentException(
                        "port and host do not go together with listen: write .listen(Listener.tcp("
                                + (host == null ? "" : "\"" + host + "\", ") + (port == null ? 0 : port) + ")), too");
            }
            return listeners.stream().map(Listener::settings).toList();
        }

        /**
         * Starts the server.
         *
         * @throws dev.marline.WebSocketException if it cannot listen, because the port is in use say, if Netty is too old, or if HTTP/3 is
         *     chosen and its native library is missing
         * @throws IllegalArgumentException if it is to speak HTTP/3 without TLS, if both {@link #listen} and {@link #port} or
         *     {@link #host} were called, if the system has no such transport, or that cannot set a TCP option
         */
        public WebSocketServer start() {
            NettyVersion.require();
            Set<HttpVersion> spoken = spoken();
            if (spoken.contains(HttpVersion.HTTP_3) && tls == null) {
                throw new IllegalArgumentException("HTTP/3 needs TLS, which is not set (RFC 9114 3.1)");
            }
            List<ListenerSettings> listening = listening();
            RequestThreads requestThreads = new RequestThreads();
            RequestRouter router = new RequestRouter(
                    webSockets, pages, origins, limits, extensions, pauseReadingWhenCongested, requestThreads);
            ServerTransport.Settings settings = new ServerTransport.Settings(
                    listening, threads, transport, limits, tls, spoken, tcpOptions, proxies);
            WebSocketServer server =
                    new WebSocketServer(ServerTransport.start(settings, router), requestThreads, tls != null);
            server.closeOnFailure();
            return server;
        }
    }
}
