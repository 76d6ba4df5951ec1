package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Certificates;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are slow to send a request, on purpose: they cost the server a place each, for a while, and keep nobody out. */
class PendingHandshakesTest {
    @TempDir
    Path folder;

    private final List<RawPeer> peers = new ArrayList<>();
    private final Logs logs = Logs.capture();

    @AfterEach
    void close() {
        peers.forEach(RawPeer::close);
        logs.close();
    }

    private RawPeer connect(WebSocketServer server) {
        RawPeer peer = RawPeer.connect(server.port());
        peers.add(peer);
        return peer;
    }

    private static WebSocketServer.Builder served(WebSocketServer.Builder builder, int most) {
        return builder.limits(Limits.DEFAULT.withMaxPendingHandshakes(most).withClosingTimeout(Duration.ofMillis(200)))
                .threads(1)
                .get("/page", request -> HttpResponse.text("a page"))
                .webSocket("/echo", (socket, message) -> socket.send(message));
    }

    private static WebSocketServer start(int most) {
        return served(WebSocketServer.builder().host("127.0.0.1"), most).start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /echo HTTP/1.1\r\nHost: a\r\nX: y"})
    void forOneThatIsTooManyTheOldestIsEnded(String begun) {
        try (WebSocketServer server = start(3)) {
            RawPeer oldest = connect(server).sendRaw(begun);
            eventually("it is there", () -> server.connections() == 1);
            RawPeer second = connect(server).sendRaw(begun);
            RawPeer third = connect(server).sendRaw(begun);
            eventually("all are there", () -> server.connections() == 3);

            connect(server).open("/echo");

            assertThat(oldest.readToEnd()).isEmpty();
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains("more than 3 connections", "maxPendingHandshakes");
            // The others still have their time.
            assertThat(second.sendRaw(begun.isEmpty() ? "GET /page HTTP/1.1\r\nHost: a\r\n\r\n" : "\r\n\r\n")
                            .readHead()
                            .status())
                    .isEqualTo(begun.isEmpty() ? 200 : 426);
            assertThat(third.hasInput()).isFalse();
        }
    }

    @Test
    void whoHasSentARequestIsNotPending() {
        try (WebSocketServer server = start(1)) {
            RawPeer first = connect(server).open("/echo");
            RawPeer second = connect(server).open("/echo");
            connect(server);
            eventually("it is there", () -> server.connections() == 3);

            for (RawPeer peer : List.of(first, second)) {
                assertThat(peer.send(Frame.text("still there")).readFrame()).isEqualTo(Frame.text("still there"));
            }
            assertThat(logs.lines()).isEmpty();
        }
    }

    @Test
    void whoDoesNotSendTheNextRequestIsPendingAgain() {
        try (WebSocketServer server = start(1)) {
            RawPeer idle = connect(server);
            HttpHead page = idle.sendHead("GET /page HTTP/1.1", "Host: a").readHead();
            assertThat(idle.readBody(page)).isEqualTo("a page");
            eventually("it is waited for again", () -> {
                connect(server);
                return !logs.lines().isEmpty();
            });

            assertThat(idle.readToEnd()).isEmpty();
        }
    }

    @Test
    void whoDoesNotFinishTlsIsPending() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        try (WebSocketServer server = served(WebSocketServer.builder().host("localhost"), 1)
                .tls(certificates.certificate(), certificates.key())
                .start()) {
            RawPeer silent = connect(server);
            eventually("it is there", () -> server.connections() == 1);

            RawPeer quick = connect(server).startTls(certificates.context()).open("/echo");

            assertThat(silent.readToEnd()).isEmpty();
            assertThat(quick.send(Frame.text("hi")).readFrame()).isEqualTo(Frame.text("hi"));
        }
    }

    @Test
    void whoDoesNotFinishTheHeaderOfTheProxyProtocolIsPending() {
        try (WebSocketServer server = served(WebSocketServer.builder().host("127.0.0.1"), 1)
                .proxyProtocol("127.0.0.1")
                .start()) {
            RawPeer silent = connect(server);
            eventually("it is there", () -> server.connections() == 1);

            connect(server)
                    .sendRaw("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n")
                    .open("/echo");

            assertThat(silent.readToEnd()).isEmpty();
        }
    }

    @OverHttp2And3
    void aStreamWhoseRequestDoesNotEndIsPending(HttpVersion version) {
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, 2));
                StreamPeer client = servers.connect(version)) {
            PeerStream oldest = client.open(false, StreamPeer.get("/page"));
            PeerStream second = client.open(false, StreamPeer.get("/page"));
            PeerStream third = client.openWebSocket("/echo");
            client.open(false, StreamPeer.get("/page"));

            assertThat(oldest.readEnd()).startsWith("RESET");
            assertThat(third.send(Frame.text("hi")).readFrame()).isEqualTo(Frame.text("hi"));
            assertThat(second.hasEnded()).isFalse();
            second.reset();
        }
    }

    @OverHttp2And3
    void aConnectionWithoutARequestIsPending(HttpVersion version) {
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, 1));
                StreamPeer idle = servers.connect(version)) {
            eventually("it is there", () -> servers.server(version).connections() == 1);
            try (StreamPeer quick = servers.connect(version)) {
                quick.openWebSocket("/echo");
                idle.readEnd();
            }
        }
    }

    @Test
    void moreSlowClientsThanPlacesKeepNobodyOut() {
        try (WebSocketServer server = start(100)) {
            for (int i = 0; i < 300; i++) {
                connect(server).sendRaw("GET /echo HTTP/1.1\r\nHost: a\r\nX: ");
            }
            eventually("so many are left", () -> server.connections() == 100);

            for (int i = 0; i < 50; i++) {
                RawPeer good = connect(server).open("/echo");
                assertThat(good.send(Frame.text("hi")).readFrame()).isEqualTo(Frame.text("hi"));
            }
        }
    }
}
