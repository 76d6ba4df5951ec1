package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.HandshakeException;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.Eventually;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import java.io.IOException;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client with a cookie store. */
@OverEachHttp
class CookiesTest {
    @Parameter
    HttpVersion http;

    private final CookieManager cookies = new CookieManager();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private volatile HttpResponse answer;
    private WebSocketServer server;
    private WebSocketClient client;

    @BeforeEach
    void start() {
        server = Speaking.server(http)
                .host("127.0.0.1")
                .webSocket("/open", route(null))
                .webSocket(
                        "/login",
                        route(HttpResponse.error(302, "signed in")
                                .header("Set-Cookie", "session=17; Path=/; HttpOnly")
                                .header("Location", "/open")))
                .webSocket(
                        "/set", WebSocketRoute.listener((socket, message) -> {}).check(request -> {
                            received.add(request.headers().first("Cookie").orElse("none"));
                            return HandshakeCheck.refuse(answer);
                        }))
                .webSocket("/no", route(HttpResponse.error(403, "no").header("Set-Cookie", "seen=1; Path=/")))
                .start();
        client = Speaking.client(http).cookies(cookies).followRedirects(1).build();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private WebSocketRoute route(HttpResponse refusal) {
        return WebSocketRoute.listener((socket, message) -> {}).check(request -> {
            received.add(request.headers().first("Cookie").orElse("none"));
            return refusal == null ? HandshakeCheck.accept() : HandshakeCheck.refuse(refusal);
        });
    }

    private CompletableFuture<WebSocket> connect(String path) {
        return client.connect(Speaking.address(http, server.port()) + path, (socket, message) -> {});
    }

    @Test
    void aCookieThatARedirectSetsIsSentFromThenOn() {
        Ends.await(connect("/login"));
        assertThat(received).containsExactly("none", "session=17");
        Ends.await(connect("/open"));
        assertThat(received).containsExactly("none", "session=17", "session=17");
    }

    @Test
    void aCookieOfARefusalIsStored() {
        assertThat(failureOf(connect("/no"))).isInstanceOf(HandshakeException.class);
        assertThat(cookies.getCookieStore().getCookies())
                .extracting(HttpCookie::toString)
                .containsExactly("seen=1");
    }

    @Test
    void thoseOfTheApplicationComeFirstInOneField() {
        client.close();
        client =
                Speaking.client(http).cookies(cookies).header("Cookie", "own=1").build();
        cookies.getCookieStore()
                .add(URI.create(Speaking.address(http, server.port()).replaceFirst("^ws", "http") + "/"), cookie());
        Ends.await(connect("/open"));
        assertThat(received).containsExactly("own=1; stored=2");
    }

    private static HttpCookie cookie() {
        HttpCookie cookie = new HttpCookie("stored", "2");
        cookie.setVersion(0);
        cookie.setPath("/");
        return cookie;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "session=17; Max-Age=60; Path=/              | session=17",
                "session=17; path=/; max-age=60; HttpOnly    | session=17",
                "session=17; Max-Age=60; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Path=/ | session=17",
                "session=\"17\"; Max-Age=60; Path=/        | session=\"17\"",
                "session=\"17\"; Path=/                    | session=\"17\"",
                "session='17'; Path=/                        | session='17'",
                "session=\"a b,c\"; Max-Age=60; Path=/     | session=\"a b,c\"",
                "session=a,b=c; Max-Age=60; Path=/           | session=a,b=c",
                "session=\"\"; Path=/                      | session=\"\"",
                "session=5\"; Max-Age=60; Path=/            | session=5\"",
                "session=max-age=60; Path=/                  | session=max-age=60",
                "session=17; Max-Age=0; Path=/               | none",
                "session=17; Max-Age=-1; Path=/              | none"
            })
    void aCookieComesBackAsItWasSet(String set, String sent) {
        answer = HttpResponse.error(302, "signed in").header("Set-Cookie", set).header("Location", "/open");
        Ends.await(connect("/set"));
        assertThat(received).containsExactly("none", sent);
    }

    /** As another HTTP client puts them there, or the application. */
    @Test
    void cookiesThatAreStoredInTheFormOfRfc2965AreSentInThatOfRfc6265() throws IOException {
        URI uri = URI.create(Speaking.address(http, server.port()).replaceFirst("^ws", "http") + "/");
        cookies.put(
                uri,
                Map.of(
                        "Set-Cookie",
                        List.of(
                                "a=1; Max-Age=60; Path=/; Domain=127.0.0.1",
                                "b=\"2\"; Version=1; Path=/",
                                "c=3; Path=/")));
        Ends.await(connect("/open"));
        assertThat(received.remove().split("; ")).containsExactlyInAnyOrder("a=1", "b=2", "c=3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$Version=\"1\"; session=\"17\";$Path=\"/\"                        | session=17",
                "$Version=1; a=\"1\"; $Path=\"/\"; $Domain=\"h\"; b=\"2\";$Port=\"1\" | a=1; b=2",
                "a=\"1\"; b=2                                                          | a=\"1\"; b=2",
                "a=\"\"1\"\";$Path=\"/\";$Domain=\"h\"                           | a=\"1\"",
                "$a=1; b=$Path                                                           | $a=1; b=$Path"
            })
    void anyHandlersAttributesOfRfc2965AreLeftOut(String stored, String sent) {
        CookieHandler handler = new CookieHandler() {
            @Override
            public Map<String, List<String>> get(URI uri, Map<String, List<String>> requestHeaders) {
                return Map.of("Cookie", List.of(stored));
            }

            @Override
            public void put(URI uri, Map<String, List<String>> responseHeaders) {
                throw new AssertionError("nothing was set");
            }
        };
        client.close();
        client = Speaking.client(http).cookies(handler).build();
        Ends.await(connect("/open"));
        assertThat(received).containsExactly(sent);
    }

    @Test
    void aStoreThatFailsIsAClearErrorAndLeavesNoWebSocket() {
        client.close();
        CookieHandler broken = new CookieHandler() {
            @Override
            public Map<String, List<String>> get(URI uri, Map<String, List<String>> requestHeaders) throws IOException {
                throw new IOException("no disk");
            }

            @Override
            public void put(URI uri, Map<String, List<String>> responseHeaders) {
                throw new AssertionError("nothing was answered");
            }
        };
        client = Speaking.client(http).cookies(broken).build();
        assertThat(failureOf(connect("/open")))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("cookies", "no disk");
        assertThat(received).isEmpty();
    }

    /** The opening of a WebSocket sets a cookie, too: over HTTP/1.1, where a scripted server can say so. */
    @Test
    void aCookieOfTheOpeningIsThereWhenItIsOpen() {
        try (RawPeer.Listening listening = RawPeer.listen();
                WebSocketClient first =
                        WebSocketClient.builder().cookies(cookies).build()) {
            CompletableFuture<WebSocket> opening =
                    first.connect("ws://127.0.0.1:" + listening.port() + "/x", (socket, message) -> {});
            RawPeer peer = listening.accept().acceptOpening("Set-Cookie: a=b; Path=/");
            WebSocket socket = Ends.await(opening);
            assertThat(cookies.getCookieStore().getCookies())
                    .extracting(HttpCookie::getName)
                    .containsExactly("a");
            socket.abort();
            Eventually.eventually("the socket is gone", () -> first.webSockets() == 0);
            peer.close();
        }
    }
}
