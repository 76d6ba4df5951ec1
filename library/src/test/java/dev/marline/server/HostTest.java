package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Handshake;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The host that a request asks for: in Host, in :authority, or in a target in absolute form. */
class HostTest {
    @TempDir
    static Path folder;

    private static StreamServers servers;

    @BeforeAll
    static void start() {
        servers = new StreamServers(
                folder,
                builder -> builder.get("/page", HostTest::describe)
                        .get("/", HostTest::describe)
                        .webSocket("/who", new Describing())
                        .webSocket(
                                "/checked",
                                WebSocketRoute.listener(new Describing())
                                        .check(request -> Optional.of(describe(request)))));
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static HttpResponse describe(HttpRequest request) {
        return HttpResponse.text(String.join("|", request.headers().all("Host")) + " " + request.path() + " "
                + request.query() + " " + request.target());
    }

    private static final class Describing implements WebSocketListener {
        @Override
        public void onOpen(WebSocket socket) {
            Handshake handshake = socket.handshake();
            socket.send(String.join("|", handshake.request().headers().all("Host")) + " " + handshake.target());
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            socket.send(message);
        }
    }

    private static RawPeer connect() {
        return RawPeer.connect(servers.server(HttpVersion.HTTP_2).port());
    }

    // ---- Host

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b", "u@h", "a, b", "a,b", "a:99999", "a:8o", "[::1", "a?b", "a b", "a#b", ":80", "[::1]x", "a\\b",
                "::1", "%"
            })
    void aHostThatIsNoneIs400AndEndsTheConnection(String host) {
        for (String request : new String[] {"GET /page HTTP/1.1", "GET /page HTTP/1.0", "GET /nowhere HTTP/1.1"}) {
            try (RawPeer peer = connect()) {
                HttpHead head = peer.sendHead(request, "Host: " + host).readHead();

                assertThat(head.status()).isEqualTo(400);
                assertThat(peer.readBody(head)).contains("Host is '" + host + "'");
                assertThat(peer.readToEnd()).isEmpty();
            }
        }
        try (RawPeer peer = connect()) {
            String[] handshake = RawPeer.handshake("/who");
            handshake[1] = "Host: " + host;

            assertThat(peer.sendHead(handshake).readHead().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "[::1]:80", "a_b", "a.", "a:", "a:65535", "127.0.0.1"})
    void aHostThatIsOneIsTaken(String host) {
        try (RawPeer peer = connect()) {
            HttpHead head = peer.sendHead("GET /page HTTP/1.1", "Host: " + host).readHead();
            assertThat(peer.readBody(head)).isEqualTo(host + " /page  /page");
            String[] handshake = RawPeer.handshake("/who");
            handshake[1] = "Host: " + host;

            assertThat(peer.sendHead(handshake).readHead().status()).isEqualTo(101);
            assertThat(peer.readFrame().text()).isEqualTo(host + " /who");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a", "https://a", "http://"})
    void anEmptyHostIsNobodysOrigin(String origin) {
        String[] handshake = RawPeer.handshake("/who", "Origin: " + origin);
        handshake[1] = "Host:";
        try (Logs quiet = Logs.capture();
                RawPeer peer = connect()) {
            assertThat(peer.sendHead(handshake).readHead().status()).isEqualTo(403);
            assertThat(quiet.lines()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /page HTTP/1.0", "GET /page HTTP/1.1", "GET http://a/page HTTP/1.1"})
    void twoHostsAre400(String request) {
        try (RawPeer peer = connect()) {
            assertThat(peer.sendHead(request, "Host: a", "Host: a").readHead().status())
                    .isEqualTo(400);
        }
    }

    // ---- :authority

    static Stream<Arguments> invalidAuthorities() {
        return Stream.of("a/b", "u@h", "a, b", "a:99999", "a:8o", "[::1", "a?b", "a b", ":80")
                .flatMap(authority -> Stream.of(HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                        .map(version -> Arguments.of(version, authority)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("invalidAuthorities")
    void anAuthorityThatIsNoneIs400(HttpVersion version, String authority) {
        try (StreamPeer peer = servers.connect(version)) {
            String[] page = StreamPeer.get("/page");
            String[] connect = StreamPeer.extendedConnect("/who");

            assertThat(peer.request(StreamPeer.changed(page, ":authority", authority))
                            .readHead()
                            .status())
                    .isEqualTo(400);
            assertThat(peer.request(":method", "GET", ":scheme", "https", ":path", "/page", "host", authority)
                            .readHead()
                            .status())
                    .isEqualTo(400);
            assertThat(peer.open(false, StreamPeer.changed(connect, ":authority", authority))
                            .readHead()
                            .status())
                    .isEqualTo(400);
            assertThat(peer.request(page).readBody()).isEqualTo("localhost /page  /page");
        }
    }

    static Stream<Arguments> validAuthorities() {
        return Stream.of("a", "[::1]:80", "a_b", "a.", "a:")
                .flatMap(authority -> Stream.of(HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                        .map(version -> Arguments.of(version, authority)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("validAuthorities")
    void anAuthorityThatIsOneIsTaken(HttpVersion version, String authority) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(peer.request(StreamPeer.changed(StreamPeer.get("/page"), ":authority", authority))
                            .readBody())
                    .isEqualTo(authority + " /page  /page");
            assertThat(peer.open(false, StreamPeer.changed(StreamPeer.extendedConnect("/who"), ":authority", authority))
                            .readHead()
                            .status())
                    .isEqualTo(200);
        }
    }

    // ---- absolute form

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://h/page         | h /page  /page",
                "http://h:8080/page?x  | h:8080 /page x /page?x",
                "HTTPS://H/page        | H /page  /page",
                "http://h              | h /  /",
                "http://h?x=/page      | h / x=/page /?x=/page",
                "http://h/?x=http://a/ | h / x=http://a/ /?x=http://a/",
            })
    void theTargetsAuthorityWinsOverHost(String target, String seen) {
        try (RawPeer peer = connect()) {
            for (String host : new String[] {"other", "", "h"}) {
                HttpHead head = peer.sendHead("GET " + target + " HTTP/1.1", "Host: " + host)
                        .readHead();
                assertThat(peer.readBody(head)).isEqualTo(seen);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://u@h/page", "http:///page", "http://h:99999/page", "http://?/page", "ftp://h/page"})
    void aTargetThatIsNoAddressIs400(String target) {
        try (RawPeer peer = connect()) {
            assertThat(peer.sendHead("GET " + target + " HTTP/1.1", "Host: h")
                            .readHead()
                            .status())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/who, http://h, 101",
        "ws://h/who, http://h, 101",
        "http://h/who, http://other, 403",
        "http://h/who, none, 101",
    })
    void aWebSocketsOriginIsComparedWithTheTargetsAuthority(String target, String origin, int status) {
        String[] handshake =
                origin.equals("none") ? RawPeer.handshake(target) : RawPeer.handshake(target, "Origin: " + origin);
        handshake[1] = "Host: other";
        try (Logs quiet = Logs.capture();
                RawPeer peer = connect()) {
            assertThat(peer.sendHead(handshake).readHead().status()).isEqualTo(status);
            if (status == 101) {
                assertThat(peer.readFrame().text()).isEqualTo("h /who");
            } else {
                assertThat(quiet.lines()).singleElement().asString().contains("this server's own, h;");
            }
        }
        handshake = RawPeer.handshake("http://h/checked?x");
        handshake[1] = "Host: other";
        try (RawPeer peer = connect()) {
            HttpHead head = peer.sendHead(handshake).readHead();
            assertThat(peer.readBody(head)).isEqualTo("h /checked x /checked?x");
        }
    }
}
