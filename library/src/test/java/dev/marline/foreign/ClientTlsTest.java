package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import dev.marline.tls.ClientTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's TLS with OpenSSL at the other end, whoever encrypts at this one. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "BORINGSSL"})
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ClientTlsTest {
    @TempDir
    static Path folder;

    private static Authority root;
    private static Authority intermediate;
    private static Authority other;
    private static Certificate localhost;
    private static Certificate elsewhere;
    private static Certificate expired;
    private static Certificate client;
    private static Certificate selfSigned;

    @Parameter
    private TlsProvider provider;

    @BeforeAll
    static void makeCertificates() throws Exception {
        root = Authority.make(folder.resolve("root"), "A root");
        intermediate = root.vouchFor(folder.resolve("intermediate"), "An intermediate");
        other = Authority.make(folder.resolve("other"), "Another root");
        localhost = intermediate.issue(folder.resolve("localhost"), "DNS:localhost");
        elsewhere = intermediate.issue(folder.resolve("elsewhere"), "DNS:elsewhere.example");
        expired = intermediate.issue(folder.resolve("expired"), "DNS:localhost", -1);
        client = root.issue(folder.resolve("client"), "DNS:client.example");
        selfSigned = Certificate.make(Files.createDirectory(folder.resolve("self-signed")), "DNS:localhost");
    }

    private ClientTls trusting(Authority authority) {
        return ClientTls.trusting(authority.certificate()).provider(provider);
    }

    private static WebSocketClient clientWith(ClientTls tls) {
        return MarlineClient.builder().tls(tls).build();
    }

    private static void assertThatItConnects(ClientTls tls, OpensslServer server) {
        try (WebSocketClient connecting = clientWith(tls)) {
            open(connecting, server).abort();
        }
    }

    private static WebSocket open(WebSocketClient connecting, OpensslServer server) {
        CompletableFuture<WebSocket> opened = connecting.connect(server.address(), new MarlineEnd());
        server.acceptOpening();
        return opened.orTimeout(RunningProgram.PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private static void assertThatItIsRefused(ClientTls tls, Certificate shown, String... why) {
        try (OpensslServer server = OpensslServer.start(shown);
                WebSocketClient connecting = clientWith(tls)) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, server.address()))
                    .withMessageContainingAll("TLS with " + server.address() + " failed: ")
                    .withMessageContainingAll(why);
        }
    }

    @Test
    void aServerIsTrustedWhoseAuthorityIs() throws Exception {
        try (OpensslServer server = OpensslServer.start(localhost)) {
            assertThatItConnects(trusting(root), server);
            assertThatItConnects(trusting(intermediate), server);
            Path store = folder.resolve("trusted-" + provider + ".p12");
            importInto(store, root.certificate());
            assertThatItConnects(ClientTls.trusting(store, "changeit").provider(provider), server);
            assertThatItConnects(ClientTls.insecure().provider(provider), server);
        }
    }

    private static void importInto(Path store, Path certificate) {
        try (RunningProgram keytool = RunningProgram.start(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-importcert",
                "-noprompt",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-file",
                certificate.toString())) {
            keytool.awaitEnd();
            assertThat(keytool.exitCode()).isZero();
        }
    }

    @Test
    void aServerUnderAnotherNameIsRefused() {
        assertThatItIsRefused(trusting(root), elsewhere, "localhost");
    }

    @Test
    void aCertificateThatHasExpiredIsRefused() {
        assertThatItIsRefused(trusting(root), expired, "CN=localhost has expired");
        // Also where it is trusted by itself, and not for who has signed it.
        assertThatItIsRefused(
                ClientTls.trusting(expired.certificate()).provider(provider), expired, "CN=localhost has expired");
    }

    @Test
    void aCertificateThatHasSignedItselfIsRefused() {
        assertThatItIsRefused(trusting(root), selfSigned, "certification path");
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() {
        assertThatItIsRefused(trusting(other), localhost, "certification path");
        assertThatItIsRefused(ClientTls.ofJdk().provider(provider), localhost, "certification path");
    }

    @Test
    void overHttp3TheReasonIsTheSame() {
        assertThatHttp3IsRefused(trusting(root), elsewhere, "localhost");
        assertThatHttp3IsRefused(trusting(root), expired, "CN=localhost has expired");
        assertThatHttp3IsRefused(trusting(root), selfSigned, "certification path");
        assertThatHttp3IsRefused(trusting(other), localhost, "certification path");
        assertThatHttp3IsRefused(
                trusting(root).pin(pin(other.certificate())), localhost, "no pinned key is in the chain");
    }

    private static void assertThatHttp3IsRefused(ClientTls tls, Certificate shown, String why) {
        try (WebSocketServer server = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .http(HttpVersion.HTTP_3)
                        .tls(shown.certificate(), shown.key())
                        .webSocket("/", new MarlineEnd())
                        .start();
                WebSocketClient connecting = MarlineClient.builder()
                        .http(HttpVersion.HTTP_3)
                        .tls(tls)
                        .build()) {
            String address = "wss://localhost:" + server.port() + "/";
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, address))
                    .withMessageContaining("TLS with " + address + " failed: ")
                    .withMessageContaining(why);
        }
    }

    @Test
    void aKeyThatHttp3DoesNotTakeIsSaidAtOnce(@TempDir Path own) {
        Certificate made = Certificate.make(own, "DNS:client", "-newkey", "ed25519");
        ClientTls tls = trusting(root).identity(TlsIdentity.pem(made.certificate(), made.key()));
        try (WebSocketClient connecting =
                MarlineClient.builder().http(HttpVersion.HTTP_3).tls(tls).build()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, "wss://localhost:9/"))
                    .withMessageContainingAll("Ed", "HTTP/3 takes RSA and EC only");
        }
    }

    @Test
    void anSslContextIsNotForHttp3() throws Exception {
        SSLContext context = SSLContext.getDefault();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketClient.builder()
                        .sslContext(context)
                        .http(HttpVersion.HTTP_3)
                        .build())
                .withMessageContaining("an SSLContext is of no use to HTTP/3");
    }

    // ---- pinned keys

    /** The pin of a certificate's key as openssl computes it, in the way that curl's manual has it. */
    private static String pin(Path certificate) {
        try (RunningProgram pipe = RunningProgram.start(
                "sh",
                "-c",
                "openssl x509 -pubkey -noout -in \"$1\" | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64",
                "sh",
                certificate.toString())) {
            return "sha256/" + pipe.nextLine();
        }
    }

    @Test
    void aPinnedKeyMayBeTheServersOrAnAuthoritys() {
        try (OpensslServer server = OpensslServer.start(localhost)) {
            for (Path pinned : new Path[] {localhost.certificate(), intermediate.certificate(), root.certificate()}) {
                assertThatItConnects(trusting(root).pin(pin(other.certificate()), pin(pinned)), server);
            }
        }
    }

    @Test
    void aServerWithoutAPinnedKeyIsRefused() {
        assertThatItIsRefused(
                trusting(root).pin(pin(other.certificate())),
                localhost,
                "no pinned key is in the chain of CN=localhost",
                pin(localhost.certificate()));
    }

    @Test
    void aPinDoesNotReplaceTrust() {
        assertThatItIsRefused(trusting(other).pin(pin(localhost.certificate())), localhost, "certification path");
        assertThatItIsRefused(trusting(root).pin(pin(elsewhere.certificate())), elsewhere, "localhost");
    }

    /** Whoever has a certificate of any trusted authority could send the pinned one with it. */
    @Test
    void aPinnedCertificateThatIsOnlySentAlongIsOfNoUse() throws Exception {
        Certificate padded = intermediate.issue(folder.resolve("padded-" + provider), "DNS:localhost");
        Authority.append(padded.certificate(), other.certificate());
        Path both = Files.writeString(
                folder.resolve("both-roots-" + provider + ".pem"),
                Files.readString(root.certificate()) + Files.readString(other.certificate()));
        assertThatItIsRefused(
                ClientTls.trusting(both).provider(provider).pin(pin(other.certificate())),
                padded,
                "no pinned key is in the chain");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "sha256/", "sha256/AAAA", "sha1/AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256/a b", "sha256//=="})
    void whatIsNoPinIsTold(String pin) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientTls.ofJdk().pin(pin))
                .withMessageContaining("'" + pin + "' is no pin, expected sha256/");
    }

    @Test
    void pinsDoNotGoWithWhatTheyCannotNarrowDown() throws Exception {
        String pin = pin(localhost.certificate());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientTls.insecure().pin(pin))
                .withMessageContaining("insecure trusts everybody");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientTls.of(SSLContext.getDefault()).pin(pin))
                .withMessageContaining("an SSLContext has its own say on pins");
    }

    // ---- the client's certificate

    @Test
    void aServerThatAsksIsShownTheClientsCertificate() {
        ClientTls known = trusting(root).identity(TlsIdentity.pem(client.certificate(), client.key()));
        try (OpensslServer server = OpensslServer.start(
                localhost,
                "-Verify",
                "1",
                "-verify_return_error",
                "-CAfile",
                root.certificate().toString())) {
            assertThatItConnects(known, server);
            server.awaitLine("subject=CN = client.example");
        }
    }

    @Test
    void aServerThatWantsACertificateRefusesAClientWithoutOne() {
        try (OpensslServer server = OpensslServer.start(
                        localhost,
                        "-Verify",
                        "1",
                        "-verify_return_error",
                        "-CAfile",
                        root.certificate().toString());
                WebSocketClient connecting = clientWith(trusting(root))) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, server.address()))
                    .withMessageMatching("(?is).*certificate.?required.*");
        }
    }

    // ---- versions, cipher suites, sessions

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void theSecondConnectionResumesTheSessionOfTheFirst(String version) {
        try (OpensslServer server = OpensslServer.start(localhost, version);
                WebSocketClient connecting = clientWith(trusting(root))) {
            open(connecting, server).abort();
            open(connecting, server).abort();
            server.awaitLine("Reused session-id");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-tls1_1, DEFAULT@SECLEVEL=0",
        "-tls1_2, AES128-SHA",
        "-tls1_2, AES128-GCM-SHA256",
        "-tls1_2, ECDHE-ECDSA-AES128-SHA256"
    })
    void aServerWithNothingBetterIsRefused(String version, String cipherSuites) {
        try (OpensslServer server = OpensslServer.start(localhost, version, "-cipher", cipherSuites);
                WebSocketClient connecting = clientWith(trusting(root))) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, server.address()))
                    .withMessageContaining("TLS with " + server.address() + " failed: ");
        }
    }

    @ForEachSaneCipherSuite
    void everySaneCipherSuiteIsSpoken(String version, String option, String cipherSuite) {
        try (OpensslServer server = OpensslServer.start(localhost, version, option, cipherSuite)) {
            assertThatItConnects(trusting(root), server);
            server.awaitLine("CIPHER is " + cipherSuite);
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTlsRunsIntoTheTimeout() {
        // openssl waits for a second client only when the first has gone.
        try (OpensslServer server = OpensslServer.start(localhost);
                WebSocketClient first = clientWith(trusting(root));
                WebSocketClient second = MarlineClient.builder()
                        .tls(trusting(root))
                        .connectTimeout(Duration.ofMillis(300))
                        .build()) {
            open(first, server);
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(second, server.address()))
                    .withMessageMatching(".*(timed out after|took longer than) 300 ?ms.*");
        }
    }
}
