package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.BlockingWebSocket;
import dev.marline.Limits;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Certificates;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wss}, on both sides, whoever encrypts. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "BORINGSSL"})
class TlsTest {
    @Parameter
    private TlsProvider provider;

    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:localhost");
    }

    private static WebSocketServer.Builder echo() {
        return WebSocketServer.builder()
                .host("localhost")
                .webSocket("/", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("a page over TLS"));
    }

    private WebSocketServer pemServer() {
        return echo().tls(pem()).start();
    }

    private ServerTls pem() {
        return ServerTls.of(TlsIdentity.pem(certificates.certificate(), certificates.key()))
                .provider(provider);
    }

    private WebSocketClient.Builder trusting() {
        return WebSocketClient.builder()
                .tls(ClientTls.trusting(certificates.certificate()).provider(provider));
    }

    private WebSocketClient.Builder insecure() {
        return WebSocketClient.builder().tls(ClientTls.insecure().provider(provider));
    }

    @Test
    void aServerTakesPemFiles() {
        try (WebSocketServer server = pemServer();
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            assertThat(server.isSecure()).isTrue();
            HttpHead page =
                    peer.sendHead("GET /page HTTP/1.1", "Host: localhost").readHead();
            assertThat(peer.readBody(page)).isEqualTo("a page over TLS");
            peer.open("/").send(Frame.text("hi"));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("hi"));
        }
    }

    @Test
    void aServerTakesAPkcs12File() {
        try (WebSocketServer server = echo().tls(
                                ServerTls.of(TlsIdentity.pkcs12(certificates.pkcs12(), Certificates.PASSWORD))
                                        .provider(provider))
                        .start();
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            peer.open("/").send(Frame.binary(new byte[1_000_000]));
            assertThat(peer.readFrame()).isEqualTo(Frame.binary(new byte[1_000_000]));
        }
    }

    @Test
    void theClosingHandshakeEndsInCloseNotifyAndFin() {
        try (WebSocketServer server = pemServer();
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            peer.open("/").send(Frame.close(1000, "bye"));

            assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, ""));
            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void aFailedConnectionStillGetsItsClose() {
        try (WebSocketServer server = pemServer();
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            peer.open("/").sendHex("8300");
            for (int i = 0; i < 50; i++) {
                peer.send(Frame.binary(new byte[10_000]));
            }

            assertThat(peer.readFrame().closeCode()).isEqualTo(1002);
            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void aLargePageOverTlsComesWhole() throws Exception {
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.write(site.resolve("large.bin"), new byte[3_000_000]);
        try (WebSocketServer server = WebSocketServer.builder()
                        .tls(pem())
                        .get("/*", StaticFiles.in(site))
                        .start();
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            peer.sendHead("GET /large.bin HTTP/1.1", "Host: localhost").readHead();

            assertThat(peer.readBytes(3_000_000)).isEqualTo(new byte[3_000_000]);
        }
    }

    @Test
    void plainHttpDoesNoHarmToATlsPort() {
        try (WebSocketServer server = pemServer();
                RawPeer plain = RawPeer.connect(server.port());
                RawPeer peer = RawPeer.connect(server.port(), certificates.context())) {
            plain.sendHead(RawPeer.handshake("/"));
            assertThat(new String(plain.readToEnd(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("HTTP");

            peer.open("/");
        }
    }

    @Test
    void aTlsHandshakeThatDoesNotComeInTimeEndsTheConnection() {
        try (WebSocketServer server = echo().tls(pem())
                        .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofMillis(200)))
                        .start();
                RawPeer silent = RawPeer.connect(server.port())) {
            assertThat(silent.readToEnd()).isEmpty();
        }
    }

    /** The first that a client says in TLS (RFC 8446 §4.1.2), in its record. */
    private static byte[] clientHello() throws SSLException {
        SSLEngine engine = certificates.context().createSSLEngine("localhost", 1);
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), hello);
        return Arrays.copyOf(hello.array(), hello.position());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatStallsInTheMiddleOfTlsIsCutOff(boolean helloIsWhole) throws Exception {
        byte[] hello = clientHello();
        try (WebSocketServer server = echo().tls(pem())
                        .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofMillis(200)))
                        .start();
                RawPeer stalled = RawPeer.connect(server.port())) {
            stalled.sendRaw(helloIsWhole ? hello : Arrays.copyOf(hello, hello.length / 2));
            if (helloIsWhole) {
                // A record of the handshake is on its way: the server has said who it is, and waits.
                assertThat(stalled.readBytes(1)).containsExactly(22);
            }
            stalled.readToEnd();
            eventually("it is counted no more", () -> server.connections() == 0);
        }
    }

    @Test
    void filesThatAreNoneAreTold() {
        Path missing = folder.resolve("missing.pem");

        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketServer.builder().tls(missing, certificates.key()))
                .withMessageContaining("missing.pem");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketServer.builder().tls(certificates.key(), certificates.certificate()))
                .withMessageContaining("has no certificate in PEM");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketServer.builder().tls(certificates.pkcs12(), "wrong password"))
                .withMessageContaining("not a PKCS#12 file with that password");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketServer.builder().tls(certificates.key(), Certificates.PASSWORD))
                .withMessageContaining("not a PKCS#12 file");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketClient.builder().trust(missing))
                .withMessageContaining("missing.pem");
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketClient.builder().trust(certificates.key()))
                .withMessageContaining("has no certificate in PEM");
    }

    // ---- the client

    private static String echoOf(WebSocketClient.Builder builder, String address) {
        try (WebSocketClient client = builder.build();
                BlockingWebSocket socket = client.connectBlocking(address)) {
            socket.send("over TLS");
            return socket.receive().text();
        }
    }

    @Test
    void aClientTrustsWhatItIsToldToTrust() {
        try (WebSocketServer server = pemServer()) {
            String address = "wss://localhost:" + server.port() + "/";

            assertThat(echoOf(trusting(), address)).isEqualTo("over TLS");
            assertThat(echoOf(WebSocketClient.builder().trust(certificates.certificate()), address))
                    .isEqualTo("over TLS");
            assertThat(echoOf(WebSocketClient.builder().sslContext(certificates.context()), address))
                    .isEqualTo("over TLS");
            assertThat(echoOf(insecure(), address)).isEqualTo("over TLS");
            assertThat(echoOf(WebSocketClient.builder().insecure(), address)).isEqualTo("over TLS");
        }
    }

    @Test
    void aClientTrustsNobodyElse() {
        try (WebSocketServer server = pemServer()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> echoOf(
                            WebSocketClient.builder().tls(ClientTls.ofJdk().provider(provider)),
                            "wss://localhost:" + server.port() + "/"))
                    .withMessageContaining("TLS with wss://localhost:" + server.port())
                    .withMessageContaining("certif");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCertificateForAnotherNameIsSomebodyElses(boolean ownContext) {
        WebSocketClient.Builder builder =
                ownContext ? WebSocketClient.builder().sslContext(certificates.context()) : trusting();
        try (WebSocketServer server = pemServer()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> echoOf(builder, "wss://127.0.0.1:" + server.port() + "/"))
                    .withMessageContaining("TLS with")
                    .withMessageContaining("127.0.0.1");
            assertThat(echoOf(insecure(), "wss://127.0.0.1:" + server.port() + "/"))
                    .isEqualTo("over TLS");
        }
    }

    @Test
    void aServerThatSpeaksNoTlsIsTold() {
        try (WebSocketServer server = echo().start()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> echoOf(insecure(), "wss://localhost:" + server.port() + "/"))
                    .withMessageContaining("TLS with");
        }
    }

    @Test
    void aServerThatNeverFinishesTlsRunsIntoTheTimeout() {
        try (RawPeer.Listening silent = RawPeer.listen()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> echoOf(
                            insecure().connectTimeout(Duration.ofMillis(300)),
                            "wss://127.0.0.1:" + silent.port() + "/"))
                    .withMessageContaining("wss://127.0.0.1:" + silent.port());
        }
    }
}
