package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.Limits;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages on the server's port, and how routes are found. */
class PagesTest {
    private static final CountDownLatch FIRST_WAITS = new CountDownLatch(1);

    private static WebSocketServer server;

    @BeforeAll
    static void start() {
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .get("/", request -> HttpResponse.html("<h1>home</h1>"))
                .get("/both", request -> HttpResponse.text("a page"))
                .webSocket("/both", (socket, message) -> socket.send(message))
                .get(
                        "/echo/{what}",
                        request -> HttpResponse.text(
                                request.path() + " " + request.pathParameters().get("what") + " ?" + request.query()))
                .get("/a/{x}", request -> HttpResponse.text("name"))
                .get("/a/b", request -> HttpResponse.text("itself"))
                .get("/a/*", request -> HttpResponse.text("star"))
                .get("/a/{x}/c", request -> HttpResponse.text("name and c"))
                .get("/a/b/*", request -> HttpResponse.text("b and star"))
                .get(
                        "/thread",
                        request -> HttpResponse.text(Thread.currentThread().toString()))
                .get("/first", request -> {
                    FIRST_WAITS.await();
                    return HttpResponse.text("first");
                })
                .get("/second", request -> {
                    FIRST_WAITS.countDown();
                    return HttpResponse.text("second");
                })
                .get("/no-content", request -> HttpResponse.of(204, "text/plain", new byte[0]))
                .get(
                        "/teapot",
                        request -> HttpResponse.error(418, "short and stout").header("X-Pot", "tea"))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String get(String target) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head =
                    peer.sendHead("GET " + target + " HTTP/1.1", "Host: a").readHead();
            return head.status() + " " + peer.readBody(head).strip();
        }
    }

    @Test
    void aPageHasStatusTypeAndLength() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("GET / HTTP/1.1", "Host: a").readHead();

            assertThat(head.startLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(head.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(head.header("Content-Length")).isEqualTo("13");
            assertThat(peer.readBody(head)).isEqualTo("<h1>home</h1>");
        }
    }

    @Test
    void aHandlerSaysWhatItLikes() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("GET /teapot HTTP/1.1", "Host: a").readHead();

            assertThat(head.status()).isEqualTo(418);
            assertThat(head.header("X-Pot")).isEqualTo("tea");
            assertThat(peer.readBody(head)).isEqualTo("short and stout\n");
        }
    }

    @Test
    void oneConnectionServesOneRequestAfterTheOther() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            for (int i = 0; i < 5; i++) {
                HttpHead head =
                        peer.sendHead("GET /echo/" + i + " HTTP/1.1", "Host: a").readHead();

                assertThat(head.header("Connection")).isNull();
                assertThat(peer.readBody(head)).isEqualTo("/echo/" + i + " " + i + " ?");
            }
            peer.open("/both").send(Frame.text("and then a WebSocket"));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("and then a WebSocket"));
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append("GET /echo/").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            peer.sendRaw(requests.toString());

            for (int i = 0; i < 50; i++) {
                assertThat(peer.readBody(peer.readHead())).startsWith("/echo/" + i + " ");
            }
        }
    }

    @Test
    void aPipelinedRequestWaitsForTheOneBeforeIt() {
        try (RawPeer peer = RawPeer.connect(server.port());
                RawPeer other = RawPeer.connect(server.port())) {
            peer.sendRaw("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/x HTTP/1.1\r\nHost: a\r\n\r\n");
            other.sendHead("GET /second HTTP/1.1", "Host: a");

            assertThat(other.readBody(other.readHead())).isEqualTo("second");
            assertThat(peer.readBody(peer.readHead())).isEqualTo("first");
            assertThat(peer.readBody(peer.readHead())).startsWith("/echo/x");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /teapot HTTP/1.1\r\nHost: a\r\nConnection: close", "GET /teapot HTTP/1.0"})
    void aClientThatWantsNoMoreGetsNoMore(String request) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead(request).readHead();

            assertThat(head.header("Connection")).isEqualTo("close");
            assertThat(new String(peer.readToEnd(), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("short and stout\n");
        }
    }

    @Test
    void headIsGetWithoutTheBody() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead page = peer.sendHead("HEAD / HTTP/1.1", "Host: a").readHead();
            HttpHead missing =
                    peer.sendHead("HEAD /missing HTTP/1.1", "Host: a").readHead();
            HttpHead next = peer.sendHead("GET / HTTP/1.1", "Host: a").readHead();

            assertThat(page.status()).isEqualTo(200);
            assertThat(page.header("Content-Length")).isEqualTo("13");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(peer.readBody(next)).isEqualTo("<h1>home</h1>");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: a/b", "Nothing: a", "Host: a\r\nContent-Length: 5"})
    void aRefusalOfHeadHasNoBody(String header) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("HEAD / HTTP/1.1", header).readHead();

            assertThat(head.status()).isIn(400, 413);
            assertThat(head.header("Content-Length")).isNotEqualTo("0");
            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void noContentHasNoLength() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("GET /no-content HTTP/1.1", "Host: a").readHead();

            assertThat(head.status()).isEqualTo(204);
            assertThat(head.header("Content-Length")).isNull();
        }
    }

    @Test
    void aPathMayHaveAPageAndAWebSocket() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("GET /both HTTP/1.1", "Host: a").readHead();
            assertThat(peer.readBody(head)).isEqualTo("a page");

            peer.open("/both").send(Frame.text("a WebSocket"));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("a WebSocket"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: upgrade",
                "Connection: Upgrade, keep-alive",
                "Connection: websocket",
                "Connection: upgrade\r\nUpgrade:",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                "Sec-WebSocket-Version: 13\r\nConnection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
            })
    void aRequestWhoseUpgradeDoesNotNameWebsocketIsForAPage(String fields) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            for (String path : new String[] {"/", "/both", "/teapot"}) {
                HttpHead head = peer.sendHead("GET " + path + " HTTP/1.1", "Host: a", fields)
                        .readHead();

                assertThat(head.status()).isEqualTo(path.equals("/teapot") ? 418 : 200);
                assertThat(head.header("Connection")).isNull();
                peer.readBody(head);
            }
            peer.open("/both").send(Frame.text("and then a WebSocket"));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("and then a WebSocket"));
        }
    }

    /** RFC 9110 §7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request." */
    @Test
    void anUpgradeOfHttp10IsIgnored() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("GET /both HTTP/1.0", "Connection: upgrade", "Upgrade: websocket")
                    .readHead();

            assertThat(head.status()).isEqualTo(200);
            assertThat(peer.readBody(head)).isEqualTo("a page");
        }
    }

    @Test
    void handlersRunInAThreadThatMayBlock() {
        assertThat(get("/thread")).containsAnyOf("marline-blocking", "VirtualThread");
    }

    @Test
    void aHandlerThatTakesTooLongLosesTheConnection() {
        CountDownLatch over = new CountDownLatch(1);
        try (WebSocketServer slow = WebSocketServer.builder()
                        .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofMillis(200)))
                        .get("/", request -> {
                            over.await();
                            return HttpResponse.text("too late");
                        })
                        .start();
                RawPeer peer = RawPeer.connect(slow.port())) {
            peer.sendHead("GET / HTTP/1.1", "Host: a");

            assertThat(peer.readToEnd()).isEmpty();
            over.countDown();
        }
    }

    // ---- paths

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/a/b, itself",
        "/a/x, name",
        "/a/x/c, name and c",
        "/a/b/c, b and star",
        "/a/b/d, b and star",
        "/a/b/, b and star",
        "/a/, name",
        "/a, star",
        "/a/b/c/d, b and star",
        "/a/x/y, star",
        "/a/x/y/z/, star",
    })
    void theMostDefinitePatternIsTaken(String path, String which) {
        assertThat(get(path)).isEqualTo("200 " + which);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "/echo/a%20b | /echo/a b a b ?",
                "/echo/%C3%A9%E2%82%AC | /echo/\u00e9\u20ac \u00e9\u20ac ?",
                "/echo/a+b | /echo/a+b a+b ?",
                "/echo/a%2Bb | /echo/a+b a+b ?",
                "/echo/a%2Fb | /echo/a/b a/b ?",
                "/%65cho/x | /echo/x x ?",
                "/echo/x?a=%20&b | /echo/x x ?a=%20&b",
                "/echo/x? | /echo/x x ?",
                "/echo/x?a?b | /echo/x x ?a?b",
                "http://whoever:80/echo/x | /echo/x x ?",
            })
    void parametersAreDecodedAndTheQueryIsNot(String target, String answer) {
        assertThat(get(target)).isEqualTo("200 " + answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "*", "/*/a", "/{a}/{a}", "/{a", "/a}", "/x{a}", "/{a}x", "/a*b{"})
    void whatIsNoPatternIsRefused(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().get(pattern, request -> HttpResponse.text("")))
                .withMessageContaining("'" + pattern + "'");
    }

    @Test
    void aPathHasOneHandler() {
        WebSocketServer.Builder builder = WebSocketServer.builder().get("/a", request -> HttpResponse.text(""));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get("/a", request -> HttpResponse.text("")))
                .withMessageContaining("'/a' has a route already");
    }

    @Test
    void portsAndThreadsHaveARange() {
        WebSocketServer.Builder builder = WebSocketServer.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.port(65536))
                .withMessageContaining("65536");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.port(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.threads(0));
    }
}
