package dev.marline.tls;

import dev.marline.WebSocketException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Certificates and keys in PEM (RFC 7468). What is wrong with a file is said of it by name. */
final class PemFile {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END");
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN ((?:ENCRYPTED |RSA |EC )?PRIVATE KEY)-----([^-]*)-----END \\1-----");
    private static final Pattern OLD_ENCRYPTION =
            Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----\\s+Proc-Type: 4,ENCRYPTED");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PemFile() {}

    static void requireReadable(Path file, String what) {
        if (!Files.isReadable(file)) {
            throw new WebSocketException(what + " " + file + " does not exist or cannot be read");
        }
    }

    private static String read(Path file, String what) {
        requireReadable(file, what);
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new WebSocketException(what + " " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** All certificates of a file, at least one. */
    static List<X509Certificate> certificates(Path file) {
        Matcher pem = CERTIFICATE.matcher(read(file, "certificate file"));
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            while (pem.find()) {
                byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
                certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw new WebSocketException(
                    "certificate file " + file + " has no certificate in PEM: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new WebSocketException("certificate file " + file + " has no certificate in PEM");
        }
        return List.copyOf(certificates);
    }

    /**
     * The private key of a file: in PKCS#8 (RFC 5958), encrypted or not, or in what came before it, PKCS#1 (RFC 8017 §A.1.2) and SEC 1
     * (RFC 5915), unencrypted.
     *
     * @param password of the key; null for one that is not encrypted
     * @param publicKey what it belongs to, which says its algorithm
     */
    static PrivateKey privateKey(Path file, @Nullable String password, PublicKey publicKey) {
        String text = read(file, "key file");
        Matcher pem = PRIVATE_KEY.matcher(text);
        if (OLD_ENCRYPTION.matcher(text).find()) {
            throw new WebSocketException("key file " + file
                    + " is encrypted in OpenSSL's old way, expected PKCS#8 (openssl pkcs8 -topk8 makes it of this)");
        }
        if (!pem.find()) {
            throw new WebSocketException("key file " + file + " has no private key in PEM");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            KeySpec encoded = switch (pem.group(1)) {
                case "PRIVATE KEY" -> new PKCS8EncodedKeySpec(der);
                case "ENCRYPTED PRIVATE KEY" -> decrypt(der, file, password);
                default -> new PKCS8EncodedKeySpec(inPkcs8(der, publicKey));
            };
            return KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(encoded);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new WebSocketException(
                    "key file " + file + " has no " + publicKey.getAlgorithm() + " key, which the certificate is for: "
                            + e.getMessage(),
                    e);
        }
    }

    private static KeySpec decrypt(byte[] der, Path file, @Nullable String password) throws GeneralSecurityException {
        if (password == null) {
            throw new WebSocketException("key file " + file + " is encrypted, and no password is given for it");
        }
        EncryptedPrivateKeyInfo encrypted;
        try {
            encrypted = new EncryptedPrivateKeyInfo(der);
        } catch (IOException e) {
            throw new WebSocketException("key file " + file + " has no key in PKCS#8: " + e.getMessage(), e);
        }
        // PBES2 (RFC 8018 §6.2) is a frame: which function and cipher are in it, the JDK says as its parameters' name.
        String algorithm =
                encrypted.getAlgName().equals("PBES2") || encrypted.getAlgName().equals("1.2.840.113549.1.5.13")
                        ? encrypted.getAlgParameters().toString()
                        : encrypted.getAlgName();
        PBEKeySpec secret = new PBEKeySpec(password.toCharArray());
        try {
            SecretKey key = SecretKeyFactory.getInstance(algorithm).generateSecret(secret);
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, key, encrypted.getAlgParameters());
            return encrypted.getKeySpec(cipher);
        } catch (GeneralSecurityException e) {
            throw new WebSocketException(
                    "key file " + file + " cannot be decrypted with that password" + asciiHint(password) + ": "
                            + e.getMessage(),
                    e);
        } finally {
            secret.clearPassword();
        }
    }

    /** PKCS#8 is a version, the algorithm as the public key has it (RFC 5280 §4.1), and the key in its older form. */
    private static byte[] inPkcs8(byte[] key, PublicKey publicKey) {
        byte[] subjectPublicKeyInfo = publicKey.getEncoded();
        int algorithm = contentOffset(subjectPublicKeyInfo, 0);
        int end = contentOffset(subjectPublicKeyInfo, algorithm) + contentLength(subjectPublicKeyInfo, algorithm);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(VERSION_0);
        content.write(subjectPublicKeyInfo, algorithm, end - algorithm);
        content.writeBytes(der(OCTET_STRING, key));
        return der(SEQUENCE, content.toByteArray());
    }

    private static int contentOffset(byte[] der, int at) {
        return at + 2 + lengthOctets(der, at);
    }

    /** How many octets follow the first of a length (X.690 §8.1.3). */
    private static int lengthOctets(byte[] der, int at) {
        return der[at + 1] < 0 ? der[at + 1] & 0x7F : 0;
    }

    private static int contentLength(byte[] der, int at) {
        int octets = lengthOctets(der, at);
        int length = octets == 0 ? der[at + 1] : 0;
        for (int i = 0; i < octets; i++) {
            length = (length << 8) | (der[at + 2 + i] & 0xFF);
        }
        return length;
    }

    private static byte[] der(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82); // no key is longer than two octets can say
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    /** What else may be wrong with a password: the JDK's PBES2 takes no others. */
    static String asciiHint(String password) {
        return StandardCharsets.US_ASCII.newEncoder().canEncode(password)
                ? ""
                : " (it has characters that are not ASCII, which the JDK cannot always take)";
    }
}
