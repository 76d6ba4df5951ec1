package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.Handshake;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Http3Peer;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.Tools;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
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

/** A server's TLS with openssl and curl at the other end, whoever encrypts at this one; and Marline's client for HTTP/3. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "BORINGSSL"})
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ServerTlsTest {
    @TempDir
    static Path folder;

    private static Authority root;
    private static Authority intermediate;
    private static Certificate localhost;
    private static Certificate exact;
    private static Certificate wildcard;
    private static Certificate client;
    private static Certificate expiredClient;
    private static Certificate strangeClient;

    @Parameter
    private TlsProvider provider;

    @AutoClose
    private WebSocketServer server;

    @BeforeAll
    static void makeCertificates() {
        root = Authority.make(folder.resolve("root"), "A root");
        intermediate = root.vouchFor(folder.resolve("intermediate"), "An intermediate");
        localhost = root.issue(folder.resolve("localhost"), "DNS:localhost,IP:127.0.0.1");
        exact = root.issue(folder.resolve("exact"), "DNS:www.example.org");
        wildcard = root.issue(folder.resolve("wildcard"), "DNS:*.example.org");
        client = intermediate.issue(folder.resolve("client"), "DNS:client.example");
        expiredClient = intermediate.issue(folder.resolve("expired"), "DNS:expired.example", -1);
        strangeClient = Authority.make(folder.resolve("strange"), "A stranger")
                .issue(folder.resolve("stranger"), "DNS:stranger.example");
    }

    private static TlsIdentity identity(Certificate certificate) {
        return TlsIdentity.pem(certificate.certificate(), certificate.key());
    }

    private ServerTls tls() {
        return ServerTls.of(identity(localhost)).provider(provider);
    }

    private void start(ServerTls tls, HttpVersion... http) {
        WebSocketServer.Builder builder = WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(Setup.LIMITS)
                .tls(tls)
                .get("/who", request -> HttpResponse.text(namesOf(request.clientCertificates())))
                .webSocket("/open", new MarlineEnd())
                .webSocket(
                        "/known",
                        WebSocketRoute.listener((socket, message) ->
                                        socket.send(namesOf(socket.handshake().clientCertificates())))
                                .check(request -> request.clientCertificates().isEmpty()
                                        ? HandshakeCheck.refuse(HttpResponse.error(403, "who are you?"))
                                        : HandshakeCheck.accept()));
        server = (http.length == 0 ? builder : builder.http(http)).start();
    }

    private static String namesOf(List<X509Certificate> certificates) {
        return certificates.stream()
                .map(each -> each.getSubjectX500Principal().getName())
                .collect(Collectors.joining(" < ", "[", "]"));
    }

    /** Asks for the page, and gives all that openssl says. */
    private String openssl(String... options) {
        // Piped, as openssl may end before it can be told.
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "printf 'GET /who HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | \"$0\" \"$@\"",
                Tools.find("openssl"),
                "s_client",
                "-ign_eof",
                "-connect",
                "127.0.0.1:" + server.port(),
                "-CAfile",
                root.certificate().toString(),
                "-verify_return_error"));
        command.addAll(List.of(options));
        try (RunningProgram openssl = RunningProgram.start(command.toArray(String[]::new))) {
            return openssl.awaitEnd();
        }
    }

    private String curl(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Tools.find("curl"),
                "--silent",
                "--show-error",
                "--max-time",
                String.valueOf(RunningProgram.PATIENCE_SECONDS),
                "--cacert",
                root.certificate().toString(),
                "https://localhost:" + server.port() + "/who"));
        command.addAll(List.of(options));
        try (RunningProgram curl = RunningProgram.start(command.toArray(String[]::new))) {
            return curl.awaitEnd();
        }
    }

    // ---- names

    private ServerTls named() {
        return tls().forName("*.example.org", identity(wildcard)).forName("WWW.example.org", identity(exact));
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.org, www.example.org",
        "WWW.EXAMPLE.ORG, www.example.org",
        "a.example.org, *.example.org",
        "a.b.example.org, localhost",
        "example.org, localhost",
        "elsewhere.example, localhost"
    })
    void aClientGetsTheCertificateForTheNameThatItAsksFor(String name, String subject) {
        start(named());
        assertThat(openssl("-servername", name)).contains("subject=CN = " + subject + "\n", "HTTP/1.1 200 OK");
        assertThat(openssl("-servername", name, "-tls1_2"))
                .contains("subject=CN = " + subject + "\n", "HTTP/1.1 200 OK");
    }

    @Test
    void aClientThatAsksForNoNameGetsTheServersOwnCertificate() {
        start(named());
        assertThat(openssl("-noservername")).contains("subject=CN = localhost\n", "HTTP/1.1 200 OK");
    }

    @Test
    void curlFindsEachNamesCertificateInOrder() {
        start(named());
        for (String name : List.of("www.example.org", "other.example.org")) {
            try (RunningProgram curl = RunningProgram.start(
                    Tools.find("curl"),
                    "--silent",
                    "--show-error",
                    "--http2",
                    "--cacert",
                    root.certificate().toString(),
                    "--resolve",
                    name + ":" + server.port() + ":127.0.0.1",
                    "https://" + name + ":" + server.port() + "/who")) {
                assertThat(curl.awaitEnd()).isEqualTo("[]");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.org, CN=www.example.org",
        "a.example.org, CN=*.example.org",
        "a.b.example.org, CN=localhost",
        "localhost, CN=localhost"
    })
    void aClientOfHttp3GetsThatToo(String name, String subject) {
        start(named().requireClientCertificate(root.certificate()), HttpVersion.HTTP_3);
        Http3Peer peer = Http3Peer.connect(
                server.port(),
                name,
                tls -> tls.trustManager(root.certificate().toFile())
                        .keyManager(
                                client.key().toFile(),
                                null,
                                client.certificate().toFile())
                        .endpointIdentificationAlgorithm(null));
        try (peer) {
            assertThat(peer.serverCertificate().getSubjectX500Principal().getName())
                    .isEqualTo(subject);
            PeerStream page = peer.request(StreamPeer.get("/who"));
            assertThat(page.readHead().status()).isEqualTo(200);
            assertThat(page.readBody()).isEqualTo(CLIENT);
        }
    }

    @Test
    void whatIsNoNameIsTold() {
        for (String name : List.of("", "*", "*.", "a..b", "*.*.example.org", "a.*.org", "exa mple.org", "-a.org")) {
            assertThatIllegalArgumentException()
                    .as(name)
                    .isThrownBy(() -> tls().forName(name, identity(exact)))
                    .withMessageContaining("'" + name + "' is no host name");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> named().forName("www.EXAMPLE.org", identity(exact)))
                .withMessage("'www.EXAMPLE.org' has an identity already");
        assertThat(tls().forName("bücher.example", identity(exact))
                        .identityFor("xn--bcher-kva.example")
                        .certificates())
                .isEqualTo(identity(exact).certificates());
    }

    // ---- clients' certificates

    private static String[] showing(Certificate shown) {
        return new String[] {
            "--cert", shown.certificate().toString(), "--key", shown.key().toString()
        };
    }

    private static String[] with(String[] options, String... more) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static final String CLIENT = "[CN=client.example < CN=An intermediate]";

    @ParameterizedTest
    @CsvSource({"--http1.1, 1.2", "--http1.1, 1.3", "--http2, 1.2", "--http2, 1.3"})
    void aPageSeesTheCertificateThatTheClientShows(String http, String version) {
        start(tls().requireClientCertificate(root.certificate()));
        assertThat(curl(with(showing(client), http, "--tlsv" + version, "--tls-max", version)))
                .isEqualTo(CLIENT);
    }

    @Test
    void aClientWithoutACertificateIsRefusedWhereOneIsRequired() {
        start(tls().requireClientCertificate(root.certificate()));
        assertThat(curl()).startsWith("curl: (").doesNotContain("[]");
        assertThat(curl("--tls-max", "1.2")).startsWith("curl: (").doesNotContain("[]");
        assertThat(openssl())
                .doesNotContain("HTTP/1.1 200")
                .containsPattern("alert (bad certificate|certificate required)");
    }

    @Test
    void aClientWithoutACertificateIsServedWhereOneIsRequested() {
        start(tls().requestClientCertificate(root.certificate()));
        assertThat(curl()).isEqualTo("[]");
        assertThat(curl("--tls-max", "1.2")).isEqualTo("[]");
        assertThat(curl(showing(client))).isEqualTo(CLIENT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWrongCertificateIsRefusedRequiredOrNot(boolean required) {
        start(
                required
                        ? tls().requireClientCertificate(root.certificate())
                        : tls().requestClientCertificate(root.certificate()));
        for (Certificate wrong : List.of(expiredClient, strangeClient)) {
            assertThat(curl(showing(wrong))).startsWith("curl: (").doesNotContain("CN=");
            assertThat(curl(with(showing(wrong), "--tls-max", "1.2")))
                    .startsWith("curl: (")
                    .doesNotContain("CN=");
        }
    }

    @Test
    void aServerThatDoesNotAskIsShownNoCertificate() {
        start(tls());
        assertThat(curl(showing(client))).isEqualTo("[]");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2", "HTTP_3"})
    void aHandshakeHasTheClientsCertificate(HttpVersion http) {
        start(tls().requestClientCertificate(root.certificate()), http);
        ClientTls trusting = ClientTls.trusting(root.certificate()).provider(provider);
        String address = "wss://localhost:" + server.port() + "/known";
        try (WebSocketClient known = clientOver(http, trusting.identity(identity(client)));
                WebSocketClient unknown = clientOver(http, trusting)) {
            MarlineEnd end = MarlineClient.connect(known, address);
            end.says(Said.text("who am I?"));
            assertThat(end.hears()).isEqualTo(Said.text(CLIENT));
            assertThat(end.handshake())
                    .extracting(Handshake::clientCertificates)
                    .isEqualTo(List.of());

            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(unknown, address))
                    .withMessageContaining("who are you?");
        }
    }

    private static WebSocketClient clientOver(HttpVersion http, ClientTls tls) {
        return MarlineClient.builder().http(http).tls(tls).build();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2", "HTTP_3"})
    void whoHasNoRightCertificateOpensNoWebSocket(HttpVersion http) {
        start(tls().requireClientCertificate(root.certificate()), http);
        ClientTls trusting = ClientTls.trusting(root.certificate()).provider(provider);
        for (ClientTls wrong : List.of(
                trusting, trusting.identity(identity(strangeClient)), trusting.identity(identity(expiredClient)))) {
            try (WebSocketClient connecting = clientOver(http, wrong)) {
                assertThatExceptionOfType(WebSocketException.class)
                        .isThrownBy(
                                () -> MarlineClient.connect(connecting, "wss://localhost:" + server.port() + "/open"));
            }
        }
        assertThat(server.webSockets()).isZero();
    }

    // ---- versions, cipher suites, sessions

    @ParameterizedTest
    @CsvSource({
        "-tls1_1, DEFAULT@SECLEVEL=0",
        "-tls1_2, AES128-SHA",
        "-tls1_2, AES128-GCM-SHA256",
        "-tls1_2, ECDHE-ECDSA-AES128-SHA",
        "-tls1_2, ECDHE-ECDSA-AES128-SHA256"
    })
    void aClientWithNothingBetterIsRefused(String version, String cipherSuites) {
        start(tls());
        assertThat(openssl(version, "-cipher", cipherSuites)).contains("alert").doesNotContain("HTTP/1.1 200");
    }

    @ForEachSaneCipherSuite
    void everySaneCipherSuiteIsSpoken(String version, String option, String cipherSuite) {
        start(tls());
        assertThat(openssl(version, option, cipherSuite)).contains("Cipher is " + cipherSuite, "HTTP/1.1 200 OK");
    }

    @ParameterizedTest
    @CsvSource({"-tls1_2, false", "-tls1_2, true", "-tls1_3, false", "-tls1_3, true"})
    void aSessionIsResumed(String version, boolean withCertificate) {
        start(withCertificate ? tls().requireClientCertificate(root.certificate()) : tls());
        Path session = folder.resolve(provider + version + withCertificate + ".session");
        String[] options = withCertificate
                ? new String[] {
                    version,
                    "-cert",
                    client.certificate().toString(),
                    "-cert_chain",
                    client.certificate().toString(),
                    "-key",
                    client.key().toString()
                }
                : new String[] {version};
        String who = withCertificate ? "[CN=client.example" : "[]";
        assertThat(openssl(with(options, "-sess_out", session.toString())))
                .contains("\nNew, TLSv1", "HTTP/1.1 200 OK", who);
        assertThat(openssl(with(options, "-sess_in", session.toString())))
                .contains("\nReused, TLSv1", "HTTP/1.1 200 OK", who);

        // With new certificates others may be trusted: what was resumable begins anew, and is served.
        server.reloadTls();
        assertThat(openssl(with(options, "-sess_in", session.toString())))
                .contains("\nNew, TLSv1", "HTTP/1.1 200 OK", who);
    }

    // ---- keys

    private Certificate selfSigned(String... newKey) throws IOException {
        return Certificate.make(Files.createTempDirectory(folder, "key"), "DNS:localhost", newKey);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:secp384r1"})
    void aKeyInItsOlderFormServesToo(String newKey) throws IOException {
        Certificate made = selfSigned(("-newkey " + newKey).split(" "));
        Path old = made.key().resolveSibling("old.pem");
        Tools.openssl("pkey", "-in", made.key().toString(), "-traditional", "-out", old.toString());
        assertThat(old).content().containsPattern("-----BEGIN (RSA|EC) PRIVATE KEY-----");
        start(ServerTls.of(TlsIdentity.pem(made.certificate(), old)).provider(provider));
        for (String version : List.of("-tls1_2", "-tls1_3")) {
            assertThat(openssl(version, "-CAfile", made.certificate().toString()))
                    .contains("HTTP/1.1 200 OK");
        }
    }

    @Test
    void anEd25519KeyIsForTheJdk() throws IOException {
        Certificate made = selfSigned("-newkey", "ed25519");
        ServerTls tls = ServerTls.of(identity(made)).provider(provider);
        if (provider == TlsProvider.JDK) {
            start(tls);
            assertThat(openssl("-CAfile", made.certificate().toString())).contains("HTTP/1.1 200 OK");
        } else {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> start(tls))
                    .withMessageMatching(
                            "the key of CN=Marline's tests, .* is Ed.*, and BoringSSL takes RSA and EC only: .*");
        }
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> start(tls, HttpVersion.HTTP_3))
                .withMessageContaining("HTTP/3 takes RSA and EC only");
    }
}
