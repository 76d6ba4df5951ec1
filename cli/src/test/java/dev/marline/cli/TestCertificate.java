package dev.marline.cli;

import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.Base64;

/** A certificate for localhost that has signed itself. */
final class TestCertificate {
    private TestCertificate() {}

    static void make(Path certificate, Path key) {
        Tools.openssl(
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-subj",
                "/CN=Marline's tests",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-out",
                certificate.toString(),
                "-keyout",
                key.toString());
    }

    /** The same key in another file, encrypted. */
    static Path encrypt(Path key, String password) {
        Path encrypted = key.resolveSibling("encrypted-" + key.getFileName());
        Tools.openssl(
                "pkcs8", "-topk8", "-in", key.toString(), "-out", encrypted.toString(), "-passout", "pass:" + password);
        return encrypted;
    }

    /** What Chromium is told a certificate by: its public key's SHA-256, in base64. */
    static String publicKeyHash(Path certificate) {
        try (InputStream in = Files.newInputStream(certificate)) {
            byte[] key = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getPublicKey()
                    .getEncoded();
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
