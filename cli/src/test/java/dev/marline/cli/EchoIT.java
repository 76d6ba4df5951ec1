package dev.marline.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.BlockingWebSocket;
import dev.marline.ConnectionClosedException;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.RunningProgram;
import dev.marline.tls.ClientTls;
import dev.marline.tls.TlsIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code ./marline echo}. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class EchoIT {
    private static final Duration PATIENCE = Duration.ofSeconds(RunningProgram.PATIENCE_SECONDS);

    private final WebSocketClient client = WebSocketClient.builder()
            .limits(Limits.DEFAULT.withMaxMessageBytes(4 << 20))
            .insecure()
            .build();

    @AfterEach
    void closeClient() {
        client.close();
    }

    private static Command echo(String... options) {
        return Command.start(Stream.concat(Stream.of("echo", "--port", "0"), Stream.of(options))
                .toArray(String[]::new));
    }

    private BlockingWebSocket connect(Command echo, String path) {
        return client.connectBlocking("ws://localhost:" + echo.port() + path);
    }

    private static void assertThatItEchoes(BlockingWebSocket socket) {
        for (int size : List.of(0, 1, 126, 65536, 1 << 20)) {
            socket.send("z".repeat(size));
            Message text = next(socket);
            assertThat(text.isText()).isTrue();
            assertThat(text.text().equals("z".repeat(size)))
                    .as("text of " + size)
                    .isTrue();
            socket.send(new byte[size]);
            Message binary = next(socket);
            assertThat(binary.isText()).isFalse();
            assertThat(binary.toByteArray()).isEqualTo(new byte[size]);
        }
    }

    private static Message next(BlockingWebSocket socket) {
        return socket.receive(PATIENCE).orElseThrow();
    }

    @Test
    void everyPathEchoesEachMessageWithItsOwnType() {
        try (Command echo = echo()) {
            for (String path : List.of("/", "/any/path", "/with%20space?and=query")) {
                try (BlockingWebSocket socket = connect(echo, path)) {
                    assertThatItEchoes(socket);
                }
            }
        }
    }

    @Test
    void blockingStyleEchoesToo() {
        try (Command echo = echo("--blocking", "--threads", "1")) {
            try (BlockingWebSocket one = connect(echo, "/");
                    BlockingWebSocket other = connect(echo, "/")) {
                assertThatItEchoes(one);
                assertThatItEchoes(other);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachTransportEchoesOrSaysInALineThatItIsNotThere(Transport transport) {
        try (Command echo = echo("--transport", transport.name().toLowerCase(Locale.ROOT))) {
            boolean listens = echo.awaitErrorOrEnd("on ws://");
            if (listens) {
                try (BlockingWebSocket socket = connect(echo, "/")) {
                    assertThatItEchoes(socket);
                }
            } else {
                assertThat(echo.exitCode()).isEqualTo(2);
                assertThat(echo.errors())
                        .singleElement()
                        .asString()
                        .startsWith("marline: transport " + transport + " is not available here: ")
                        .doesNotContain("null");
            }
            boolean everywhere = transport == Transport.AUTO || transport == Transport.NIO;
            boolean onLinux = transport == Transport.EPOLL
                    && System.getProperty("os.name").equals("Linux");
            assertThat(listens).isIn(true, everywhere || onLinux);
        }
    }

    @Test
    void whatArrivesAtBroadcastIsSentToAllThere() {
        int listeners = 10;
        try (Command echo = echo("--threads", "4")) {
            List<BlockingWebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < listeners; i++) {
                sockets.add(connect(echo, "/broadcast"));
            }
            try (BlockingWebSocket elsewhere = connect(echo, "/elsewhere")) {
                for (BlockingWebSocket socket : sockets) {
                    // All are there when what they said of themselves comes back.
                    socket.send("here");
                    while (!next(socket).text().equals("here")) {}
                }
                sockets.get(3).send("to all");
                sockets.get(7).send(new byte[] {1, 2, 3});
                for (BlockingWebSocket socket : sockets) {
                    List<Message> heard = new ArrayList<>();
                    while (heard.size() < 2) {
                        Message message = next(socket);
                        if (!message.isText() || !message.text().equals("here")) {
                            heard.add(message);
                        }
                    }
                    assertThat(heard)
                            .filteredOn(Message::isText)
                            .singleElement()
                            .returns("to all", Message::text);
                    assertThat(heard)
                            .filteredOn(message -> !message.isText())
                            .singleElement()
                            .returns(new byte[] {1, 2, 3}, Message::toByteArray);
                }
                elsewhere.send("only me");
                assertThat(next(elsewhere).text()).isEqualTo("only me");
            }
        }
    }

    @Test
    void aMessageOverTheLimitEndsInA1009() {
        assertThatTheLargestMessageIs(100, "--max-message-size", "100");
        assertThatTheLargestMessageIs(3 << 20, "--max-message-size", String.valueOf(3 << 20));
    }

    private void assertThatTheLargestMessageIs(int size, String... options) {
        try (Command echo = echo(options);
                BlockingWebSocket socket = connect(echo, "/")) {
            socket.send(new byte[size]);
            assertThat(next(socket).size()).isEqualTo(size);
            socket.send(new byte[size + 1]);
            assertThatThrownBy(() -> socket.receive(PATIENCE))
                    .isInstanceOfSatisfying(
                            ConnectionClosedException.class,
                            closed -> assertThat(closed.received().code()).isEqualTo(1009));
        }
    }

    @Test
    void withACertificateItSpeaksTls(@TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (Command echo = echo("--tls-cert", certificate.toString(), "--tls-key", key.toString())) {
            echo.awaitError("on wss://localhost:");
            try (WebSocketClient trusting =
                            WebSocketClient.builder().trust(certificate).build();
                    BlockingWebSocket socket = trusting.connectBlocking("wss://localhost:" + echo.port() + "/")) {
                assertThatItEchoes(socket);
            }
            assertThatItSpeaks(echo, "wss", List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2));
        }
    }

    @Test
    void whoHasACertificateOfTheClientAuthorityIsServed(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        Path password = Files.writeString(folder.resolve("password"), "a rope of two strands\n");
        Path encrypted = TestCertificate.encrypt(key, "a rope of two strands");
        try (Command echo = echo(
                "--tls-cert",
                certificate.toString(),
                "--tls-key",
                encrypted.toString(),
                "--key-password-file",
                password.toString(),
                "--tls-client-ca",
                certificate.toString())) {
            echo.awaitError("on wss://localhost:");
            ClientTls trusting = ClientTls.trusting(certificate);
            String address = "wss://localhost:" + echo.port() + "/";
            try (WebSocketClient known = WebSocketClient.builder()
                            .tls(trusting.identity(TlsIdentity.pem(certificate, key)))
                            .build();
                    WebSocketClient unknown =
                            WebSocketClient.builder().tls(trusting).build();
                    BlockingWebSocket socket = known.connectBlocking(address)) {
                assertThatItEchoes(socket);
                assertThatThrownBy(() -> unknown.connectBlocking(address)).isInstanceOf(WebSocketException.class);
            }
            try (Command connect = Command.start(
                    "connect",
                    "--trust",
                    certificate.toString(),
                    "--pin",
                    "sha256/" + TestCertificate.publicKeyHash(certificate),
                    "--cert",
                    certificate.toString(),
                    "--key",
                    encrypted.toString(),
                    "--key-password-file",
                    password.toString(),
                    address)) {
                connect.type("hello");
                assertThat(connect.awaitOutput(1)).containsExactly("hello");
            }
        }
    }

    @Test
    void aNewCertificateIsUsedWhenTheFilesAreWatched(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (Command echo =
                echo("--tls-cert", certificate.toString(), "--tls-key", key.toString(), "--tls-watch", "1")) {
            echo.awaitError("on wss://localhost:");
            TestCertificate.make(certificate, key);
            echo.awaitError("TLS files of the server were read again");
            try (WebSocketClient trusting =
                            WebSocketClient.builder().trust(certificate).build();
                    BlockingWebSocket socket = trusting.connectBlocking("wss://localhost:" + echo.port() + "/")) {
                assertThatItEchoes(socket);
            }
        }
    }

    /** Each of these is spoken, and nothing else over TCP. */
    private static void assertThatItSpeaks(Command echo, String scheme, List<HttpVersion> spoken) {
        String address = scheme + "://localhost:" + echo.port() + "/";
        for (HttpVersion version : List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2, HttpVersion.HTTP_3)) {
            try (WebSocketClient client =
                    WebSocketClient.builder().insecure().http(version).build()) {
                if (spoken.contains(version)) {
                    assertThatItEchoes(client.connectBlocking(address));
                } else if (version != HttpVersion.HTTP_3) {
                    assertThatThrownBy(() -> client.connectBlocking(address))
                            .as(version.toString())
                            .isInstanceOf(WebSocketException.class);
                }
            }
        }
    }

    private static List<HttpVersion> versions(String names) {
        return Stream.of(names.split(" ")).map(HttpVersion::valueOf).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "'',           HTTP_1_1",
        "--http 1,     HTTP_1_1",
        "--http 2,     HTTP_2",
        "'--http 1,2', HTTP_1_1 HTTP_2",
        "--http all,   HTTP_1_1 HTTP_2"
    })
    void withoutTlsHttp2IsSpokenByChoice(String options, String spoken) {
        try (Command echo = echo(options.isEmpty() ? new String[0] : options.split(" "))) {
            assertThatItSpeaks(echo, "ws", versions(spoken));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, HTTP_1_1", "2, HTTP_2", "3, HTTP_3", "all, HTTP_1_1 HTTP_2 HTTP_3"})
    void overTlsItSpeaksTheVersionsThatTheOptionSays(String http, String spoken, @TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (Command echo = echo("--http", http, "--tls-cert", certificate.toString(), "--tls-key", key.toString())) {
            assertThatItSpeaks(echo, "wss", versions(spoken));
        }
    }

    @Test
    void askedToEndItClosesItsConnectionsAndEnds() {
        try (Command echo = echo();
                BlockingWebSocket socket = connect(echo, "/");
                BlockingWebSocket other = connect(echo, "/broadcast")) {
            socket.send("before");
            assertThat(next(socket).text()).isEqualTo("before");
            echo.terminate();
            for (BlockingWebSocket each : List.of(socket, other)) {
                assertThatThrownBy(() -> each.receive(PATIENCE))
                        .isInstanceOfSatisfying(
                                ConnectionClosedException.class,
                                closed -> assertThat(closed.received().code()).isEqualTo(1001));
            }
            // 128 and the number of the signal, as a JVM ends that was asked to.
            assertThat(echo.exitCode()).isEqualTo(143);
        }
    }

    private static WebSocketClient compressing(PerMessageDeflate deflate) {
        return WebSocketClient.builder().extensions(deflate).build();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --deflate                                        | permessage-deflate
            --deflate --blocking                             | permessage-deflate
            --deflate --deflate-level 9                      | permessage-deflate
            --deflate --deflate-threshold 1000               | permessage-deflate
            --deflate --server-no-context-takeover           | permessage-deflate; server_no_context_takeover
            --deflate --client-no-context-takeover           | permessage-deflate; client_no_context_takeover
            --deflate --server-max-window-bits 8             | permessage-deflate; server_max_window_bits=8
            --deflate --client-max-window-bits 14            | permessage-deflate; client_max_window_bits=14
            --deflate --server-max-window-bits 15            | permessage-deflate
            --deflate --deflate-shared --client-max-window-bits 9 | \
                permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9
            """)
    void itAsksForTheCompressionThatTheOptionsSay(String options, String agreed) {
        try (Command echo = echo(options.split(" "));
                WebSocketClient compressing =
                        compressing(PerMessageDeflate.dedicated().build());
                BlockingWebSocket socket = compressing.connectBlocking("ws://localhost:" + echo.port())) {
            assertThat(socket.unblocked().handshake().response().first("Sec-WebSocket-Extensions"))
                    .contains(agreed);
            assertThatItEchoes(socket);
        }
    }

    @Test
    void withoutBeingToldItDoesNotCompress() {
        try (Command echo = echo();
                WebSocketClient compressing =
                        compressing(PerMessageDeflate.dedicated().build());
                BlockingWebSocket socket = compressing.connectBlocking("ws://localhost:" + echo.port())) {
            assertThat(socket.unblocked().handshake().response().contains("Sec-WebSocket-Extensions"))
                    .isFalse();
            assertThatItEchoes(socket);
        }
    }

    @Test
    void itCompressesMessagesFromTheThresholdOn() {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        try (Command echo = echo("--deflate", "--deflate-threshold", "100");
                WebSocketClient compressing = compressing(deflate);
                BlockingWebSocket socket = compressing.connectBlocking("ws://localhost:" + echo.port())) {
            socket.send(new byte[99]);
            assertThat(next(socket).size()).isEqualTo(99);
            assertThat(deflate.messageBytes()).as("there").isEqualTo(99);

            socket.send(new byte[100]);
            assertThat(next(socket).size()).isEqualTo(100);
            assertThat(deflate.messageBytes()).as("there, and there and back").isEqualTo(99 + 2 * 100);
        }
    }

    @Test
    void aHigherLevelGivesSmallerMessages() {
        assertThat(compressedByLevel(9)).isLessThan(compressedByLevel(1));
    }

    /** How many bytes there are there, which are always the same, and back, which the level decides. */
    private static long compressedByLevel(int level) {
        String words =
                IntStream.range(0, 5000).mapToObj(i -> "wave " + i * i % 997).collect(Collectors.joining(" and "));
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        try (Command echo = echo("--deflate", "--deflate-level", String.valueOf(level));
                WebSocketClient compressing = compressing(deflate);
                BlockingWebSocket socket = compressing.connectBlocking("ws://localhost:" + echo.port())) {
            socket.send(words);
            assertThat(next(socket).text()).isEqualTo(words);
            return deflate.compressedBytes();
        }
    }

    @Test
    void theProcessIsTheJvm() {
        try (Command echo = echo()) {
            echo.port();
            assertThat(echo.handle().info().command().orElseThrow()).endsWith("/bin/java");
            assertThat(echo.handle().children()).isEmpty();
        }
    }

    @Test
    void connectionsOfTrustedProxiesBeginWithTheProxyProtocol() throws IOException {
        try (Command echo = echo("--proxy-protocol", "127.0.0.1,::1");
                Socket proxy = new Socket("localhost", echo.port())) {
            String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            proxy.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            proxy.getOutputStream().write(("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request).getBytes(US_ASCII));
            String answer = new String(proxy.getInputStream().readNBytes(12), US_ASCII);
            assertThat(answer).isEqualTo("HTTP/1.1 426");
            // Without it, its connection is not served.
            assertThatThrownBy(() -> connect(echo, "/")).isInstanceOf(WebSocketException.class);
        }
    }

    @Test
    void whatATrustedProxyForwardsIsBelievedAndHasToMakeSense() {
        try (Command echo = echo("--forwarded", "x-forwarded=127.0.0.1,::1");
                WebSocketClient proxy = WebSocketClient.builder()
                        .header("X-Forwarded-For", "192.0.2.1")
                        .build();
                WebSocketClient confused = WebSocketClient.builder()
                        .header("X-Forwarded-For", "somebody")
                        .build()) {
            String address = "ws://localhost:" + echo.port() + "/";
            proxy.connectBlocking(address).close();
            assertThatThrownBy(() -> confused.connectBlocking(address)).hasMessageContaining("'somebody'");
        }
    }

    @Test
    void pagesOfEveryOriginMayConnect() throws Exception {
        try (Command echo = echo();
                WebSocketClient page = WebSocketClient.builder()
                        .header("Origin", "https://elsewhere.example")
                        .build()) {
            page.connect("ws://localhost:" + echo.port() + "/", (socket, message) -> {})
                    .get(RunningProgram.PATIENCE_SECONDS, SECONDS);
        }
    }
}
