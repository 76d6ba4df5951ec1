package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every wrong request gets the right status, the headers that go with it, and a body that says why; then the connection ends. */
class RefusedRequestsTest {
    private static final Limits LIMITS = Limits.DEFAULT.withMaxHeaderBytes(2048).withMaxHeaders(20);

    private static WebSocketServer server;

    @BeforeAll
    static void start() {
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(LIMITS)
                .webSocket("/ws", new Recorder())
                .webSocket("/both", new Recorder())
                .get("/both", request -> HttpResponse.text("a page"))
                .get("/page", request -> HttpResponse.text("a page"))
                .get("/throws", request -> {
                    throw new IllegalStateException("the handler's own trouble");
                })
                .webSocket(
                        "/check-throws", WebSocketRoute.listener(new Recorder()).check(request -> {
                            throw new IllegalStateException("the check's own trouble");
                        }))
                .webSocket("/factory-throws", WebSocketRoute.listener(handshake -> {
                    throw new IllegalStateException("the factory's own trouble");
                }))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** What a server said to a request, after which it closed the connection. */
    private record Answer(HttpHead head, String body) {
        int status() {
            return head.status();
        }

        String header(String name) {
            return head.header(name);
        }
    }

    /** Sends a request, these lines and an empty one. */
    private static Answer answerTo(String... lines) {
        return answerToRaw(String.join("\r\n", lines) + "\r\n\r\n");
    }

    private static Answer answerToRaw(String request) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendRaw(request);
            HttpHead head = peer.readHead();
            String body = peer.readBody(head);
            if ("close".equals(head.header("Connection"))) {
                assertThat(peer.readToEnd()).isEmpty();
            }
            return new Answer(head, body);
        }
    }

    private static String[] handshakeWithout(String header, String... instead) {
        List<String> lines = new ArrayList<>(List.of(RawPeer.handshake("/ws")));
        lines.removeIf(line -> line.startsWith(header + ":"));
        lines.addAll(List.of(instead));
        return lines.toArray(String[]::new);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            Host                     |                                                          | Host must be there once, not 0 times
            Host                     | Host: a;Host: b                                          | Host must be there once, not 2 times
            Connection               | Connection: websocket                                    | no 'Connection: Upgrade'
            Connection               | Connection: keep-alive                                   | no 'Connection: Upgrade'
            Connection               |                                                          | no 'Connection: Upgrade'
            Sec-WebSocket-Key        |                                                          | Sec-WebSocket-Key must be there once
            Sec-WebSocket-Key        | Sec-WebSocket-Key: c2hvcnQ=                              | the base64 of 16 bytes
            Sec-WebSocket-Key        | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ                | the base64 of 16 bytes
            Sec-WebSocket-Key        | Sec-WebSocket-Key: not base64 at all!!!!!!!              | the base64 of 16 bytes
            None                     | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==              | Sec-WebSocket-Key must be there once
            None                     | Sec-WebSocket-Version: 13                                | Sec-WebSocket-Version must not be there twice
            None                     | Sec-WebSocket-Extensions: foo; =bar                      | Sec-WebSocket-Extensions breaks its grammar
            None                     | Sec-WebSocket-Extensions: foo;;                          | Sec-WebSocket-Extensions breaks its grammar
            None                     | Sec-WebSocket-Extensions: foo; a="un closed              | Sec-WebSocket-Extensions breaks its grammar
            None                     | Sec-WebSocket-Protocol: a b                              | Sec-WebSocket-Protocol must list different tokens
            None                     | Sec-WebSocket-Protocol: chat, chat                       | Sec-WebSocket-Protocol must list different tokens
            None                     | Sec-WebSocket-Protocol: chat;Sec-WebSocket-Protocol: chat | Sec-WebSocket-Protocol must list different tokens
            """)
    void aMalformedHandshakeIs400(String without, String instead, String why) {
        String[] lines = instead == null ? new String[0] : splitUnlessExtension(instead);

        Answer answer = answerTo(handshakeWithout(without, lines));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(why);
        assertThat(answer.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upgrade: websockets", "Upgrade: h2c", "Upgrade:"})
    void aHandshakeWhoseUpgradeDoesNotNameWebsocketIs426(String upgrade) {
        Answer answer =
                answerTo(upgrade.isEmpty() ? handshakeWithout("Upgrade") : handshakeWithout("Upgrade", upgrade));

        assertThat(answer.status()).isEqualTo(426);
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
        assertThat(answer.header("Connection")).isEqualTo("Upgrade");
        assertThat(answer.body()).contains("no 'Upgrade: websocket'");
    }

    private static String[] splitUnlessExtension(String lines) {
        return lines.contains("Extensions") ? new String[] {lines} : lines.split(";");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET\r\n\r\n",
                "GET /ws\r\n\r\n",
                "GET /ws HTTX/1.1\r\nHost: a\r\n\r\n",
                "GET /ws HTTP/1.1 and more\r\nHost: a\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nX-Name : value\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nX\u0001: value\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nX: val\u0001ue\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nX: val\u007fue\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nX: val\u0000ue\r\n\r\n",
                "GET page HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /page%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /page% HTTP/1.1\r\nHost: a\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /page HTTP/1.1\r\n\r\n",
                "GET /page HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 TLS\r\n\r\n",
            })
    void aMalformedRequestIs400(String request) {
        assertThat(answerToRaw(request).status()).isEqualTo(400);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // white space where there is none, or too much of it
                "` GET /page HTTP/1.1\r\nHost: a\r\n\r\n`                        | a request line is a method, a target and a version",
                "`GET  /page HTTP/1.1\r\nHost: a\r\n\r\n`                        | a request line is a method, a target and a version",
                "`GET /page  HTTP/1.1\r\nHost: a\r\n\r\n`                        | a request line is a method, a target and a version",
                "`GET\t/page HTTP/1.1\r\nHost: a\r\n\r\n`                        | a request line is a method, a target and a version",
                "`GET /page HTTP/1.1 \r\nHost: a\r\n\r\n`                        | a request line is a method, a target and a version",
                "`GET /page\u000bHTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n`           | a request line is a method, a target and a version",
                "`GET /page http/1.1\r\nHost: a\r\n\r\n`                         | a request line is a method, a target and a version",
                "`GET /pa\u0000ge HTTP/1.1\r\nHost: a\r\n\r\n`                   | a request line is a method, a target and a version",
                "`GET /p\u00e9ge HTTP/1.1\r\nHost: a\r\n\r\n`                    | a request line is a method, a target and a version",
                "`\r\n\r\nGET /page HTTP/1.1\r\nHost: a\r\n\r\n`                 | a request line is a method, a target and a version",
                "`\u0000GET /page HTTP/1.1\r\nHost: a\r\n\r\n`                   | a request line is a method, a target and a version",
                "`GET /page HTTP/1.1\r\n Host: a\r\n\r\n`                        | a line begins with white space",
                "`GET /page HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n`              | a line begins with white space",
                "`GET /page HTTP/1.1\r\nHost : a\r\n\r\n`                        | the request is malformed",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n`  | the request is malformed",
                // obs-fold
                "`GET /page HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n`          | a line begins with white space",
                "`GET /page HTTP/1.1\r\nHost: a\r\nX: y\r\n\tContent-Length: 5\r\n\r\n` | a line begins with white space",
                // lines that do not end in CRLF
                "`GET /page HTTP/1.1\nHost: a\n\n`                                | a request line is a method, a target and a version",
                "`GET /page HTTP/1.1\r\nHost: a\n\r\n`                           | LF without CR",
                "`GET /page HTTP/1.1\r\nHost: a\r\n\n`                           | LF without CR",
                "`GET /page HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 5\r\n\r\n` | CR without LF",
                "`GET /page HTTP/1.1\r\nHost: a\r\r\n\r\n`                       | CR without LF",
                "`GET /page HTTP/1.1\rHost: a\r\n\r\n`                           | CR without LF",
                "`GET /page HTTP/1.1\r\nHost: a\r\n\r\u0000`                     | CR without LF",
                // characters that no header has
                "`GET /page HTTP/1.1\r\nHost: a\r\nX: y\u0000z\r\n\r\n`         | a control character",
                "`GET /page HTTP/1.1\r\nHost: a\r\nX: y\u000bz\r\n\r\n`         | a control character",
                "`GET /page HTTP/1.1\r\nHost: a\r\nX(Y): z\r\n\r\n`             | the request is malformed",
                "`GET /page HTTP/1.1\r\nHost: a\r\n: z\r\n\r\n`                 | the request is malformed",
                // several opinions on where the body ends
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n` | Content-Length",
                "`GET /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n` | Content-Length",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n` | Multiple Content-Length",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n` | Multiple Content-Length",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 9\r\n\r\n` | Multiple Content-Length",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: +9\r\n\r\n`   | not a number",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: -9\r\n\r\n`   | not a number",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0x9\r\n\r\n`  | not a number",
                "`GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n`     | not a number",
                "`GET /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n` | must be chunked",
                "`GET /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n` | chunked must be",
                "`GET /page HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n` | Transfer-Encoding",
            })
    void whatCouldBeReadInTwoWaysIs400AndWhatFollowsItIsNotRead(String request, String why) {
        String smuggled = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
        for (boolean byteByByte : new boolean[] {false, true}) {
            try (RawPeer peer = RawPeer.connect(server.port())) {
                byte[] bytes = (request + smuggled).getBytes(StandardCharsets.ISO_8859_1);
                HttpHead head = (byteByByte ? sendSlowly(peer, bytes) : peer.sendRaw(bytes)).readHead();

                assertThat(head.status()).isEqualTo(400);
                assertThat(peer.readBody(head)).contains(why);
                assertThat(head.header("Connection")).isEqualTo("close");
                assertThat(peer.readToEnd()).isEmpty();
            }
        }
    }

    /** Up to the byte that is refused: the server may have hung up on what follows. */
    private static RawPeer sendSlowly(RawPeer peer, byte[] bytes) {
        for (byte each : bytes) {
            if (peer.hasInput()) {
                break;
            }
            peer.sendRaw(new byte[] {each});
        }
        return peer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/0.9", "HTTP/2.0", "HTTP/3.0"})
    void aVersionOfHttpThatIsNotWrittenInLinesIs505(String version) {
        Answer answer = answerTo("GET /page " + version, "Host: a");

        assertThat(answer.status()).isEqualTo(505);
        assertThat(answer.body()).isEqualTo("HTTP/1.0 and HTTP/1.1 are spoken here, not " + version + "\n");
    }

    @Test
    void oneEmptyLineMayComeBeforeARequest() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            for (int i = 0; i < 3; i++) {
                HttpHead head = peer.sendRaw("\r\nGET /page HTTP/1.1\r\nHost: a\r\n\r\n")
                        .readHead();
                assertThat(head.status()).isEqualTo(200);
                assertThat(peer.readBody(head)).isEqualTo("a page");
            }
        }
    }

    @Test
    void requestsMayFollowEachOtherBeforeTheyAreAnswered() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendRaw("GET /page HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5) + "GET  /page HTTP/1.1\r\n");
            for (int i = 0; i < 5; i++) {
                assertThat(peer.readBody(peer.readHead())).isEqualTo("a page");
            }
            assertThat(peer.readHead().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/ws/", "/ws/more", "//ws", "/WS"})
    void whatIsNotThereIs404(String path) {
        assertThat(answerTo("GET " + path + " HTTP/1.1", "Host: a").status()).isEqualTo(404);
        Answer answer = answerTo(RawPeer.handshake(path));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("there is no WebSocket at this path\n");
    }

    @Test
    void aWebSocketWhereOnlyAPageIsIs404() {
        assertThat(answerTo(RawPeer.handshake("/page")).body()).isEqualTo("there is no WebSocket at this path\n");
    }

    @ParameterizedTest
    @CsvSource({"POST,/page", "PUT,/page", "DELETE,/both", "OPTIONS,/page", "FOO,/page"})
    void pagesTakeGetAndHeadOnly(String method, String path) {
        Answer answer = answerTo(method + " " + path + " HTTP/1.1", "Host: a");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("GET, HEAD");
        assertThat(answer.body()).isEqualTo("only GET and HEAD are served here\n");
    }

    @Test
    void webSocketsTakeGetOnly() {
        String[] handshake = RawPeer.handshake("/ws");
        handshake[0] = "POST /ws HTTP/1.1";

        for (Answer answer : List.of(answerTo(handshake), answerTo("POST /ws HTTP/1.1", "Host: a"))) {
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Allow")).isEqualTo("GET");
            assertThat(answer.body()).contains("GET", "POST");
        }
    }

    @Test
    void aBodyIs413() {
        Answer withLength = answerToRaw("GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        Answer chunked = answerToRaw(
                "GET /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Answer withHandshake = answerTo(RawPeer.handshake("/ws", "Content-Length: 5"));
        Answer chunkedWithHandshake = answerTo(RawPeer.handshake("/ws", "Transfer-Encoding: chunked"));

        for (Answer answer : List.of(withLength, chunked, withHandshake, chunkedWithHandshake)) {
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("requests with a body are not taken here\n");
        }
    }

    @Test
    void aBodyIsRefusedBeforeItHasCome() {
        assertThat(answerTo("GET /page HTTP/1.1", "Host: a", "Content-Length: 99999999999")
                        .status())
                .isEqualTo(413);
        assertThat(answerTo("GET /page HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
                        .status())
                .isEqualTo(413);
    }

    @Test
    void aBodyOfAnotherMethodDoesNotHideThatItIs405() {
        for (String path : List.of("/page", "/ws")) {
            Answer answer = answerToRaw("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");

            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void aRequestLineThatIsTooLongIs414() {
        Answer answer = answerTo("GET /" + "a".repeat(2048) + " HTTP/1.1", "Host: a");

        assertThat(answer.status()).isEqualTo(414);
        assertThat(answer.body()).isEqualTo("the request line is longer than 2048 bytes\n");
    }

    @Test
    void aPlainGetForAWebSocketIs426() {
        Answer answer = answerTo("GET /ws HTTP/1.1", "Host: a");

        assertThat(answer.status()).isEqualTo(426);
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
        assertThat(answer.header("Connection")).contains("Upgrade");
        assertThat(answer.body()).startsWith("this is a WebSocket: open it with a WebSocket client");
    }

    @Test
    void anOpeningHandshakeInHttp10Is426() {
        String[] handshake = RawPeer.handshake("/ws");
        handshake[0] = "GET /ws HTTP/1.0";

        Answer answer = answerTo(handshake);

        assertThat(answer.status()).isEqualTo(426);
        assertThat(answer.header("Upgrade")).isEqualTo("websocket");
        assertThat(answer.body()).contains("HTTP/1.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8", "12", "14", "113", "13, 8", "x"})
    void anotherVersionIs426AndToldOurs(String version) {
        Answer answer = answerTo(handshakeWithout("Sec-WebSocket-Version", "Sec-WebSocket-Version: " + version));
        Answer missing = answerTo(handshakeWithout("Sec-WebSocket-Version"));

        for (Answer each : List.of(answer, missing)) {
            assertThat(each.status()).isEqualTo(426);
            assertThat(each.header("Sec-WebSocket-Version")).isEqualTo("13");
            assertThat(each.body()).contains("Sec-WebSocket-Version must be 13");
        }
    }

    @Test
    void asManyHeadersAsAllowedAndNotOneMore() {
        String[] allowed = withHeaders(20);
        String[] tooMany = withHeaders(21);

        assertThat(answerTo(allowed).status()).isEqualTo(200);
        Answer answer = answerTo(tooMany);

        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.body()).isEqualTo("the request has more than 20 headers\n");
    }

    private static String[] withHeaders(int count) {
        List<String> lines = new ArrayList<>(List.of("GET /page HTTP/1.1", "Host: a", "Connection: close"));
        while (lines.size() <= count) {
            lines.add("X-" + lines.size() + ": y");
        }
        return lines.toArray(String[]::new);
    }

    @Test
    void headersThatAreTooLongAre431() {
        Answer answer = answerTo("GET /page HTTP/1.1", "Host: a", "X: " + "y".repeat(2048));

        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.body()).isEqualTo("the headers are longer than 2048 bytes\n");
        assertThat(answerTo("GET /page HTTP/1.1", "Host: a", "X: " + "y".repeat(1900))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void headersWithoutEndAre431WhenTheyReachTheLimit() {
        StringBuilder endless = new StringBuilder("GET /page HTTP/1.1\r\nHost: a\r\n");
        while (endless.length() < 3000) {
            endless.append("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
        }

        assertThat(answerToRaw(endless.toString()).status()).isEqualTo(431);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/throws", "/check-throws", "/factory-throws"})
    void codeThatThrowsIs500AndTellsTheLogOnly(String path) {
        try (Logs logs = Logs.capture()) {
            Answer answer = path.equals("/throws")
                    ? answerTo("GET /throws HTTP/1.1", "Host: a")
                    : answerTo(RawPeer.handshake(path));

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("the server failed to answer\n");
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("SEVERE")
                    .contains("own trouble");
        }
    }
}
