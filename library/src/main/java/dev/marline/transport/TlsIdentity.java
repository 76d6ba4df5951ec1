package dev.marline.transport;

import dev.marline.WebSocketException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
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
     * From PEM files.
     *
     * @throws WebSocketException if they cannot be read; the message says which and why
     */
    public static TlsIdentity pem(Path certificateChain, Path privateKey) {
        requireReadable(certificateChain, "certificate file");
        requireReadable(privateKey, "key file");
        try {
            File chain = certificateChain.toFile();
            return new TlsIdentity(
                    SslContextBuilder.forServer(chain, privateKey.toFile()).build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new WebSocketException(
                    "not a PEM certificate and its key: " + certificateChain + ", " + privateKey + ": "
                            + Causes.inWords(e),
                    e);
        }
    }

    /**
     * From a PKCS#12 file.
     *
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public static TlsIdentity pkcs12(Path store, String password) {
        requireReadable(store, "PKCS#12 file");
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

    private static void requireReadable(Path file, String what) {
        if (!Files.isReadable(file)) {
            throw new WebSocketException(what + " " + file + " does not exist or cannot be read");
        }
    }
}
