package dev.marline.transport.tls;

import dev.marline.WebSocketException;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.NativeLibraries;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;

/** What a server's and a client's TLS on TCP have in common, whoever encrypts. */
public final class SslContexts {
    /** Forward secret and authenticated, the preferred first; without the others that RFC 9113 §9.2.2 forbids. */
    private static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    private SslContexts() {}

    /**
     * Sets what is the same on both sides.
     *
     * @param protocols what is offered, or taken, by ALPN (RFC 7301), the preferred first
     */
    static SslContextBuilder configure(SslContextBuilder builder, TlsProvider provider, List<String> protocols) {
        return builder.sslProvider(sslProvider(provider))
                .protocols(VERSIONS)
                .ciphers(CIPHER_SUITES, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(alpn(protocols));
    }

    static ApplicationProtocolConfig alpn(List<String> protocols) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols);
    }

    /**
     * Netty's name for who encrypts. BoringSSL's memory is counted, so that it is free when the last connection has ended, and not when the
     * collector comes by.
     *
     * @throws WebSocketException if it is not there
     */
    static SslProvider sslProvider(TlsProvider provider) {
        if (provider == TlsProvider.BORINGSSL && !OpenSsl.isAvailable()) {
            Throwable cause = OpenSsl.unavailabilityCause();
            throw new WebSocketException(
                    "BoringSSL is not there, expected netty-tcnative-boringssl-static on the class path: "
                            + Causes.inWords(cause) + NativeLibraries.remedyForBoringSsl(),
                    cause);
        }
        return provider != TlsProvider.JDK && OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
    }

    /** Has BoringSSL parse a chain and a key once and not for each handshake; the JDK has no need of it. */
    static KeyManagerFactory keyManagers(IdentityKeyManager keys, TlsProvider provider) {
        KeyManagerFactory factory = new KeyManagerFactoryWrapper(keys);
        if (sslProvider(provider) == SslProvider.JDK) {
            return factory;
        }
        keys.requireRsaOrEc("BoringSSL", "TlsProvider.JDK takes others");
        return new OpenSslCachingX509KeyManagerFactory(factory);
    }

    /** The same for QUIC, which is BoringSSL always. */
    static IdentityKeyManager quicKeys(TlsIdentity identity) {
        IdentityKeyManager keys = IdentityKeyManager.of(identity);
        keys.requireRsaOrEc("HTTP/3", "the other versions take others with TlsProvider.JDK");
        return keys;
    }
}
