package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.HttpHead;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections between one request and the next. */
class IdleConnectionsTest {
    private static final Limits QUICK_HANDSHAKES = Limits.DEFAULT.withHandshakeTimeout(Duration.ofSeconds(1));
    private static final Limits QUICK_IDLING =
            Limits.DEFAULT.withIdleTimeout(Duration.ofMillis(100)).withHandshakeTimeout(Duration.ofSeconds(60));
    private static final String GET = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    Path folder;

    private static WebSocketServer.Builder served(WebSocketServer.Builder builder, Limits limits) {
        return builder.limits(limits)
                .threads(1)
                .get("/page", request -> HttpResponse.text("a page"))
                .webSocket("/echo", (socket, message) -> socket.send(message));
    }

    private static WebSocketServer start(Limits limits) {
        return served(WebSocketServer.builder().host("127.0.0.1"), limits).start();
    }

    private static void get(RawPeer peer) {
        HttpHead head = peer.sendRaw(GET).readHead();
        assertThat(head.status()).isEqualTo(200);
        assertThat(peer.readBody(head)).isEqualTo("a page");
    }

    private static void get(StreamPeer peer) {
        assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
    }

    // ---- HTTP/1.1

    @Test
    void aConnectionStaysOpenBetweenRequestsForLongerThanAHandshakeMayTake() {
        try (WebSocketServer server = start(QUICK_HANDSHAKES);
                RawPeer idle = RawPeer.connect(server.port())) {
            get(idle);
            // One that sends nothing is the clock.
            try (RawPeer silent = RawPeer.connect(server.port())) {
                assertThat(silent.readToEnd()).isEmpty();
            }

            get(idle);
            idle.open("/echo");
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterTheIdleTimeout() {
        try (WebSocketServer server = start(QUICK_IDLING);
                RawPeer idle = RawPeer.connect(server.port())) {
            get(idle);

            assertThat(idle.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET /page HTTP/1.1\r\nHost: a\r\n", "\r\n"})
    void aRequestThatHasBegunMustComeInTheTimeOfAHandshake(String begun) {
        try (WebSocketServer server = start(QUICK_HANDSHAKES);
                RawPeer slow = RawPeer.connect(server.port())) {
            get(slow);
            slow.sendRaw(begun);
            assertThat(slow.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET /page HTTP/1.1\r\nHost: a\r\n", "\r\n"})
    void soMustOneThatHasBegunBeforeTheAnswerToAnother(String begun) {
        try (WebSocketServer server = start(QUICK_HANDSHAKES);
                RawPeer slow = RawPeer.connect(server.port())) {
            HttpHead head = slow.sendRaw(GET + begun).readHead();
            assertThat(slow.readBody(head)).isEqualTo("a page");
            assertThat(slow.readToEnd()).isEmpty();
        }
    }

    // ---- HTTP/2 and HTTP/3

    @OverHttp2And3
    void aConnectionWithoutStreamsStaysOpenForLongerThanAHandshakeMayTake(HttpVersion version) {
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, QUICK_HANDSHAKES));
                StreamPeer idle = servers.connect(version)) {
            get(idle);
            try (StreamPeer silent = servers.connect(version)) {
                silent.readEnd();
            }

            get(idle);
            idle.openWebSocket("/echo");
        }
    }

    @OverHttp2And3
    void anIdleConnectionGetsGoAwayAndIsThenClosed(HttpVersion version) {
        Limits limits = QUICK_IDLING.withClosingTimeout(Duration.ofMillis(100));
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, limits));
                StreamPeer idle = servers.connect(version)) {
            get(idle);

            idle.awaitGoAway();

            assertThat(idle.readEnd()).endsWith("NO_ERROR");
        }
    }

    @OverHttp2And3
    void requestsThatCrossTheGoAwayAreAnswered(HttpVersion version) {
        Limits limits = QUICK_IDLING.withClosingTimeout(Duration.ofSeconds(60));
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, limits));
                StreamPeer idle = servers.connect(version)) {
            get(idle);
            idle.awaitGoAway();

            PeerStream first = idle.request(StreamPeer.get("/page"));
            PeerStream second = idle.request(StreamPeer.get("/page"));
            assertThat(first.readBody()).isEqualTo("a page");
            assertThat(second.readBody()).isEqualTo("a page");
            get(idle);
        }
    }
}
