package dev.marline.transport;

import dev.marline.WebSocketException;
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
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/** Who a server is: its certificate chain and private key. */
public final class TlsIdentity {
    private final SslContext context;

    private TlsIdentity(SslContext context) {
        this.context = context;
    }

    SslContext context() {
        return context;
    }

    /**
     * From PEM files: the server's certificate with those that vouch for it, and its private key in PKCS#8.
     *
     * @throws WebSocketException if they cannot be read or do not belong together; the message says which and why
     */
    public static TlsIdentity pem(Path certificateChain, Path privateKey) {
        X509Certificate[] chain = PemFiles.certificates(certificateChain);
        PrivateKey key = PemFiles.privateKey(privateKey, certificateChain, chain[0]);
        try {
            return new TlsIdentity(SslContextBuilder.forServer(key, chain).build());
        } catch (SSLException e) {
            throw new WebSocketException(
                    "TLS cannot be set up from " + certificateChain + " and " + privateKey + ": " + Causes.inWords(e),
                    e);
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
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, password.toCharArray());
            return new TlsIdentity(SslContextBuilder.forServer(managers).build());
        } catch (IOException | GeneralSecurityException e) {
            throw new WebSocketException(
                    "not a PKCS#12 file with that password: " + store + ": " + Causes.inWords(e), e);
        }
    }
}
