package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.HandshakeException;
import dev.marline.WebSocket;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpRequest;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Speaking;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that follows redirects, or does not. */
@OverEachHttp
class RedirectsTest {
    @Parameter
    HttpVersion http;

    private final Map<String, HttpResponse> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<HttpRequest> requests = new LinkedBlockingQueue<>();
    private WebSocketServer server;
    private WebSocketServer other;
    private WebSocketClient client;

    @BeforeEach
    void start() {
        server = startServer();
        other = startServer();
        client = Speaking.client(http).followRedirects(3).build();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        other.close();
    }

    /** One that answers as it is told at some paths, and opens a WebSocket at others. */
    private WebSocketServer startServer() {
        WebSocketServer.Builder builder = Speaking.server(http).host("127.0.0.1");
        for (String path : new String[] {"/a", "/b", "/c", "/deep/d"}) {
            WebSocketRoute route = WebSocketRoute.listener((socket, message) -> socket.send(message));
            builder.webSocket(path, route.check(request -> {
                requests.add(request);
                HttpResponse answer = answers.get(path);
                return answer == null ? HandshakeCheck.accept() : HandshakeCheck.refuse(answer);
            }));
        }
        return builder.start();
    }

    private void use(WebSocketClient.Builder builder) {
        client.close();
        client = builder.build();
    }

    private static HttpResponse redirect(int status, String location) {
        return HttpResponse.error(status, "elsewhere").header("Location", location);
    }

    private String at(WebSocketServer which, String path) {
        return Speaking.address(http, which.port()) + path;
    }

    private CompletableFuture<WebSocket> connect(String path) {
        return client.connect(at(server, path), (socket, message) -> {});
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsFollowedWhenAsked(int status) {
        answers.put("/a", redirect(status, "/b"));
        answers.put("/b", redirect(status, at(other, "/deep/d?x=y").replaceFirst("^ws", "http")));
        assertThat(Ends.await(connect("/a")).isOpen()).isTrue();
        assertThat(requests)
                .extracting(request -> request.path() + " " + request.query())
                .containsExactly("/a ", "/b ", "/deep/d x=y");
        eventually("it is open there, too", () -> other.webSockets() == 1);
    }

    @Test
    void noneIsFollowedUnasked() {
        use(Speaking.client(http));
        answers.put("/a", redirect(302, "/b"));
        assertThat(failureOf(connect("/a"))).isInstanceOfSatisfying(HandshakeException.class, refused -> {
            assertThat(refused.status()).isEqualTo(302);
            assertThat(refused.headers().first("Location")).hasValue("/b");
        });
        assertThat(requests).hasSize(1);
    }

    @Test
    void thereAreNotMoreThanAllowed() {
        answers.put("/a", redirect(302, "/b"));
        answers.put("/b", redirect(307, "/c"));
        answers.put("/c", redirect(308, "/deep/d"));
        assertThat(Ends.await(connect("/a")).isOpen()).isTrue();
        requests.clear();
        use(Speaking.client(http).followRedirects(2));
        assertThat(failureOf(connect("/a")))
                .isInstanceOfSatisfying(
                        HandshakeException.class,
                        refused -> assertThat(refused.status()).isEqualTo(308))
                .hasMessageContainingAll(at(server, "/c") + " redirects to " + at(server, "/deep/d"), "2 allowed")
                .hasMessageNotContaining("before");
        assertThat(requests).hasSize(3);
    }

    @Test
    void aCircleEndsAndIsCalledOne() {
        answers.put("/a", redirect(302, "b"));
        answers.put("/b", redirect(302, "a"));
        assertThat(failureOf(connect("/a")))
                .isInstanceOf(HandshakeException.class)
                .hasMessageContaining("before");
        assertThat(requests).hasSize(4);
    }

    /** Elsewhere a CVE again and again: credentials for one server were shown to whatever server that one named. */
    @Test
    void authorizationIsNotSentOnToARedirectsTarget() {
        use(Speaking.client(http)
                .followRedirects(3)
                .header("Authorization", "Bearer secret")
                .header("Cookie", "session=secret")
                .header("Proxy-Authorization", "Basic secret")
                .header("X-Api-Key", "secret")
                .header("User-Agent", "test"));
        answers.put("/a", redirect(302, "/b"));
        answers.put("/b", redirect(302, at(other, "/c")));
        // Nor does it come back with the way back: the other server has chosen it.
        answers.put("/c", redirect(302, at(server, "/deep/d")));
        assertThat(Ends.await(connect("/a")).isOpen()).isTrue();
        assertThat(requests).hasSize(4);
        for (HttpRequest request : requests) {
            boolean first = request.path().equals("/a") || request.path().equals("/b");
            for (String name : new String[] {"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key"}) {
                assertThat(request.headers().contains(name))
                        .as(request.path() + " " + name)
                        .isEqualTo(first);
            }
            assertThat(request.headers().first("User-Agent")).hasValue("test");
        }
    }

    @Test
    void theUserOfTheAddressIsNotSentOnToARedirectsTarget() {
        answers.put("/a", redirect(302, "/b"));
        answers.put("/b", redirect(302, at(other, "/c").replace("//", "//user:other@")));
        String address = at(server, "/a").replace("//", "//user:secret@");
        assertThat(Ends.await(client.connect(address, (socket, message) -> {})).isOpen())
                .isTrue();
        assertThat(requests)
                .extracting(request -> request.headers().contains("Authorization"))
                .containsExactly(true, true, false);
    }

    @Test
    void aLocationThatIsNoneIsAClearError() {
        answers.put("/a", redirect(302, "mailto:somebody@example.com"));
        assertThat(failureOf(connect("/a")))
                .isInstanceOf(HandshakeException.class)
                .hasMessageContainingAll(at(server, "/a"), "redirects to what is no WebSocket's address", "mailto");
        answers.put("/a", HttpResponse.error(302, "nowhere"));
        assertThat(failureOf(connect("/a")))
                .isInstanceOf(HandshakeException.class)
                .hasMessageContaining("302");
    }

    @Test
    void fewerThanNoneIsRefused() {
        assertThatThrownBy(() -> WebSocketClient.builder().followRedirects(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
