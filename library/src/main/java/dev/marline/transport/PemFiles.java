package dev.marline.transport;

import dev.marline.WebSocketException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in PEM (RFC 7468). What is wrong with a file is said of it by name. */
final class PemFiles {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

    private PemFiles() {}

    static void requireReadable(Path file, String what) {
        if (!Files.isReadable(file)) {
            throw new WebSocketException(what + " " + file + " does not exist or cannot be read");
        }
    }

    /** All certificates of a file, at least one. */
    static X509Certificate[] certificates(Path file) {
        requireReadable(file, "certificate file");
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (chain.length == 0) {
                throw new WebSocketException("certificate file " + file + " has no certificate in PEM");
            }
            return chain;
        } catch (IOException | CertificateException e) {
            throw new WebSocketException(
                    "certificate file " + file + " has no certificate in PEM: " + Causes.inWords(e), e);
        }
    }

    /** The private key of a file, which must be that of the first certificate of another. */
    static PrivateKey privateKey(Path file, Path certificateFile, X509Certificate certificate) {
        requireReadable(file, "key file");
        PublicKey publicKey = certificate.getPublicKey();
        try {
            Matcher pem = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            if (!pem.find()) {
                throw new WebSocketException(
                        "key file " + file
                                + " has no unencrypted PKCS#8 key in PEM (openssl pkcs8 -topk8 -nodes makes one of other keys)");
            }
            PKCS8EncodedKeySpec encoded =
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
            PrivateKey key = KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(encoded);
            if (!belongTogether(key, publicKey)) {
                throw new GeneralSecurityException("it belongs to another certificate");
            }
            return key;
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new WebSocketException(
                    "key file " + file + " has not the key of the certificate in " + certificateFile + ", which is "
                            + publicKey.getAlgorithm() + ": " + Causes.inWords(e),
                    e);
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] signed = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(signed);
        byte[] signatureBytes = signature.sign();
        signature.initVerify(publicKey);
        signature.update(signed);
        return signature.verify(signatureBytes);
    }
}
