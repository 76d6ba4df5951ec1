package dev.marline.client;

import dev.marline.BlockingWebSocket;
import dev.marline.HostResolver;
import dev.marline.Limits;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.ExtensionNegotiation;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.SecWebSocketKey;
import dev.marline.protocol.handshake.Subprotocols;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.tls.ClientTls;
import dev.marline.transport.client.ClientTransport;
import dev.marline.transport.client.ProxyAddress;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.NettyVersion;
import dev.marline.transport.tls.ClientTlsContext;
import dev.marline.transport.websocket.BlockingBridge;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets to servers.
 *
 * <pre>{@code
 * try (WebSocketClient client = WebSocketClient.create();
 *         BlockingWebSocket socket = client.connectBlocking("ws://localhost:8080/echo")) {
 *     socket.send("hello");
 *     System.out.println(socket.receive().text());
 * }
 * }</pre>
 *
 * <p>A client has an event loop, a daemon thread, and serves any number of connections and threads; make one and keep it.
 */
public final class WebSocketClient implements AutoCloseable {
    private final ClientTransport transport;
    private final ClientTransport.Settings settings;
    private final OpeningSequence.Rules rules;
    private final Headers headers;
    private final List<String> subprotocols;
    private final boolean subprotocolRequired;
    private final List<Extension> extensions;
    private final SecureRandom random = new SecureRandom();

    private WebSocketClient(Builder builder) {
        ClientTlsContext tls = new ClientTlsContext(builder.tls, builder.http);
        transport = new ClientTransport(builder.transport, builder.threads, builder.tcpOptions, builder.limits);
        settings = new ClientTransport.Settings(
                builder.limits,
                builder.pauseReadingWhenCongested,
                tls,
                builder.http,
                builder.resolver,
                builder.localAddress);
        rules = new OpeningSequence.Rules(
                builder.maxRedirects,
                builder.insecureRedirects,
                builder.authenticator,
                builder.cookies,
                builder.proxies);
        headers = builder.headers;
        subprotocols = builder.subprotocols;
        subprotocolRequired = builder.subprotocolRequired;
        extensions = builder.extensions;
    }

    /** A client with all that is default. */
    public static WebSocketClient create() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens a WebSocket for a listener.
     *
     * @param address {@code ws://host:port/path}, or {@code wss} for TLS; {@code http} and {@code https} mean the same.
     *     {@code ws+unix:///path/of.socket:/path}, or {@code wss+unix}, goes through a Unix domain socket, and no proxy: see
     *     {@link WebSocketAddress}
     * @return the open socket, or fails with a {@link WebSocketException}: a {@link dev.marline.HandshakeException} if the server said
     *     no. Cancelling it gives the attempt up
     * @throws IllegalArgumentException if the address is none; the message says why
     */
    public CompletableFuture<WebSocket> connect(String address, WebSocketListener listener) {
        WebSocketAddress to = WebSocketAddress.parse(address);
        if (settings.http().contains(HttpVersion.HTTP_3) && !to.secure()) {
            throw new IllegalArgumentException("'" + address + "' is not a wss address, which HTTP/3 needs (RFC 9220)");
        }
        if (settings.http().contains(HttpVersion.HTTP_3) && to.socketPath() != null) {
            throw new IllegalArgumentException(
                    "'" + address + "' is a Unix domain socket's, and HTTP/3 goes over UDP (RFC 9114)");
        }
        return new OpeningSequence(transport, settings, rules, this::handshake, listener, random, to, headers).begin();
    }

    private ClientHandshake handshake(WebSocketAddress to, Headers all) {
        byte[] nonce = new byte[SecWebSocketKey.BYTES];
        random.nextBytes(nonce);
        return new ClientHandshake(to, subprotocols, subprotocolRequired, extensions, all, nonce);
    }

    /**
     * Opens a WebSocket for a thread that reads and writes it, and waits until it is open, no longer than the handshake timeout.
     *
     * @throws IllegalStateException on an event loop, which would wait for itself; {@link #connect} does not wait
     * @throws WebSocketException if it cannot be opened: a {@link dev.marline.HandshakeException} if the server said no
     * @throws IllegalArgumentException if the address is none; the message says why
     */
    public BlockingWebSocket connectBlocking(String address) {
        if (LoopContext.isLoopThread()) {
            throw new IllegalStateException(
                    "connectBlocking was called on an event loop, in a listener's callback for example, "
                            + "which must not wait; use connect(address, listener), or call it in another thread");
        }
        BlockingBridge bridge = new BlockingBridge(settings.limits());
        CompletableFuture<WebSocket> opening = connect(address, bridge);
        try {
            opening.get();
            return bridge;
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof WebSocketException failed) {
                // Thrown here, in the caller's thread, for whom the event loop's stack says nothing.
                failed.setStackTrace(new Throwable().getStackTrace());
                throw failed;
            }
            throw new WebSocketException("cannot connect to " + address, e.getCause());
        } catch (InterruptedException e) {
            opening.cancel(false);
            Thread.currentThread().interrupt();
            throw new WebSocketException("interrupted while connecting to " + address, e);
        }
    }

    /** How many of its WebSockets are open. */
    public int webSockets() {
        return transport.sockets().size();
    }

    /**
     * Closes the client: connections that are still open are lost, and attempts to open others fail. When this returns, the client's
     * threads have ended. If another thread is closing the client, this waits for its end. On an event loop (in a callback of a listener
     * or a stage of {@link #connect}, for example) this starts closing and returns at once.
     */
    @Override
    public void close() {
        transport.close(settings.tls()::close);
    }

    /** What a client is to be. Not for several threads at once. */
    public static final class Builder {
        private Headers headers = Headers.EMPTY;
        private List<String> subprotocols = List.of();
        private boolean subprotocolRequired = true;
        private List<Extension> extensions = List.of();
        private Limits limits = Limits.DEFAULT;
        private Transport transport = Transport.AUTO;
        private int threads = 1;
        private boolean pauseReadingWhenCongested;
        private Set<HttpVersion> http = EnumSet.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        private TcpOptions tcpOptions = TcpOptions.DEFAULT;
        private ClientTls tls = ClientTls.ofJdk();
        private ProxyChoice proxies = ProxyChoice.NONE;
        private int maxRedirects;
        private boolean insecureRedirects;
        private @Nullable Authenticator authenticator;
        private @Nullable Cookies cookies;
        private HostResolver resolver = HostResolver.JDK;
        private @Nullable InetAddress localAddress;

        private Builder() {}

        /**
         * Adds a header to each opening handshake.
         *
         * @throws IllegalArgumentException if the name or the value is not one
         */
        public Builder header(String name, String value) {
            headers = headers.with(name, value);
            return this;
        }

        /**
         * Offers subprotocols, the preferred first. If the server takes none of them, connecting fails: see the next.
         *
         * @throws IllegalArgumentException if one is not a token, or there twice (RFC 6455 §4.1)
         */
        public Builder subprotocols(String... preferredFirst) {
            subprotocols = Subprotocols.checked(preferredFirst);
            return this;
        }

        /** Whether connecting fails when subprotocols are offered and the server takes none. It does by default, as in browsers. */
        public Builder requireSubprotocol(boolean required) {
            subprotocolRequired = required;
            return this;
        }

        /**
         * Offers extensions, {@link dev.marline.protocol.deflate.PerMessageDeflate} say, in the order that they would apply in. By
         * default there are none.
         *
         * @throws IllegalArgumentException if two have the same name
         */
        public Builder extensions(Extension... inOrder) {
            extensions = ExtensionNegotiation.checked(inOrder);
            return this;
        }

        public Builder limits(Limits all) {
            limits = all;
            return this;
        }

        /** How long connecting may take, TLS and the opening handshake included: {@link Limits#handshakeTimeout}. */
        public Builder connectTimeout(Duration timeout) {
            limits = limits.withHandshakeTimeout(timeout);
            return this;
        }

        public Builder transport(Transport kind) {
            transport = kind;
            return this;
        }

        /**
         * The versions of HTTP that may carry a WebSocket: by default HTTP/1.1 and HTTP/2. With several, a {@code wss} server chooses by
         * ALPN; one that chooses HTTP/2 and has no WebSockets over it is asked again over HTTP/1.1. To a {@code ws} address, where nothing
         * can be negotiated, HTTP/2 is spoken only if it is the only one. WebSockets to one origin share an HTTP/2 or
         * HTTP/3 connection.
         *
         * <p>HTTP/3 is spoken if it is the only one, to {@code wss} addresses and not through a proxy: nothing on the way asks for it.
         *
         * @throws IllegalArgumentException if there is none, or one that cannot be chosen: HTTP/1.0 has no WebSockets
         */
        public Builder http(HttpVersion... allowed) {
            Set<HttpVersion> versions = Set.of(allowed);
            boolean http3 = versions.contains(HttpVersion.HTTP_3);
            if (versions.isEmpty() || versions.contains(HttpVersion.HTTP_1_0) || (http3 && versions.size() > 1)) {
                throw new IllegalArgumentException(
                        "http is " + versions + ", expected HTTP_1_1, HTTP_2 or both, or HTTP_3 alone");
            }
            http = versions;
            return this;
        }

        /** How many event loops there are; one serves a great many connections. */
        public Builder threads(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("threads is " + number + ", expected at least 1");
            }
            threads = number;
            return this;
        }

        /** What the system is told about TCP connections: by default, nothing. */
        public Builder tcpOptions(TcpOptions all) {
            tcpOptions = all;
            return this;
        }

        /**
         * Whether reading from a server pauses while it does not take what it is sent. Defaults to false: servers pause, and if both ends
         * did, each could wait for the other.
         */
        public Builder pauseReadingWhenCongested(boolean pause) {
            pauseReadingWhenCongested = pause;
            return this;
        }

        /** TLS for {@code wss}: whom to trust, and who the client is itself. By default it is {@link ClientTls#ofJdk}. */
        public Builder tls(ClientTls all) {
            tls = all;
            return this;
        }

        /** Trusts servers as this context does, and shows them its certificate if it has one. Host names are verified. */
        public Builder sslContext(SSLContext context) {
            return tls(ClientTls.of(context));
        }

        /**
         * Trusts servers whose certificate is in a PEM file, or signed by one in it, and no others. Host names are verified.
         *
         * @throws WebSocketException if the file cannot be read
         */
        public Builder trust(Path certificates) {
            return tls(ClientTls.trusting(certificates));
        }

        /** Trusts every server, whoever it is: whoever sits in between can read and change everything. For tests only. */
        public Builder insecure() {
            return tls(ClientTls.insecure());
        }

        /**
         * Goes through a proxy: {@code http://} for one that is asked with CONNECT, {@code https://} for the same over TLS, where it is
         * trusted as servers are, or {@code socks5://}, which looks up the server's name itself. Without a port it is 80, 443 or 1080.
         * {@code user:password@} before the host, percent-encoded, is what the proxy is told when it asks: Basic and Digest, and SOCKS5's
         * password, are known.
         *
         * <p>The last of this, {@link #proxySelector} and {@link #proxyFromEnvironment} counts.
         *
         * @throws IllegalArgumentException if it is not such an address
         */
        public Builder proxy(String address) {
            Optional<ProxyAddress> proxy = Optional.of(ProxyAddress.parse(address));
            proxies = to -> List.of(proxy);
            return this;
        }

        /**
         * Goes through the proxies that a selector selects for the {@code http} or {@code https} URI at the same place, as browsers do:
         * {@link java.net.ProxySelector#getDefault} follows the JDK's system properties. One that cannot be reached is reported to it, and
         * the next one tried. It is asked in a thread of its own, and may block.
         */
        public Builder proxySelector(ProxySelector selector) {
            proxies = new SelectedProxies(selector);
            return this;
        }

        /**
         * Goes through the proxy that the environment names, as curl does: {@code ws} through the first that is set of {@code WS_PROXY},
         * {@code HTTP_PROXY} and {@code ALL_PROXY}, {@code wss} through that of {@code WSS_PROXY}, {@code HTTPS_PROXY} and
         * {@code ALL_PROXY}, but not to what {@code NO_PROXY} lists. Small letters are read first. Values are as {@link #proxy} takes them,
         * or {@code host:port}.
         *
         * <p>{@code NO_PROXY} has names, which stand for what is below them, too, with a dot before them or not; addresses, or networks as in
         * {@code 10.0.0.0/8}; {@code :port} behind any but a network; or {@code *}. In a CGI script, where {@code REQUEST_METHOD} is set,
         * {@code HTTP_PROXY} in capitals is not read: there a client sets it.
         */
        public Builder proxyFromEnvironment() {
            proxies = new ProxyEnvironment(Map.copyOf(System.getenv()));
            return this;
        }

        /**
         * Follows redirects (301, 302, 303, 307 and 308), so many for each WebSocket; by default none. To another origin go neither
         * {@code Authorization} nor {@code Cookie} nor the user of the address, nor any other header that the application has given,
         * but {@code Accept}, {@code Accept-Language}, {@code Cache-Control}, {@code Origin}, {@code Pragma} and {@code User-Agent}.
         * Subprotocols do. From {@code wss} to {@code ws} none is followed, unless {@link #allowInsecureRedirects} says so.
         */
        public Builder followRedirects(int most) {
            if (most < 0) {
                throw new IllegalArgumentException("followRedirects is " + most + ", expected at least 0");
            }
            maxRedirects = most;
            return this;
        }

        /** Follows redirects from {@code wss} to {@code ws} as well, where whoever sits in between can read and change everything. */
        public Builder allowInsecureRedirects() {
            insecureRedirects = true;
            return this;
        }

        /**
         * Asks for user and password when a server answers 401, or a proxy wants to be told them, once each: Basic and Digest are known, of
         * which the strongest that is offered is used. It is asked in a thread of its own, and may block, no longer than the handshake
         * timeout. It learns whether a server or a proxy asks, which, and for which realm.
         */
        public Builder authenticator(Authenticator asked) {
            authenticator = asked;
            return this;
        }

        /**
         * Sends the cookies of a store, a {@link java.net.CookieManager} say, and gives it those that servers set, in whatever they answer.
         * It is asked for the {@code http} or {@code https} URI at the same place, in a thread of its own, and may block.
         */
        public Builder cookies(CookieHandler store) {
            cookies = new Cookies(store);
            return this;
        }

        /** Looks up hosts in another way than the JDK does. */
        public Builder resolver(HostResolver hosts) {
            resolver = hosts;
            return this;
        }

        /** Connects from this address of the machine, to addresses of its family. By default the system chooses. */
        public Builder localAddress(InetAddress address) {
            localAddress = address;
            return this;
        }

        /**
         * Makes the client.
         *
         * @throws IllegalArgumentException if it is to speak HTTP/3 with an {@link SSLContext}, or if the system has no such transport,
         *     or that cannot set a TCP option
         * @throws WebSocketException if BoringSSL is wanted and is not there, if Netty is too old, or if HTTP/3 is chosen and its native
         *     library is missing
         */
        public WebSocketClient build() {
            NettyVersion.require();
            return new WebSocketClient(this);
        }
    }
}
