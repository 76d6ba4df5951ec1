package dev.marline.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./marline connect}. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ConnectIT {
    private final Talk talk = new Talk();

    private final PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();

    private final WebSocketServer server = WebSocketServer.builder()
            .host("localhost")
            .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
            .webSocket("/compressed", WebSocketRoute.listener(talk).extensions(deflate))
            .webSocket("/talk", WebSocketRoute.listener(talk).subprotocols("chat.v2", "chat.v1"))
            .webSocket("/echo", (socket, message) -> socket.send(message))
            .webSocket(
                    "/forbidden",
                    WebSocketRoute.listener((WebSocketListener) talk)
                            .check(request -> HandshakeCheck.refuse(HttpResponse.error(403, "members only"))))
            .webSocket(
                    "/moved",
                    WebSocketRoute.listener((WebSocketListener) talk)
                            .check(request -> HandshakeCheck.refuse(HttpResponse.error(302, "moved")
                                    .header("Set-Cookie", "way=1; Path=/")
                                    .header("Location", "/talk"))))
            .webSocket(
                    "/to-pier",
                    WebSocketRoute.listener((WebSocketListener) talk)
                            .check(request -> HandshakeCheck.refuse(HttpResponse.error(302, "moved")
                                    .header(
                                            "Location",
                                            "//127.0.0.1:"
                                                    + request.headers()
                                                            .first("Host")
                                                            .orElse("")
                                                            .replaceFirst(".*:", "") + "/pier"))))
            .webSocket(
                    "/pier",
                    WebSocketRoute.listener((WebSocketListener) talk)
                            .check(request -> request.headers()
                                            .first("Authorization")
                                            .equals(Optional.of("Basic c2FpbG9yOnJvcGU="))
                                    ? HandshakeCheck.accept()
                                    : HandshakeCheck.refuse(HttpResponse.error(401, "who are you?")
                                            .header("WWW-Authenticate", "Basic realm=\"pier\""))))
            .start();

    @AfterEach
    void stop() {
        server.close();
    }

    private String address(String path) {
        return "ws://localhost:" + server.port() + path;
    }

    @Test
    void linesAreMessagesAndMessagesAreLines() {
        try (Command connect = Command.start("connect", address("/talk"))) {
            WebSocket socket = talk.socket();
            connect.type("hello");
            connect.type("");
            connect.type("Möwe → 😀");
            assertThat(talk.hears()).isEqualTo("hello");
            assertThat(talk.hears()).isEmpty();
            assertThat(talk.hears()).isEqualTo("Möwe → 😀");

            socket.send("hello yourself");
            socket.send("");
            socket.send("Ölzeug → 😀");
            assertThat(connect.awaitOutput(3)).containsExactly("hello yourself", "", "Ölzeug → 😀");

            socket.close(1000, "that was all");
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.output()).hasSize(3);
            assertThat(connect.errors())
                    .containsExactly("connected to " + address("/talk"), "closed: 1000 that was all");
        }
    }

    @Test
    void atTheEndOfInputItCloses() {
        try (Command connect = Command.start("connect", address("/talk"))) {
            connect.type("one more, please");
            connect.endInput();
            assertThat(talk.hears()).isEqualTo("one more, please");
            assertThat(talk.hears()).isEqualTo("closed: 1000");
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.output()).containsExactly("one more");
            assertThat(connect.errors()).endsWith("closed: 1000");
        }
    }

    @Test
    void whatArrivesBetweenItsCloseAndThePeersIsPrinted() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Command connect = Command.start("connect", "ws://localhost:" + listening.getLocalPort() + "/")) {
            connect.endInput();
            try (Socket socket = listening.accept()) {
                InputStream in = socket.getInputStream();
                StringBuilder request = new StringBuilder();
                while (request.indexOf("\r\n\r\n") < 0) {
                    request.append((char) in.read());
                }
                String key = request.toString().replaceFirst("(?is).*\r\nSec-WebSocket-Key: *(\\S+).*", "$1");
                byte[] digest = MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(US_ASCII));
                OutputStream out = socket.getOutputStream();
                out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
                        .getBytes(US_ASCII));
                // A Close with a code: two bytes of header, four of masking key, two of payload.
                assertThat(in.readNBytes(8)).startsWith(0x88, 0x82);
                out.write(HexFormat.of().parseHex("81046c617465" + "8806" + "03e9" + "6c617374"));
            }
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.output()).containsExactly("late");
            assertThat(connect.errors()).endsWith("closed: 1001 last");
        }
    }

    @ParameterizedTest
    @CsvSource({"1001,0", "1008,1", "4001,1"})
    void theCloseIsShownAndDecidesHowItExits(int code, int exit) {
        try (Command connect = Command.start("connect", address("/talk"))) {
            talk.socket().close(code, "die Möwe");
            assertThat(connect.exitCode()).isEqualTo(exit);
            assertThat(connect.output()).isEmpty();
            assertThat(connect.errors()).endsWith("closed: " + code + " die Möwe");
        }
    }

    @Test
    void aLostConnectionIs1006() {
        try (Command connect = Command.start("connect", address("/talk"))) {
            talk.socket().abort();
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors()).last().asString().startsWith("closed: 1006");
        }
    }

    @Test
    void theHandshakeIsAsTheOptionsSay() {
        String origin = "http://localhost:" + server.port();
        try (Command connect = Command.start(
                "connect",
                address("/talk?room=1"),
                "--header",
                "Cookie: session=17",
                "--header",
                "X-Trace:on",
                "--origin",
                origin,
                "--subprotocol",
                "chat.v1",
                "--subprotocol",
                "chat.v2")) {
            WebSocket socket = talk.socket();
            Headers headers = socket.handshake().request().headers();
            assertThat(socket.handshake().target()).isEqualTo("/talk?room=1");
            assertThat(headers.all("Cookie")).containsExactly("session=17");
            assertThat(headers.all("X-Trace")).containsExactly("on");
            assertThat(headers.all("Origin")).containsExactly(origin);
            assertThat(headers.list("Sec-WebSocket-Protocol")).containsExactly("chat.v1", "chat.v2");
            connect.awaitError("connected to " + address("/talk?room=1") + ", subprotocol chat.v2");
        }
    }

    @Test
    void aMessageOverTheLimitFailsTheConnection() {
        try (Command connect = Command.start("connect", address("/talk"), "--max-message-size", "10")) {
            WebSocket socket = talk.socket();
            socket.send("0123456789");
            socket.send("0123456789a");
            assertThat(talk.hears()).startsWith("closed: 1009");
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.output()).containsExactly("0123456789");
            assertThat(connect.errors())
                    .last()
                    .asString()
                    .startsWith("closed: 1006 (")
                    .contains("10 bytes");
        }
    }

    /** Starts the command by a shell, which redirects its standard streams. */
    private Command startRedirected(String path, String redirections) {
        String marline = Command.root().resolve("marline").toString();
        return Command.startBy(
                List.of("sh", "-c", "exec '" + marline + "' connect '" + address(path) + "' " + redirections));
    }

    @Test
    void withStandardInputClosedNothingIsSent() {
        try (Command connect = startRedirected("/talk", "<&-")) {
            assertThat(talk.hears()).isEqualTo("closed: 1000");
            assertThat(connect.exitCode()).isZero();
        }
    }

    @Test
    void theJdksOwnFileIsNoInputWithoutTheScriptEither() throws IOException {
        Path target = Command.root().resolve("cli/target");
        try (Stream<Path> jars = Files.list(target)) {
            Path jar = jars.filter(file -> file.getFileName().toString().matches("marline-cli-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            String command = "exec '" + java + "' -cp '" + jar + ":" + target
                    + "/lib/*' dev.marline.cli.Marline connect " + address("/talk") + " <&-";
            try (Command connect = Command.startBy(List.of("sh", "-c", command))) {
                assertThat(talk.hears()).isEqualTo("closed: 1000");
                assertThat(connect.exitCode()).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({">/dev/full, No space left on device", ">&-, Bad file descriptor"})
    void outputThatIsLostIsAnError(String redirection, String why) {
        try (Command connect = startRedirected("/talk", redirection)) {
            talk.socket().send("hello");
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors()).last().isEqualTo("marline: cannot write to standard output: " + why);
        }
    }

    @Test
    void afterTheEndOfInputItWaitsForAnswersAsLongAsItIsTold() {
        try (Command connect = Command.start("connect", address("/talk"), "--wait", "60")) {
            connect.type("hello");
            connect.endInput();
            WebSocket socket = talk.socket();
            assertThat(talk.hears()).isEqualTo("hello");
            socket.send("late answer");
            connect.awaitOutput(1);
            socket.close(1000, "that was all");
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.output()).containsExactly("late answer");
            assertThat(connect.errors()).endsWith("closed: 1000 that was all");
            assertThat(talk.hears()).isEqualTo("closed: 1000");
        }
        try (Command connect = Command.start("connect", address("/talk"), "--wait", "1")) {
            connect.endInput();
            assertThat(talk.hears()).isEqualTo("closed: 1000");
            assertThat(connect.exitCode()).isZero();
        }
    }

    @Test
    void anInsecureOneTrustsAnyCertificate(@TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (WebSocketServer secure = WebSocketServer.builder()
                .host("localhost")
                .tls(certificate, key)
                .webSocket("/talk", talk)
                .start()) {
            String address = "wss://127.0.0.1:" + secure.port() + "/talk";
            try (Command connect = Command.start("connect", address, "--insecure")) {
                connect.type("hello");
                assertThat(talk.hears()).isEqualTo("hello");
            }
            try (Command connect = Command.start("connect", address)) {
                assertThat(connect.exitCode()).isEqualTo(1);
                assertThat(connect.errors())
                        .singleElement()
                        .asString()
                        .startsWith("marline: TLS with " + address + " failed: ");
            }
        }
    }

    private void assertThatItConnectsOver(HttpVersion version, String... arguments) {
        try (Command connect = Command.start(arguments)) {
            connect.type("hello");
            assertThat(talk.hears()).isEqualTo("hello");
            assertThat(talk.socket().handshake().request().version()).isEqualTo(version);
            connect.endInput();
            assertThat(connect.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, HTTP_1_1", "2, HTTP_2", "all, HTTP_1_1"})
    void withoutTlsItTakesHttp2WhereThatAloneIsWanted(String http, HttpVersion version) {
        assertThatItConnectsOver(version, "connect", address("/talk"), "--http", http);
    }

    @ParameterizedTest
    @CsvSource({"'', HTTP_2", "--http 1, HTTP_1_1", "--http 2, HTTP_2", "--http 3, HTTP_3", "--http all, HTTP_2"})
    void overTlsItTakesTheBestThatBothSpeak(String option, HttpVersion version, @TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (WebSocketServer secure = WebSocketServer.builder()
                .host("localhost")
                .tls(certificate, key)
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                .webSocket("/talk", talk)
                .start()) {
            String address = "wss://localhost:" + secure.port() + "/talk";
            String arguments = ("connect --insecure " + address + " " + option).strip();
            assertThatItConnectsOver(version, arguments.split(" "));
        }
    }

    @Test
    void aServerThatDoesNotSpeakTheVersionIsNamed(@TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (WebSocketServer secure = WebSocketServer.builder()
                        .host("localhost")
                        .tls(certificate, key)
                        .http(HttpVersion.HTTP_1_1)
                        .webSocket("/talk", talk)
                        .start();
                Command connect = Command.start(
                        "connect", "--insecure", "--http", "2", "wss://localhost:" + secure.port() + "/talk")) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors())
                    .singleElement()
                    .asString()
                    .startsWith("marline: wss://localhost:" + secure.port() + "/talk")
                    .contains("HTTP/2");
        }
    }

    @Test
    void itGoesThroughTheProxyOfTheEnvironmentUnlessToldOtherwise(@TempDir Path folder) throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder)) {
            String address = "http://sailor:rope@localhost:" + proxy.port();
            try (Command connect = Command.start(Map.of("HTTP_PROXY", address), "connect", address("/talk"))) {
                talk.socket().close(1000, "enough");
                assertThat(connect.exitCode()).isZero();
                proxy.awaitLine("CONNECT localhost:" + server.port());
            }
        }
        Map<String, String> nobody = Map.of("ALL_PROXY", "socks5://127.0.0.1:1", "no_proxy", "elsewhere");
        try (Command connect = Command.start(nobody, "connect", address("/talk"))) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors()).last().asString().contains("proxy socks5://127.0.0.1:1", "refused");
        }
        try (Command connect = Command.start(nobody, "connect", "--no-proxy", address("/talk"))) {
            talk.socket().close(1000, "enough");
            assertThat(connect.exitCode()).isZero();
        }
    }

    @Test
    void itFollowsRedirectsWithTheirCookies() {
        try (Command connect = Command.start("connect", address("/moved"), "--redirects", "2")) {
            WebSocket socket = talk.socket();
            assertThat(socket.handshake().request().headers().first("Cookie")).hasValue("way=1");
            socket.close(1000, "enough");
            assertThat(connect.exitCode()).isZero();
        }
        try (Command connect = Command.start("connect", address("/moved"))) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors()).last().asString().contains("302");
        }
    }

    @Test
    void itTellsTheServerThatItWasGivenAUserFor() {
        String other = address("/pier").replace("localhost", "127.0.0.1");
        try (Command connect = Command.start("connect", address("/pier"), "--user", "sailor:rope")) {
            talk.socket().close(1000, "enough");
            assertThat(connect.exitCode()).isZero();
        }
        try (Command connect =
                Command.start("connect", address("/to-pier"), "--redirects", "1", "--user", "sailor:rope")) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors())
                    .last()
                    .asString()
                    .contains("401", other)
                    .doesNotContain("rope");
        }
    }

    @Test
    void itConnectsFromTheAddressThatItIsTold() {
        try (Command connect = Command.start(
                "connect", "--local-address", "127.0.0.9", address("/talk").replace("localhost", "127.0.0.1"))) {
            WebSocket socket = talk.socket();
            assertThat(((InetSocketAddress) socket.remoteAddress()).getHostString())
                    .isEqualTo("127.0.0.9");
            socket.close(1000, "enough");
            assertThat(connect.exitCode()).isZero();
        }
    }

    @Test
    void itGoesThroughAProxy(@TempDir Path folder) throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder);
                Command connect = Command.start(
                        "connect", address("/talk"), "--proxy", "http://sailor:rope@localhost:" + proxy.port())) {
            connect.type("hello");
            assertThat(talk.hears()).isEqualTo("hello");
            proxy.awaitLine("CONNECT localhost:" + server.port());
        }
    }

    @Test
    void anEchoTakesOneAddressAfterTheOther() throws IOException {
        String nobody = "ws://localhost:" + FreePort.find() + "/";
        try (Command connect = Command.start("connect", "--echo", address("/talk"), nobody, address("/talk"))) {
            WebSocket first = talk.socket();
            first.send("first");
            assertThat(talk.hears()).isEqualTo("first");
            first.close(1000, "next, please");
            assertThat(talk.hears()).startsWith("closed: 1000");
            WebSocket second = talk.socket();
            second.send("second");
            assertThat(talk.hears()).isEqualTo("second");
            second.close(1000, "done");
            // One of them failed.
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.output()).isEmpty();
            assertThat(connect.errors()).hasSize(3);
            assertThat(connect.errors().get(0)).isEqualTo(address("/talk") + " closed: 1000 next, please");
            assertThat(connect.errors().get(1)).startsWith("marline: cannot connect to " + nobody);
            assertThat(connect.errors().get(2)).isEqualTo(address("/talk") + " closed: 1000 done");
        }
    }

    @Test
    void anEchoOfAllThatCloseNormallyIsAGoodEnd() {
        try (Command connect = Command.start("connect", "--echo", address("/talk"))) {
            talk.socket().close(1000, "");
            assertThat(connect.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "nothing", textBlock = """
            --deflate | permessage-deflate; client_max_window_bits | permessage-deflate
            --deflate --deflate-level 9 --deflate-threshold 1000 | \
                permessage-deflate; client_max_window_bits | permessage-deflate
            --deflate --server-no-context-takeover | \
                permessage-deflate; server_no_context_takeover; client_max_window_bits | \
                permessage-deflate; server_no_context_takeover
            --deflate --client-no-context-takeover | \
                permessage-deflate; client_no_context_takeover; client_max_window_bits | \
                permessage-deflate; client_no_context_takeover
            --deflate --server-max-window-bits 9 | \
                permessage-deflate; server_max_window_bits=9; client_max_window_bits | \
                permessage-deflate; server_max_window_bits=9
            --deflate --client-max-window-bits 8 | \
                permessage-deflate; client_max_window_bits=8 | permessage-deflate; client_max_window_bits=8
            --deflate --deflate-shared | \
                permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits | \
                permessage-deflate; server_no_context_takeover; client_no_context_takeover
            """)
    void itOffersTheCompressionThatTheOptionsSayAndShowsWhatIsAgreed(String options, String offered, String agreed) {
        List<String> arguments = new ArrayList<>(List.of("connect", address("/compressed")));
        arguments.addAll(List.of(options.split(" ")));
        try (Command connect = Command.start(arguments.toArray(String[]::new))) {
            WebSocket socket = talk.socket();
            assertThat(socket.handshake().request().headers().all("Sec-WebSocket-Extensions"))
                    .containsExactly(offered);
            for (String line : List.of("Möwe → 😀", "", "Möwe → 😀")) {
                connect.type(line);
                assertThat(talk.hears()).isEqualTo(line);
                socket.send(line);
            }
            assertThat(connect.awaitOutput(3)).containsExactly("Möwe → 😀", "", "Möwe → 😀");
            socket.close();
            assertThat(connect.errors())
                    .containsExactly("connected to " + address("/compressed") + ", " + agreed, "closed: 1000");
        }
    }

    @Test
    void whereTheServerDoesNotCompressNothingIs() {
        try (Command connect = Command.start("connect", "--deflate", address("/talk"))) {
            connect.type("hello");
            assertThat(talk.hears()).isEqualTo("hello");
            talk.socket().close();
            assertThat(connect.errors()).containsExactly("connected to " + address("/talk"), "closed: 1000");
        }
    }

    @Test
    void anEchoCompressesToo() {
        try (Command connect = Command.start("connect", "--echo", "--deflate", address("/compressed"))) {
            WebSocket socket = talk.socket();
            String words = "there and back again, ".repeat(100);
            for (int i = 0; i < 3; i++) {
                socket.send(words);
                assertThat(talk.hears()).isEqualTo(words);
            }
            assertThat(deflate.messageBytes()).isEqualTo(6L * words.length());
            assertThat(deflate.compressedBytes()).isLessThan(words.length());
            socket.close();
            assertThat(connect.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"/forbidden,403,members only", "/none,404,there is no WebSocket at this path"})
    void aServerThatSaysNoIsQuotedInOneLine(String path, int status, String body) {
        try (Command connect = Command.start("connect", address(path))) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.output()).isEmpty();
            assertThat(connect.errors())
                    .singleElement()
                    .asString()
                    .startsWith("marline: " + address(path))
                    .contains(String.valueOf(status), body);
        }
    }

    @Test
    void aPageOfAnotherOriginIsToldTheLineThatWouldAllowIt() {
        try (Command connect = Command.start("connect", address("/talk"), "--origin", "https://elsewhere.example")) {
            assertThat(connect.exitCode()).isEqualTo(1);
            assertThat(connect.errors())
                    .singleElement()
                    .asString()
                    .contains("403", ".allowOrigins(\"https://elsewhere.example\")");
        }
    }
}
