package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Logs;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import dev.marline.transport.loop.PeerLog;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that do again and again what is logged: they fill no disk and forge no line. */
class LogFloodTest {
    private static final int MOST_LINES = PeerLog.LINES_PER_MINUTE;
    private static final int TIMES = MOST_LINES + 10;

    private final Logs logs = Logs.capture();

    @AfterEach
    void close() {
        logs.close();
    }

    private int loggedCharacters() {
        return logs.lines().stream().mapToInt(String::length).sum();
    }

    private static WebSocketServer.Builder routes(WebSocketServer.Builder builder) {
        return builder.webSocket("/", (socket, message) -> {
                    throw new IllegalStateException("unexpected: " + message.text());
                })
                .blockingWebSocket("/blocking", socket -> {
                    throw new IllegalStateException(
                            "unexpected: " + socket.receive().text());
                })
                .get("/page", request -> {
                    throw new IllegalStateException("unexpected: " + request.query());
                });
    }

    private static WebSocketServer start() {
        return routes(WebSocketServer.builder().host("127.0.0.1").threads(1)).start();
    }

    @Test
    void refusedOrigins() {
        try (WebSocketServer server = start()) {
            for (int i = 0; i < TIMES; i++) {
                try (RawPeer peer = RawPeer.connect(server.port())) {
                    peer.sendHead(RawPeer.handshake("/", "Origin: http://" + "x".repeat(6000)));
                    assertThat(peer.readHead().status()).isEqualTo(403);
                }
            }
        }
        assertThat(logs.lines()).hasSize(MOST_LINES);
        assertThat(loggedCharacters()).isLessThan(MOST_LINES * 1000);
    }

    @OverHttp2And3
    void refusedOriginsOfStreams(HttpVersion version, @TempDir Path folder) {
        try (StreamServers servers = new StreamServers(folder, LogFloodTest::routes);
                StreamPeer peer = servers.connect(version)) {
            for (int i = 0; i < TIMES; i++) {
                assertThat(peer.connect("/", "origin", "http://" + "x".repeat(6000))
                                .readHead()
                                .status())
                        .isEqualTo(403);
            }
        }
        assertThat(logs.lines()).hasSize(MOST_LINES);
        assertThat(loggedCharacters()).isLessThan(MOST_LINES * 1000);
    }

    @Test
    void anOriginWithControlCharacters() {
        try (WebSocketServer server = start();
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead(RawPeer.handshake("/", "Origin: http://a\u009b2J\u0085b"));
            assertThat(peer.readHead().status()).isIn(400, 403);
        }
        assertThat(logs.lines()).allMatch(line -> line.chars().noneMatch(Character::isISOControl));
    }

    @Test
    void pagesThatThrow() {
        try (WebSocketServer server = start()) {
            for (int i = 0; i < TIMES; i++) {
                try (RawPeer peer = RawPeer.connect(server.port())) {
                    peer.sendHead("GET /page?" + "x".repeat(6000) + " HTTP/1.1", "Host: a");
                    assertThat(peer.readHead().status()).isEqualTo(500);
                }
            }
        }
        assertThat(logs.lines()).hasSize(MOST_LINES);
        assertThat(loggedCharacters()).isLessThan(MOST_LINES * 3000);
    }

    @Test
    void listenersAndBlockingHandlersThatThrow() {
        String text = "\n" + "x".repeat(50_000);
        try (WebSocketServer server = start()) {
            for (String path : new String[] {"/", "/blocking"}) {
                IntStream.range(0, TIMES).forEach(i -> {
                    try (RawPeer peer = RawPeer.connect(server.port()).open(path)) {
                        peer.send(Frame.text(text));
                        assertThat(peer.readFrame()).isEqualTo(Frame.close(1011, "internal error"));
                    }
                });
                eventually("they are logged", () -> logs.lines().size() == MOST_LINES);
                assertThat(loggedCharacters()).isLessThan(MOST_LINES * 2000);
                assertThat(logs.lines()).noneMatch(line -> line.contains("\n"));
                logs.lines().clear();
            }
        }
    }
}
