package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client of HTTP/2 can do to a server with little effort meets a limit, without that anybody has set one. */
class Http2AbuseTest {
    private static final String CALM = "GOAWAY ENHANCE_YOUR_CALM";
    private static final byte[] NOTHING = new byte[0];

    // Netty tells of some abuse at length. Held, or the logging framework forgets it with its level.
    private static final Logger NETTY = Logger.getLogger("io.netty.handler.codec.http2");

    private static WebSocketServer server;

    /** The same, but with time limits that a test can wait for. */
    private static WebSocketServer impatient;

    @BeforeAll
    static void start() {
        NETTY.setLevel(Level.WARNING);
        server = server(Limits.DEFAULT);
        impatient = server(Limits.DEFAULT
                .withHandshakeTimeout(Duration.ofMillis(300))
                .withIdleTimeout(Duration.ofMillis(300))
                .withClosingTimeout(Duration.ofMillis(300)));
    }

    private static WebSocketServer server(Limits limits) {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .limits(limits)
                .webSocket("/", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("a page"))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
        impatient.close();
        NETTY.setLevel(null);
    }

    private static Http2Peer connect() {
        return Http2Peer.connect(server.port());
    }

    private static void repeat(int times, Runnable action) {
        for (int i = 0; i < times; i++) {
            action.run();
        }
    }

    private static void assertStillServed(PeerStream webSocket) {
        webSocket.send(Frame.text("still there"));
        assertThat(webSocket.readFrame()).isEqualTo(Frame.text("still there"));
    }

    // ---- streams

    @Test
    void oneStreamMoreThanAllowedIsRefused() {
        try (Http2Peer peer = connect()) {
            assertThat(peer.setting(3)).isEqualTo(1000);
            PeerStream first = peer.openWebSocket("/");
            peer.atOnce(() -> repeat(999, () -> peer.open(false, StreamPeer.get("/page"))));
            assertThat(peer.connect("/").readEnd()).isEqualTo("RESET REFUSED_STREAM");
            assertStillServed(first);
        }
    }

    @Test
    void aClientThatDoesNotAcknowledgeTheLimitHasItAllTheSame() {
        try (Http2Peer peer = Http2Peer.begin(RawPeer.connect(server.port()))) {
            peer.answerNothing().sendSettings();
            peer.atOnce(() -> repeat(1000, () -> peer.open(false, StreamPeer.get("/page"))));
            assertThat(peer.connect("/").readEnd()).isEqualTo("RESET REFUSED_STREAM");
        }
    }

    @Test
    void resettingAllStreamsOnceIsNoAbuse() {
        try (Http2Peer peer = connect()) {
            peer.atOnce(() -> repeat(1200, () -> peer.connect("/").reset()));
            assertStillServed(peer.openWebSocket("/"));
        }
    }

    @Test
    void resettingStreamsAgainAndAgainEndsTheConnection() {
        try (Http2Peer peer = connect()) {
            peer.atOnce(() -> repeat(1201, () -> peer.connect("/").reset()));
            assertThat(peer.readEnd()).isEqualTo(CALM);
        }
    }

    @Test
    void havingStreamsResetAgainAndAgainEndsTheConnection() {
        try (Http2Peer peer = connect()) {
            peer.atOnce(() -> repeat(1201, () -> peer.request(StreamPeer.get("/page", "connection", "close"))));
            assertThat(peer.readEnd()).isEqualTo(CALM);
        }
    }

    // ---- frames that say nothing

    @Test
    void emptyDataAgainAndAgainEndsTheConnection() {
        try (Http2Peer peer = connect()) {
            PeerStream stream = peer.openWebSocket("/");
            stream.send(NOTHING).send(NOTHING);
            assertStillServed(stream);
            stream.send(NOTHING).send(NOTHING).send(NOTHING);

            assertThat(peer.readEnd()).isEqualTo(CALM);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Http2Peer.SETTINGS, Http2Peer.PING})
    void whatHasToBeAnsweredAndIsNotReadEndsTheConnection(int type) {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        byte[] frame = Http2Peer.frame(type, 0, 0, new byte[type == Http2Peer.PING ? 8 : 0]);
        for (int i = 0; i < 1000; i++) {
            flood.writeBytes(frame);
        }
        // Its WebSocket keeps the connection from being idle.
        try (WebSocketServer flooded = server(Limits.DEFAULT.withClosingTimeout(Duration.ofMillis(300)));
                Http2Peer peer = Http2Peer.begin(RawPeer.connect(flooded.port(), 4096))) {
            peer.sendSettings().openWebSocket("/");
            assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> {
                for (int sent = 0; sent < 10_000_000; sent += 1000) {
                    peer.sendRaw(flood.toByteArray());
                }
            });
            eventually("the connection has ended", () -> flooded.connections() == 0);
        }
    }

    // ---- heads

    @Test
    void aHeadThatIsTooLargeIs431() {
        try (Http2Peer peer = connect()) {
            assertThat(peer.setting(6)).isEqualTo(16 << 10);
            PeerStream other = peer.openWebSocket("/");
            PeerStream stream = peer.request(StreamPeer.get("/page", "x", "y".repeat(16_200)));

            assertThat(stream.readHead().status()).isEqualTo(431);
            assertStillServed(other);
        }
    }

    @Test
    void aHeadThatIsFarTooLargeEndsTheConnection() {
        try (Http2Peer peer = connect()) {
            byte[] block = Http2Peer.block(StreamPeer.get("/page", "x", "y".repeat(12_000), "z", "y".repeat(12_000)));
            byte[] begin = Arrays.copyOf(block, 12_000);
            byte[] rest = Arrays.copyOfRange(block, 12_000, block.length);
            peer.sendFrame(Http2Peer.HEADERS, 0, 1, begin);
            peer.sendFrame(Http2Peer.CONTINUATION, Http2Peer.END_HEADERS, 1, rest);

            assertThat(peer.readEnd()).startsWith("GOAWAY");
        }
    }

    @Test
    void aSmallBlockThatUnfoldsToALargeHeadIs431() {
        try (Http2Peer peer = connect()) {
            // A field of 4,000 bytes for the dynamic table (RFC 7541 §6.2.1), and then a byte for each time it is
            // referred
            // to: 64 MB.
            ByteArrayOutputStream bomb = new ByteArrayOutputStream();
            bomb.writeBytes(Http2Peer.block(StreamPeer.get("/page")));
            byte[] large = Http2Peer.block("x", "y".repeat(4000));
            large[0] = 0x40;
            bomb.writeBytes(large);
            while (bomb.size() < 16_000) {
                bomb.write(0x80 | 62);
            }
            PeerStream other = peer.openWebSocket("/");
            for (int i = 0; i < 10; i++) {
                Http2Peer.Stream stream = peer.newStream();
                peer.sendFrame(
                        Http2Peer.HEADERS,
                        Http2Peer.END_HEADERS | Http2Peer.END_STREAM,
                        stream.id(),
                        bomb.toByteArray());
                assertThat(stream.readHead().status()).isEqualTo(431);
            }
            assertStillServed(other);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aHeadInSmallPiecesWithoutEndEndsTheConnection(int size) {
        try (Http2Peer peer = connect()) {
            peer.sendFrame(Http2Peer.HEADERS, Http2Peer.END_STREAM, 1, Http2Peer.block(":method", "GET"));
            for (int i = 0; i < 16; i++) {
                peer.sendFrame(Http2Peer.CONTINUATION, 0, 1, new byte[size]);
            }
            assertThat(peer.readEnd()).isEqualTo(CALM);
        }
    }

    // ---- time

    @ParameterizedTest
    @ValueSource(strings = {"", "PRI * HT", "PRI * HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n"})
    void aPrefaceThatDoesNotComeEndsTheConnection(String begin) {
        try (RawPeer peer = RawPeer.connect(impatient.port())) {
            peer.sendRaw(begin);
            peer.readToEnd();
        }
    }

    @Test
    void aConnectionWithoutStreamsEndsHoweverBusyItIs() {
        try (Http2Peer peer = Http2Peer.connect(impatient.port())) {
            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
            peer.sendFrame(Http2Peer.PING, 0, 0, new byte[8]);

            assertThat(peer.readEnd()).isEqualTo("GOAWAY NO_ERROR");
        }
    }

    @Test
    void aHeadThatDoesNotEndEndsTheConnection() {
        try (Http2Peer peer = Http2Peer.connect(impatient.port())) {
            peer.sendFrame(Http2Peer.HEADERS, 0, 1, Http2Peer.block(":method", "GET"));

            assertThat(peer.readEnd()).isEqualTo("GOAWAY NO_ERROR");
        }
    }

    @Test
    void aRequestThatDoesNotEndIsResetAlone() {
        try (Http2Peer peer = Http2Peer.connect(impatient.port())) {
            PeerStream webSocket = peer.openWebSocket("/");

            assertThat(peer.open(false, StreamPeer.get("/page")).readEnd()).isEqualTo("RESET CANCEL");
            assertStillServed(webSocket);
        }
    }

    @Test
    void aConnectionWithAWebSocketStays() {
        try (Http2Peer peer = Http2Peer.connect(impatient.port())) {
            PeerStream webSocket = peer.openWebSocket("/");
            for (int i = 0; i < 3; i++) {
                // Each takes as long as an idle connection has.
                assertThat(peer.open(false, StreamPeer.get("/page")).readEnd()).isEqualTo("RESET CANCEL");
            }
            assertStillServed(webSocket);
        }
    }
}
