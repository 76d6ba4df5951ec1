package dev.marline.transport.tls;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.tls.ClientTls;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.NativeLibraries;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** A client's TLS, with the sessions that its connections may resume. It is made when it is needed: most of it is reading a trust store. */
public final class ClientTlsContext {
    private static final Pattern SERVER_NAME =
            Pattern.compile("LABEL(\\.LABEL)*".replace("LABEL", "[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?"));

    private final ClientTls tls;
    private final Map<List<String>, SslContext> contexts = new ConcurrentHashMap<>();
    private @Nullable QuicSslContext quicContext;

    /**
     * What a client needs.
     *
     * @param http the versions that the client speaks
     * @throws WebSocketException if what is to encrypt is not there
     * @throws IllegalArgumentException if it is of no use to one of the versions
     */
    public ClientTlsContext(ClientTls tls, Set<HttpVersion> http) {
        if (http.contains(HttpVersion.HTTP_3) && tls.sslContext().isPresent()) {
            throw new IllegalArgumentException(
                    "an SSLContext is of no use to HTTP/3: trust a certificate file, or the JDK's store");
        }
        if (http.contains(HttpVersion.HTTP_3)) {
            NativeLibraries.requireQuic();
        }
        SslContexts.sslProvider(tls.provider());
        this.tls = tls;
    }

    /**
     * TLS for a connection on TCP.
     *
     * @param host who is expected at the other end: its certificate has to be for that name
     * @param protocols what is offered by ALPN (RFC 7301), the preferred first
     * @throws WebSocketException if it cannot be set up; the message says why
     */
    public SslHandler newHandler(Channel channel, String host, int port, List<String> protocols, Duration timeout) {
        String name = withoutTrailingDot(host);
        SslHandler handler =
                contexts.computeIfAbsent(protocols, this::newContext).newHandler(channel.alloc(), name, port);
        handler.setHandshakeTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        SSLEngine engine = handler.engine();
        SSLParameters parameters = engine.getSSLParameters();
        if (isServerName(name)) {
            // RFC 6455 §4.1 asks for SNI. Unless told, neither provider sends a name that has no dot.
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        if (tls.verifiesHostName()) {
            // RFC 2818 §3.1 and its successors: a certificate for another name is somebody else's.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return handler;
    }

    /** RFC 6066 §3: the host name "is represented as a byte string using ASCII encoding without a trailing dot". */
    private static String withoutTrailingDot(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** Whether SNI can carry it: no address (RFC 6066 §3), and no name with an underscore, which {@link SNIHostName} refuses. */
    private static boolean isServerName(String host) {
        return !NetUtil.isValidIpV4Address(host)
                && !NetUtil.isValidIpV6Address(host)
                && SERVER_NAME.matcher(host).matches();
    }

    private SslContext newContext(List<String> protocols) {
        SSLContext given = tls.sslContext().orElse(null);
        if (given != null) {
            return new JdkSslContext(
                    given,
                    true,
                    null,
                    IdentityCipherSuiteFilter.INSTANCE,
                    SslContexts.alpn(protocols),
                    ClientAuth.NONE,
                    null,
                    false);
        }
        // Host names are verified as each connection asks for it, as it has to be with an SSLContext.
        SslContextBuilder builder =
                SslContextBuilder.forClient().trustManager(tls.trustManager()).endpointIdentificationAlgorithm(null);
        tls.identity()
                .ifPresent(
                        own -> builder.keyManager(SslContexts.keyManagers(IdentityKeyManager.of(own), tls.provider())));
        try {
            return SslContexts.configure(builder, tls.provider(), protocols).build();
        } catch (SSLException e) {
            throw new WebSocketException("TLS cannot be set up: " + Causes.inWords(e), e);
        }
    }

    /** TLS for a connection of QUIC; it sends no SNI for a name without a dot, and verifies host names itself. What it objects to, a {@link QuicTrust} knows. */
    public QuicSslEngine newQuicEngine(ByteBufAllocator allocator, String host, int port) {
        return quicContext().newEngine(allocator, withoutTrailingDot(host), port);
    }

    private synchronized QuicSslContext quicContext() {
        QuicSslContext made = quicContext;
        if (made == null) {
            QuicSslContextBuilder builder = QuicSslContextBuilder.forClient()
                    .trustManager(new QuicTrust(tls.trustManager()))
                    .endpointIdentificationAlgorithm(tls.verifiesHostName() ? "HTTPS" : null)
                    .applicationProtocols(Http3.supportedApplicationProtocols());
            tls.identity().ifPresent(own -> builder.keyManager(SslContexts.quicKeys(own), ""));
            made = builder.build();
            quicContext = made;
        }
        return made;
    }

    /** Frees what no connection has any more; there are to be no new ones. */
    public void close() {
        contexts.values().forEach(ReferenceCountUtil::release);
    }
}
