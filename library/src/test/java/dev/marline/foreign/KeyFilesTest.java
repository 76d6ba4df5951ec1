package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.WebSocketException;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import dev.marline.tls.ClientTls;
import dev.marline.tls.TlsIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates and keys in the files in which openssl writes them. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class KeyFilesTest {
    private static final String PASSWORD = "a rope of two strands";

    @TempDir
    private Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    /** Makes a certificate and its key, in PKCS#8 and unencrypted. */
    private void make(String newKey) {
        List<String> command = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=key"));
        command.addAll(List.of(newKey.split(" ")));
        command.addAll(List.of(
                "-out", file("cert.pem").toString(), "-keyout", file("key.pem").toString()));
        Tools.openssl(command.toArray(String[]::new));
    }

    enum Algorithm {
        RSA("-newkey rsa:2048"),
        RSA_4096("-newkey rsa:4096"),
        P_256("-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"),
        P_521("-newkey ec -pkeyopt ec_paramgen_curve:secp521r1"),
        ED25519("-newkey ed25519");

        private final String newKey;

        Algorithm(String newKey) {
            this.newKey = newKey;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKeyMayBeInPkcs8(Algorithm algorithm) {
        make(algorithm.newKey);
        TlsIdentity identity = TlsIdentity.pem(file("cert.pem"), file("key.pem"));
        assertThat(identity.certificates()).hasSize(1);
        assertThat(identity.privateKey().getFormat()).isEqualTo("PKCS#8");
        assertThat(identity.files()).containsExactly(file("cert.pem"), file("key.pem"));
        assertThat(identity).asString().startsWith("CN=key, valid until 20");
    }

    @ParameterizedTest
    @EnumSource(names = {"RSA", "RSA_4096", "P_256", "P_521"})
    void aKeyMayBeInItsOlderForm(Algorithm algorithm) {
        make(algorithm.newKey);
        Tools.openssl(
                "pkey",
                "-in",
                file("key.pem").toString(),
                "-traditional",
                "-out",
                file("old.pem").toString());
        assertThat(file("old.pem"))
                .content()
                .startsWith("-----BEGIN " + (algorithm.name().startsWith("R") ? "RSA " : "EC "));
        // It has signed what the certificate's key has verified, or there would be none.
        assertThat(TlsIdentity.pem(file("cert.pem"), file("old.pem")).certificates())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-v2 aes-256-cbc",
                "-v2 aes-128-cbc -v2prf hmacWithSHA1",
                "-v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 100000",
                "-v1 PBE-SHA1-3DES"
            })
    void aKeyMayBeEncrypted(String how) {
        for (Algorithm algorithm : List.of(Algorithm.RSA, Algorithm.P_256, Algorithm.ED25519)) {
            make(algorithm.newKey);
            encrypt(how, "plain ascii");
            assertThat(TlsIdentity.pem(file("cert.pem"), file("encrypted.pem"), "plain ascii")
                            .privateKey())
                    .isEqualTo(
                            TlsIdentity.pem(file("cert.pem"), file("key.pem")).privateKey());
        }
    }

    private void encrypt(String how, String password) {
        List<String> command = new ArrayList<>(
                List.of("pkcs8", "-topk8", "-in", file("key.pem").toString()));
        command.addAll(List.of(how.split(" ")));
        command.addAll(List.of("-out", file("encrypted.pem").toString(), "-passout", "pass:" + password));
        Tools.openssl(command.toArray(String[]::new));
    }

    @Test
    void aPasswordThatIsMissingOrWrongIsTold() {
        make(Algorithm.P_256.newKey);
        encrypt("-v2 aes-256-cbc", "right");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pem(file("cert.pem"), file("encrypted.pem")))
                .withMessage("key file " + file("encrypted.pem") + " is encrypted, and no password is given for it");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pem(file("cert.pem"), file("encrypted.pem"), "wrong"))
                .withMessageContaining("encrypted.pem cannot be decrypted with that password")
                .withMessageNotContaining("wrong");
        // One that is not needed does no harm: the file may be encrypted tomorrow.
        assertThat(TlsIdentity.pem(file("cert.pem"), file("key.pem"), "any").certificates())
                .hasSize(1);
    }

    /** Older JDKs take only ASCII, of which openssl knows nothing. */
    @Test
    void aPasswordThatIsNotAsciiOpensTheKeyOrIsToldWhyNot() {
        make(Algorithm.P_256.newKey);
        encrypt("-v2 aes-256-cbc", "Möwe");
        try {
            assertThat(TlsIdentity.pem(file("cert.pem"), file("encrypted.pem"), "Möwe")
                            .certificates())
                    .hasSize(1);
        } catch (WebSocketException older) {
            assertThat(older)
                    .hasMessageContaining("encrypted.pem cannot be decrypted with that password "
                            + "(it has characters that are not ASCII, which the JDK cannot always take)");
        }
    }

    @Test
    void aKeyInOpensslsOldEncryptionIsToldHowToBeNew() {
        make(Algorithm.RSA.newKey);
        Tools.openssl(
                "rsa",
                "-in",
                file("key.pem").toString(),
                "-traditional",
                "-aes128",
                "-passout",
                "pass:x",
                "-out",
                file("old.pem").toString());
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pem(file("cert.pem"), file("old.pem"), "x"))
                .withMessageContaining("is encrypted in OpenSSL's old way, expected PKCS#8 (openssl pkcs8 -topk8");
    }

    @Test
    void certificateAndKeyMayBeInOneFile() throws IOException {
        make(Algorithm.P_256.newKey);
        Path together = Files.writeString(
                file("both.pem"),
                "A comment.\n" + Files.readString(file("key.pem")) + Files.readString(file("cert.pem")));
        assertThat(TlsIdentity.pem(together, together).certificates()).hasSize(1);
    }

    @Test
    void aChainIsKeptInItsOrder() {
        Authority root = Authority.make(file("root"), "Root");
        Certificate issued =
                root.vouchFor(file("intermediate"), "Intermediate").issue(file("leaf"), "DNS:leaf.example");
        assertThat(TlsIdentity.pem(issued.certificate(), issued.key()).certificates())
                .extracting(each -> each.getSubjectX500Principal().getName())
                .containsExactly("CN=leaf.example", "CN=Intermediate");
    }

    @Test
    void aKeyOfAnotherCertificateIsTold() throws IOException {
        make(Algorithm.P_256.newKey);
        Files.move(file("cert.pem"), file("other-cert.pem"));
        make(Algorithm.P_256.newKey);
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pem(file("other-cert.pem"), file("key.pem")))
                .withMessage("key file " + file("key.pem") + " does not have the key of the certificate in "
                        + file("other-cert.pem") + ", but another: replace both together");
        make(Algorithm.RSA.newKey);
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pem(file("other-cert.pem"), file("key.pem")))
                .withMessageContaining("has no EC key, which the certificate is for");
    }

    @Test
    void aPkcs12FileHasBoth() {
        make(Algorithm.P_256.newKey);
        for (String encryption : List.of("-aes256", "-legacy")) {
            pkcs12(encryption);
            TlsIdentity identity = TlsIdentity.pkcs12(file("both.p12"), PASSWORD);
            assertThat(identity.certificates())
                    .isEqualTo(
                            TlsIdentity.pem(file("cert.pem"), file("key.pem")).certificates());
            assertThat(identity.files()).containsExactly(file("both.p12"));
        }
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pkcs12(file("both.p12"), "wrong"))
                .withMessageContaining("not a PKCS#12 file with that password: " + file("both.p12"))
                .withMessageNotContaining("wrong");
    }

    private void pkcs12(String encryption) {
        List<String> command = new ArrayList<>(
                List.of("pkcs12", "-export", "-in", file("cert.pem").toString()));
        if (encryption.equals("-legacy")) {
            command.add(encryption);
        }
        command.addAll(List.of(
                "-inkey", file("key.pem").toString(), "-out", file("both.p12").toString()));
        command.addAll(List.of("-passout", "pass:" + PASSWORD));
        Tools.openssl(command.toArray(String[]::new));
    }

    @Test
    void aPkcs12FileWithoutAKeyOrTrustedCertificatesIsTold() {
        make(Algorithm.P_256.newKey);
        Tools.openssl(
                "pkcs12",
                "-export",
                "-nokeys",
                "-in",
                file("cert.pem").toString(),
                "-out",
                file("no-key.p12").toString(),
                "-passout",
                "pass:x");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> TlsIdentity.pkcs12(file("no-key.p12"), "x"))
                .withMessage("PKCS#12 file " + file("no-key.p12") + " has 0 private keys, expected one");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> ClientTls.trusting(file("no-key.p12"), "x"))
                .withMessageContaining("has no trusted certificate");
    }

    @Test
    void whatIsInMemoryDoesToo() {
        make(Algorithm.P_256.newKey);
        TlsIdentity read = TlsIdentity.pem(file("cert.pem"), file("key.pem"));
        TlsIdentity made = TlsIdentity.of(read.certificates(), read.privateKey());
        assertThat(made.files()).isEmpty();
        assertThat(made.readAgain()).isSameAs(made);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TlsIdentity.of(List.of(), read.privateKey()))
                .withMessageContaining("expected at least one");
    }
}
