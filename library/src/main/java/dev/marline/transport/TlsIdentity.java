package dev.marline.transport;

import dev.marline.WebSocketException;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/** Who a server is: its certificate chain and private key. */
public final class TlsIdentity {
    private final KeyManagerFactory keys;
    private final String password;
    private final String source;

    private TlsIdentity(KeyManagerFactory keys, String password, String source) {
        this.keys = keys;
        this.password = password;
        this.source = source;
    }

    /**
     * TLS on TCP, with a choice of protocols (ALPN, RFC 7301).
     *
     * @throws WebSocketException if TLS cannot be set up with it; the message says why
     */
    SslContext context(List<String> protocols) {
        try {
            return SslContextBuilder.forServer(keys)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            protocols))
                    .build();
        } catch (SSLException e) {
            throw new WebSocketException("TLS cannot be set up from " + source + ": " + Causes.inWords(e), e);
        }
    }

    /**
     * TLS in QUIC, for HTTP/3.
     *
     * @throws WebSocketException if it cannot be set up; the message says why
     */
    QuicSslContext quicContext() {
        return QuicSslContextBuilder.forServer(keys, password)
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .build();
    }

    /**
     * From PEM files: the server's certificate with those that vouch for it, and its private key in PKCS#8.
     *
     * @throws WebSocketException if they cannot be read or do not belong together; the message says which and why
     */
    public static TlsIdentity pem(Path certificateChain, Path privateKey) {
        X509Certificate[] chain = PemFiles.certificates(certificateChain);
        PrivateKey key = PemFiles.privateKey(privateKey, certificateChain, chain[0]);
        String source = certificateChain + " and " + privateKey;
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("server", key, new char[0], chain);
            return new TlsIdentity(keyManagers(keys, ""), "", source);
        } catch (IOException | GeneralSecurityException e) {
            throw new WebSocketException("TLS cannot be set up from " + source + ": " + Causes.inWords(e), e);
        }
    }

    /**
     * From a PKCS#12 file.
     *
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public static TlsIdentity pkcs12(Path store, String password) {
        PemFiles.requireReadable(store, "PKCS#12 file");
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password.toCharArray());
            return new TlsIdentity(keyManagers(keys, password), password, store.toString());
        } catch (IOException | GeneralSecurityException e) {
            throw new WebSocketException(
                    "not a PKCS#12 file with that password: " + store + ": " + Causes.inWords(e), e);
        }
    }

    private static KeyManagerFactory keyManagers(KeyStore keys, String password) throws GeneralSecurityException {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password.toCharArray());
        return managers;
    }
}
