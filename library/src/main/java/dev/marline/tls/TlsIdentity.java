package dev.marline.tls;

import dev.marline.WebSocketException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who somebody is: a certificate, those that vouch for it, and the private key. Immutable; it knows the files that it is from, so that
 * they can be read again.
 *
 * <pre>{@code
 * TlsIdentity identity = TlsIdentity.pem(Path.of("fullchain.pem"), Path.of("privkey.pem"));
 * }</pre>
 */
public final class TlsIdentity {
    private final List<X509Certificate> certificates;
    private final PrivateKey privateKey;
    private final List<Path> files;
    private final @Nullable Supplier<TlsIdentity> again;

    private TlsIdentity(
            List<X509Certificate> certificates,
            PrivateKey privateKey,
            String certificateSource,
            String keySource,
            List<Path> files,
            @Nullable Supplier<TlsIdentity> again) {
        if (!belongTogether(privateKey, certificates.get(0).getPublicKey())) {
            throw new WebSocketException(keySource + " does not have the key of the certificate in " + certificateSource
                    + ", but another: replace both together");
        }
        this.certificates = certificates;
        this.privateKey = privateKey;
        this.files = files;
        this.again = again;
    }

    /**
     * From PEM files (RFC 7468), which may be one: the certificate followed by those that vouch for it, and its private key in PKCS#8,
     * PKCS#1 or SEC 1, unencrypted.
     *
     * @throws WebSocketException if they cannot be read or do not belong together; the message says which and why
     */
    public static TlsIdentity pem(Path certificateChain, Path privateKey) {
        return readPem(certificateChain, privateKey, null);
    }

    /**
     * The same, with a private key that is encrypted, in PKCS#8.
     *
     * @throws WebSocketException if they cannot be read or do not belong together, or it is not the key's password
     */
    public static TlsIdentity pem(Path certificateChain, Path privateKey, String password) {
        return readPem(certificateChain, privateKey, password);
    }

    private static TlsIdentity readPem(Path chain, Path key, @Nullable String password) {
        List<X509Certificate> certificates = PemFile.certificates(chain);
        return new TlsIdentity(
                certificates,
                PemFile.privateKey(key, password, certificates.get(0).getPublicKey()),
                chain.toString(),
                "key file " + key,
                List.of(chain, key),
                () -> readPem(chain, key, password));
    }

    /**
     * From a PKCS#12 file (RFC 7292) with one private key.
     *
     * @param password of the file and of the key in it
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public static TlsIdentity pkcs12(Path file, String password) {
        KeyStore store = readPkcs12(file, password);
        try {
            List<String> keys = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    keys.add(alias);
                }
            }
            if (keys.size() != 1) {
                throw new WebSocketException(
                        "PKCS#12 file " + file + " has " + keys.size() + " private keys, expected one");
            }
            List<X509Certificate> chain = new ArrayList<>();
            for (Certificate certificate : store.getCertificateChain(keys.get(0))) {
                chain.add((X509Certificate) certificate);
            }
            Key key = store.getKey(keys.get(0), password.toCharArray());
            return new TlsIdentity(
                    List.copyOf(chain),
                    (PrivateKey) key,
                    file.toString(),
                    "PKCS#12 file " + file,
                    List.of(file),
                    () -> pkcs12(file, password));
        } catch (GeneralSecurityException e) {
            throw new WebSocketException("PKCS#12 file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static KeyStore readPkcs12(Path file, String password) {
        PemFile.requireReadable(file, "PKCS#12 file");
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw new WebSocketException(
                    "not a PKCS#12 file with that password: " + file + ": " + e.getMessage()
                            + PemFile.asciiHint(password),
                    e);
        }
    }

    /**
     * From elsewhere, a keeper of secrets say. There is nothing to be read again.
     *
     * @param certificates the certificate followed by those that vouch for it
     * @throws IllegalArgumentException if there is no certificate
     * @throws WebSocketException if certificate and key do not belong together
     */
    public static TlsIdentity of(List<X509Certificate> certificates, PrivateKey privateKey) {
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("there is no certificate, expected at least one");
        }
        return new TlsIdentity(List.copyOf(certificates), privateKey, "the chain", "the private key", List.of(), null);
    }

    /** The certificate, followed by those that vouch for it. */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    public PrivateKey privateKey() {
        return privateKey;
    }

    /** The files that it is from; none if it is not from files. */
    public List<Path> files() {
        return files;
    }

    /**
     * The same from the same files, as they are now.
     *
     * @throws WebSocketException if they cannot be read or do not belong together; the message says which and why
     */
    public TlsIdentity readAgain() {
        return again == null ? this : again.get();
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] signed = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(signed);
            byte[] signatureBytes = signature.sign();
            signature.initVerify(publicKey);
            signature.update(signed);
            return signature.verify(signatureBytes);
        } catch (GeneralSecurityException e) {
            // Of another algorithm or length, then.
            return false;
        }
    }

    /** Whose it is and until when, for people. */
    @Override
    public String toString() {
        X509Certificate first = certificates.get(0);
        return first.getSubjectX500Principal() + ", valid until "
                + first.getNotAfter().toInstant();
    }
}
