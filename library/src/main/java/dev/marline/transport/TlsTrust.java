package dev.marline.transport;

import dev.marline.WebSocketException;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Which servers a client trusts. */
public final class TlsTrust {
    /** Makes a context that offers these protocols by ALPN (RFC 7301). */
    @FunctionalInterface
    private interface Offering {
        SslContext offer(ApplicationProtocolConfig protocols) throws SSLException;
    }

    private final Offering contexts;
    private final @Nullable Supplier<QuicSslContextBuilder> quicContexts;
    private final String source;
    private final boolean verifiesHostName;
    private final Map<List<String>, SslContext> made = new ConcurrentHashMap<>();

    private TlsTrust(
            Offering contexts,
            @Nullable Supplier<QuicSslContextBuilder> quicContexts,
            String source,
            boolean verifiesHostName) {
        this.contexts = contexts;
        this.quicContexts = quicContexts;
        this.source = source;
        this.verifiesHostName = verifiesHostName;
    }

    /**
     * TLS for connections that offer these protocols, the preferred first.
     *
     * @throws WebSocketException if it cannot be set up; the message says why
     */
    SslContext context(List<String> protocols) {
        return made.computeIfAbsent(protocols, this::make);
    }

    private SslContext make(List<String> protocols) {
        try {
            return contexts.offer(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    protocols));
        } catch (SSLException e) {
            throw new WebSocketException("TLS cannot be set up from " + source + ": " + Causes.inWords(e), e);
        }
    }

    /**
     * TLS in QUIC, for HTTP/3; it verifies host names itself.
     *
     * @throws WebSocketException if there is none, as what the trust comes from is for TLS on TCP alone
     */
    QuicSslContext quicContext() {
        if (quicContexts == null) {
            throw new WebSocketException(
                    source + " is of no use to HTTP/3: trust a certificate file, or the JDK's store");
        }
        return quicContexts
                .get()
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .build();
    }

    boolean verifiesHostName() {
        return verifiesHostName;
    }

    /** Those that the JDK's trust store trusts. */
    public static TlsTrust ofJdk() {
        return of(SslContextBuilder::forClient, QuicSslContextBuilder::forClient, true, "the JDK's trust store");
    }

    /** Those with a certificate that one in a PEM file has signed, or that is in it. */
    public static TlsTrust pem(Path certificates) {
        X509Certificate[] trusted = PemFiles.certificates(certificates);
        return of(
                () -> SslContextBuilder.forClient().trustManager(trusted),
                () -> QuicSslContextBuilder.forClient().trustManager(trusted),
                true,
                certificates.toString());
    }

    /** Those that a context of the JDK's trusts, which also brings the client's own certificate if it has one. */
    public static TlsTrust of(SSLContext context) {
        return new TlsTrust(
                protocols -> new JdkSslContext(
                        context,
                        true,
                        null,
                        IdentityCipherSuiteFilter.INSTANCE,
                        protocols,
                        ClientAuth.NONE,
                        null,
                        false),
                null,
                "an SSLContext",
                true);
    }

    /** Everybody, whatever their certificate says: whoever sits in between can read and change all. */
    public static TlsTrust insecure() {
        return of(
                () -> SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE),
                () -> QuicSslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE),
                false,
                "no trust store");
    }

    private static TlsTrust of(
            Supplier<SslContextBuilder> builder,
            Supplier<QuicSslContextBuilder> quicBuilder,
            boolean verifiesHostName,
            String source) {
        return new TlsTrust(
                // Host names are verified where the connection knows its own: see ClientTransport.
                protocols -> builder.get()
                        .applicationProtocolConfig(protocols)
                        .endpointIdentificationAlgorithm(null)
                        .build(),
                quicBuilder,
                source,
                verifiesHostName);
    }
}
