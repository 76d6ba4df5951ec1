package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import dev.marline.testing.Ends;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.Recorder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WebSockets over HTTP/2 and HTTP/3, with Marline at both ends: which version is chosen, and what shares a connection. */
class SharedConnectionsTest {
    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:localhost");
    }

    private static WebSocketServer.Builder server() {
        return WebSocketServer.builder()
                .host("localhost")
                .webSocket("/", (socket, message) -> socket.send(message))
                .webSocket(
                        "/no",
                        WebSocketRoute.listener(new Recorder())
                                .check(request -> Optional.of(HttpResponse.error(401, "who are you?"))))
                .webSocket(
                        "/version",
                        (socket, message) -> socket.send(
                                socket.handshake().request().version().toString()));
    }

    private static WebSocketServer.Builder secureServer() {
        return server().tls(certificates.certificate(), certificates.key());
    }

    private static WebSocketClient.Builder client() {
        return WebSocketClient.builder().trust(certificates.certificate());
    }

    private static String address(WebSocketServer server, String path) {
        return (server.isSecure() ? "wss" : "ws") + "://localhost:" + server.port() + path;
    }

    @ParameterizedTest(name = "server {0}, client {1}: {2}")
    @CsvSource({
        "HTTP_1_1 HTTP_2, HTTP_1_1 HTTP_2, HTTP_2",
        "HTTP_1_1,        HTTP_1_1 HTTP_2, HTTP_1_1",
        "HTTP_1_1 HTTP_2, HTTP_1_1,        HTTP_1_1",
        "HTTP_2,          HTTP_2,          HTTP_2",
        "HTTP_1_1 HTTP_2 HTTP_3, HTTP_1_1 HTTP_2, HTTP_2",
        "HTTP_1_1 HTTP_2 HTTP_3, HTTP_3, HTTP_3",
        "HTTP_3, HTTP_3, HTTP_3"
    })
    void overTlsAlpnChoosesTheVersion(String spoken, String allowed, HttpVersion chosen) {
        try (WebSocketServer server = secureServer().http(versions(spoken)).start();
                WebSocketClient client = client().http(versions(allowed)).build();
                BlockingWebSocket socket = client.connectBlocking(address(server, "/version"))) {
            socket.send("which?");
            assertThat(socket.receive().text()).isEqualTo(chosen.toString());
            assertThat(socket.unblocked().handshake().request().version()).isEqualTo(chosen);
        }
    }

    private static HttpVersion[] versions(String names) {
        return List.of(names.split(" ")).stream().map(HttpVersion::valueOf).toArray(HttpVersion[]::new);
    }

    @Test
    void withoutTlsAClientThatKnowsBeginsWithHttp2() {
        try (WebSocketServer server =
                        server().http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2).start();
                WebSocketClient knows = client().http(HttpVersion.HTTP_2).build();
                WebSocketClient does = client().build();
                BlockingWebSocket http2 = knows.connectBlocking(address(server, "/version"));
                BlockingWebSocket http1 = does.connectBlocking(address(server, "/version"))) {
            http2.send("which?");
            assertThat(http2.receive().text()).isEqualTo("HTTP/2");
            http1.send("which?");
            assertThat(http1.receive().text()).isEqualTo("HTTP/1.1");
        }
    }

    @OverHttp2And3
    void webSocketsToOneOriginShareAConnection(HttpVersion version) {
        try (WebSocketServer server = secureServer().http(version).start();
                WebSocketClient client = client().http(version).build()) {
            List<BlockingWebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                sockets.add(client.connectBlocking(address(server, "/")));
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(server.webSockets()).isEqualTo(10);
            for (BlockingWebSocket socket : sockets) {
                socket.send("hello");
                assertThat(socket.receive().text()).isEqualTo("hello");
            }
            sockets.get(0).close();
            eventually("the closed one is gone", () -> server.webSockets() == 9);
            sockets.get(1).send("still there");
            assertThat(sockets.get(1).receive().text()).isEqualTo("still there");
        }
    }

    @OverHttp2And3
    void moreThanTheServerAllowsOnAConnectionGoOnAnother(HttpVersion version) {
        try (WebSocketServer server = secureServer()
                        .http(version)
                        .limits(Limits.DEFAULT.withMaxConcurrentStreams(2))
                        .start();
                WebSocketClient client = client().http(version).build()) {
            for (int i = 0; i < 5; i++) {
                client.connectBlocking(address(server, "/"));
            }
            assertThat(server.connections()).isEqualTo(3);
            assertThat(server.webSockets()).isEqualTo(5);
        }
    }

    @OverHttp2And3
    void aRefusalIsToldAndLeavesTheConnectionToOthers(HttpVersion version) {
        try (WebSocketServer server = secureServer().http(version).start();
                WebSocketClient client = client().http(version).build()) {
            assertThatExceptionOfType(HandshakeException.class)
                    .isThrownBy(() -> client.connectBlocking(address(server, "/no")))
                    .withMessageContaining("401")
                    .withMessageContaining("who are you?");
            assertThatExceptionOfType(HandshakeException.class)
                    .isThrownBy(() -> client.connectBlocking(address(server, "/nowhere")))
                    .withMessageContaining("404");
            try (BlockingWebSocket socket = client.connectBlocking(address(server, "/"))) {
                socket.send("hello");
                assertThat(socket.receive().text()).isEqualTo("hello");
                assertThat(server.connections()).isEqualTo(1);
            }
        }
    }

    @OverHttp2And3
    void theClosingHandshakeIsCleanFromBothEnds(HttpVersion version) {
        Recorder events = new Recorder();
        Recorder clientEvents = new Recorder();
        try (WebSocketServer server = server().webSocket("/recorded", events)
                        .tls(certificates.certificate(), certificates.key())
                        .http(version)
                        .start();
                WebSocketClient client = client().http(version).build()) {
            WebSocket socket = Ends.await(client.connect(address(server, "/recorded"), clientEvents));
            socket.send("bye");
            socket.close(4000, "over");

            assertThat(events.next("CLOSED")).isEqualTo("CLOSED 4000 over");
            assertThat(clientEvents.next("CLOSED")).isEqualTo("CLOSED 4000");
        }
    }

    @OverHttp2And3
    void anEndWithoutAClosingHandshakeIs1006(HttpVersion version) {
        Recorder events = new Recorder();
        try (WebSocketServer server = server().webSocket("/recorded", events)
                        .tls(certificates.certificate(), certificates.key())
                        .http(version)
                        .start();
                WebSocketClient client = client().http(version).build()) {
            WebSocket socket = Ends.await(client.connect(address(server, "/recorded"), new Recorder()));
            WebSocket other = Ends.await(client.connect(address(server, "/"), new Recorder()));
            socket.abort();

            assertThat(events.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(other.isOpen()).isTrue();
        }
    }

    @OverHttp2And3
    void messagesOfEverySizePass(HttpVersion version) {
        try (WebSocketServer server =
                        secureServer().http(version).extensions(deflate()).start();
                WebSocketClient client =
                        client().http(version).extensions(deflate()).build();
                BlockingWebSocket socket = client.connectBlocking(address(server, "/"))) {
            for (int size : new int[] {0, 1, 16 * 1024, 100_000, 1 << 20}) {
                byte[] payload = new byte[size];
                new Random(size).nextBytes(payload);
                socket.send(payload);
                assertThat(socket.receive().toByteArray()).isEqualTo(payload);
            }
        }
    }

    private static PerMessageDeflate deflate() {
        return PerMessageDeflate.dedicated().build();
    }

    @OverHttp2And3
    void oneOfAThousandThatReadsNothingHoldsUpNoOther(HttpVersion version) {
        Recorder stalled = new Recorder();
        try (WebSocketServer server = secureServer().http(version).start();
                // Both ends send more than the other takes: one has to read on, or both would wait.
                WebSocketClient client =
                        client().http(version).pauseReadingWhenCongested(false).build()) {
            WebSocket stalls = Ends.await(client.connect(address(server, "/"), stalled));
            List<BlockingWebSocket> others = new ArrayList<>();
            for (int i = 1; i < 1000; i++) {
                others.add(client.connectBlocking(address(server, "/")));
            }
            stalls.pauseReading();
            for (int i = 0; i < 8; i++) {
                stalls.send(new byte[500_000]);
            }
            for (BlockingWebSocket other : others) {
                other.send("hello");
            }
            for (BlockingWebSocket other : others) {
                assertThat(other.receive().text()).isEqualTo("hello");
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(stalled.events()).doesNotContain("BINARY [500000]");

            stalls.resumeReading();
            for (int i = 0; i < 8; i++) {
                stalled.next("BINARY [500000]");
            }
        }
    }

    @OverHttp2And3
    void aServerThatClosesSendsEachWebSocketItsClose(HttpVersion version) {
        Recorder events = new Recorder();
        try (WebSocketClient client = client().http(version).build()) {
            WebSocketServer server = secureServer().http(version).start();
            Ends.await(client.connect(address(server, "/"), events));
            server.close();

            assertThat(events.next("CLOSED")).startsWith("CLOSED 1001");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aVersionThatCannotCarryWebSocketsIsNoChoice() {
        assertThatIllegalArgumentException().isThrownBy(() -> server().http(HttpVersion.HTTP_1_0));
        assertThatIllegalArgumentException().isThrownBy(() -> client().http());
    }
}
