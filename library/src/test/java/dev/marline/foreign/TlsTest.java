package dev.marline.foreign;

import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS with OpenSSL at the other end: whom a client trusts, and who a server says that it is. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class TlsTest {
    /** There is no path, the JDK says in one way or the other, from a trusted certificate to this one. */
    private static final String NO_PATH = "ath ";

    @TempDir
    static Path folder;

    private static Certificate localhost;
    private static Certificate other;

    @BeforeAll
    static void makeCertificates() throws IOException {
        localhost = Certificate.make(Files.createDirectory(folder.resolve("localhost")), "DNS:localhost,IP:127.0.0.1");
        other = Certificate.make(Files.createDirectory(folder.resolve("other")), "DNS:other.example");
    }

    enum ServerFiles {
        PEM,
        PKCS12;

        MarlineServer start() {
            WebSocketServer.Builder builder = WebSocketServer.builder();
            return MarlineServer.start(
                    this == PEM
                            ? builder.tls(localhost.certificate(), localhost.key())
                            : builder.tls(localhost.pkcs12(), Certificate.PASSWORD));
        }
    }

    @ParameterizedTest
    @EnumSource
    void opensslFindsTheServersCertificateInOrder(ServerFiles files) {
        try (MarlineServer server = files.start();
                RunningProgram openssl = RunningProgram.start(
                        Tools.find("openssl"),
                        "s_client",
                        "-connect",
                        "localhost:" + server.port(),
                        "-servername",
                        "localhost",
                        "-CAfile",
                        localhost.certificate().toString(),
                        "-verify_hostname",
                        "localhost",
                        "-verify_return_error")) {
            openssl.awaitLine("Verify return code: 0 (ok)");
            openssl.type("GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r");
            openssl.awaitLine(MarlineServer.PAGE.strip());
            assertThat(openssl.awaitEnd()).contains("TLSv1.3", "HTTP/1.1 200 OK");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theServerSpeaksTls12Too(ServerFiles files) {
        try (MarlineServer server = files.start();
                RunningProgram curl = RunningProgram.start(
                        Tools.find("curl"),
                        "--silent",
                        "--show-error",
                        "--tls-max",
                        "1.2",
                        "--cacert",
                        localhost.certificate().toString(),
                        "https://localhost:" + server.port() + "/page")) {
            assertThat(curl.awaitEnd()).isEqualTo(MarlineServer.PAGE.strip());
        }
    }

    /** A foreign server with a certificate. */
    private static ForeignEnd serverWith(Certificate certificate) {
        return Pairing.WS_SERVER.listen(Setup.PLAIN.withTls(certificate));
    }

    private static void assertThatItConnects(WebSocketClient.Builder builder, String host, Certificate certificate) {
        try (ForeignEnd peer = serverWith(certificate);
                WebSocketClient client = builder.build()) {
            MarlineEnd marline = MarlineClient.connect(client, "wss://" + host + ":" + peer.port() + "/");
            peer.awaitOpen();
            marline.says(text("hello"));
            peer.hears(text("hello"));
        }
    }

    private static void assertThatItIsRefused(
            WebSocketClient.Builder builder, String host, Certificate certificate, String... words) {
        try (ForeignEnd peer = serverWith(certificate);
                WebSocketClient client = builder.build()) {
            String address = "wss://" + host + ":" + peer.port() + "/";
            assertThatThrownBy(() -> MarlineClient.connect(client, address))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("TLS with " + address + " failed: ")
                    .hasMessageContainingAll(words);
        }
    }

    private static SSLContext contextThatTrusts(Path certificate) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void aClientTrustsTheCertificateInAPemFile() {
        assertThatItConnects(MarlineClient.builder().trust(localhost.certificate()), "localhost", localhost);
        assertThatItConnects(MarlineClient.builder().trust(localhost.certificate()), "127.0.0.1", localhost);
    }

    @Test
    void aClientTrustsWhatItsContextTrusts() throws Exception {
        SSLContext context = contextThatTrusts(localhost.certificate());
        assertThatItConnects(MarlineClient.builder().sslContext(context), "localhost", localhost);
    }

    @Test
    void anInsecureClientTrustsEverybodyUnderEveryName() {
        assertThatItConnects(MarlineClient.builder().insecure(), "localhost", localhost);
        assertThatItConnects(MarlineClient.builder().insecure(), "localhost", other);
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws Exception {
        assertThatItIsRefused(MarlineClient.builder().trust(other.certificate()), "localhost", other, "localhost");
        assertThatItIsRefused(MarlineClient.builder().trust(other.certificate()), "127.0.0.1", other, "127.0.0.1");
        assertThatItIsRefused(
                MarlineClient.builder().sslContext(contextThatTrusts(other.certificate())),
                "localhost",
                other,
                "localhost");
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
        assertThatItIsRefused(MarlineClient.builder(), "localhost", localhost, NO_PATH);
        assertThatItIsRefused(MarlineClient.builder().trust(other.certificate()), "localhost", localhost, NO_PATH);
        assertThatItIsRefused(
                MarlineClient.builder().sslContext(contextThatTrusts(other.certificate())),
                "localhost",
                localhost,
                NO_PATH);
    }

    @Test
    void aServerThatDoesNotSpeakTlsIsSaidToBeNone() {
        try (MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder().insecure().build()) {
            String address = "wss://localhost:" + server.port() + "/talk";
            assertThatThrownBy(() -> MarlineClient.connect(client, address))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageStartingWith("TLS with " + address + " failed: ");
        }
    }

    @Test
    void filesThatAreNotWhatTheyShouldBeAreNamed() {
        Path missing = folder.resolve("missing.pem");
        WebSocketServer.Builder builder = WebSocketServer.builder();
        assertThatThrownBy(() -> builder.tls(missing, localhost.key()))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> builder.tls(localhost.certificate(), missing))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> builder.tls(localhost.key(), localhost.certificate()))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining(localhost.key().toString());
        assertThatThrownBy(() -> builder.tls(localhost.pkcs12(), "wrong"))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll(localhost.pkcs12().toString(), "password");
        assertThatThrownBy(() -> MarlineClient.builder().trust(missing))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> MarlineClient.builder().trust(localhost.key()))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining(localhost.key().toString());
    }

    @Test
    void aKeyThatBelongsToAnotherCertificateIsRefused() {
        assertThatThrownBy(() -> WebSocketServer.builder().tls(localhost.certificate(), other.key()))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll(
                        localhost.certificate().toString(), other.key().toString());
    }
}
