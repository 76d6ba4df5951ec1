package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Certificates;
import dev.marline.testing.Http3Peer;
import dev.marline.testing.PeerStream;
import dev.marline.testing.StreamPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same over HTTP/3. Streams and windows QUIC itself limits, and there is no CONTINUATION. */
class Http3AbuseTest {
    private static final String TOO_MUCH = "CLOSED H3_EXCESSIVE_LOAD";

    /** With 10 streams it takes 200 resets more to be too many. */
    private static final Limits FEW_STREAMS = Limits.DEFAULT.withMaxConcurrentStreams(10);

    private static final int MOST_RESETS = 210;

    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static WebSocketServer server;

    /** The same, but with time limits that a test can wait for. */
    private static WebSocketServer impatient;

    @BeforeAll
    static void start() {
        certificates = new Certificates(folder, "dns:localhost");
        server = server(FEW_STREAMS);
        impatient = server(FEW_STREAMS
                .withHandshakeTimeout(Duration.ofMillis(300))
                .withIdleTimeout(Duration.ofMillis(300))
                .withClosingTimeout(Duration.ofMillis(300)));
    }

    private static WebSocketServer server(Limits limits) {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .tls(certificates.certificate(), certificates.key())
                .http(HttpVersion.HTTP_3)
                .limits(limits)
                .webSocket("/", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("a page"))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
        impatient.close();
    }

    private static Http3Peer connect() {
        return connect(server);
    }

    private static Http3Peer connect(WebSocketServer to) {
        return Http3Peer.connect(to.port(), certificates.certificate());
    }

    private static void assertStillServed(PeerStream webSocket) {
        webSocket.send(Frame.text("still there"));
        assertThat(webSocket.readFrame()).isEqualTo(Frame.text("still there"));
    }

    // ---- streams

    @Test
    void noMoreStreamsAreAllowedThanTheLimit() {
        try (Http3Peer peer = connect()) {
            assertThat(peer.allowedStreams()).isEqualTo(10);
            PeerStream first = peer.openWebSocket("/");
            for (int i = 1; i < 10; i++) {
                peer.openWebSocket("/");
            }
            assertThat(peer.allowedStreams()).isZero();
            first.send(Frame.close()).end();
            eventually("another stream is allowed", () -> peer.allowedStreams() > 0);
        }
    }

    @Test
    void resettingAllStreamsOnceIsNoAbuse() {
        try (Http3Peer peer = connect()) {
            for (int i = 0; i < MOST_RESETS; i++) {
                peer.connect("/").reset();
            }
            assertStillServed(peer.openWebSocket("/"));
        }
    }

    @Test
    void resettingStreamsAgainAndAgainEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            for (int i = 0; i <= MOST_RESETS; i++) {
                peer.openWebSocket("/").reset();
            }
            assertThat(peer.readEnd()).isEqualTo(TOO_MUCH);
        }
    }

    @Test
    void havingStreamsResetAgainAndAgainEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            for (int i = 0; i < MOST_RESETS; i++) {
                assertThat(peer.request(StreamPeer.get("/page", "connection", "close"))
                                .readEnd())
                        .isEqualTo("RESET H3_MESSAGE_ERROR");
            }
            peer.request(StreamPeer.get("/page", "connection", "close"));
            assertThat(peer.readEnd()).isEqualTo(TOO_MUCH);
        }
    }

    // ---- frames that say nothing

    @Test
    void emptyDataAgainAndAgainEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            Http3Peer.Exchange stream = (Http3Peer.Exchange) peer.openWebSocket("/");
            byte[] empty = Http3Peer.frame(Http3Peer.DATA, new byte[0]);
            for (int i = 0; i <= MOST_RESETS; i++) {
                stream.sendRaw(empty);
            }
            assertStillServed(stream);
            stream.sendRaw(empty).sendRaw(empty);

            assertThat(peer.readEnd()).isEqualTo(TOO_MUCH);
        }
    }

    @Test
    void settingsThatComeAgainEndTheConnection() {
        try (Http3Peer peer = connect()) {
            peer.sendControl(Http3Peer.frame(Http3Peer.SETTINGS, new byte[0]));

            assertThat(peer.readEnd()).isEqualTo("CLOSED H3_FRAME_UNEXPECTED");
        }
    }

    static Stream<Arguments> framesOutOfPlace() {
        byte[] head = Http3Peer.frame(Http3Peer.HEADERS, Http3Peer.section(StreamPeer.get("/page")));
        byte[] trailers = Http3Peer.frame(Http3Peer.HEADERS, Http3Peer.section("x", "y"));
        byte[] data = Http3Peer.frame(Http3Peer.DATA, new byte[1]);
        byte[] none = {};
        byte[] promised = Http3Peer.section(StreamPeer.get("/page"));
        byte[] promise = new byte[promised.length + 1];
        System.arraycopy(promised, 0, promise, 1, promised.length);
        return Stream.of(
                arguments("DATA before HEADERS", List.of(data)),
                arguments("DATA after trailers", List.of(head, trailers, data)),
                arguments("HEADERS after trailers", List.of(head, data, trailers, trailers)),
                arguments("SETTINGS", List.of(head, Http3Peer.frame(Http3Peer.SETTINGS, none))),
                arguments("GOAWAY", List.of(head, Http3Peer.frame(7, new byte[1]))),
                arguments("CANCEL_PUSH", List.of(head, Http3Peer.frame(3, new byte[1]))),
                arguments("MAX_PUSH_ID", List.of(head, Http3Peer.frame(13, new byte[1]))),
                arguments("PUSH_PROMISE by a client", List.of(head, Http3Peer.frame(5, promise))),
                arguments("HTTP/2's PRIORITY", List.of(head, Http3Peer.frame(2, new byte[5]))));
    }

    /** RFC 9114 §4.1 and §7.2. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("framesOutOfPlace")
    void aFrameThatMayNotComeOnARequestsStreamEndsTheConnection(String what, List<byte[]> frames) {
        try (Http3Peer peer = connect()) {
            Http3Peer.Exchange stream = peer.newStream();
            frames.forEach(stream::sendRaw);

            assertThat(peer.readEnd()).as(what).isEqualTo("CLOSED H3_FRAME_UNEXPECTED");
        }
    }

    // ---- heads

    @Test
    void aHeadThatIsTooLargeEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            assertThat(peer.setting(6)).isEqualTo(16 << 10);
            peer.request(StreamPeer.get("/page", "x", "y".repeat(17_000)));

            assertThat(peer.readEnd()).isEqualTo(TOO_MUCH);
        }
    }

    @Test
    void aSmallHeadThatUnfoldsToALargeOneEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            // A byte for each time that QPACK's static table is referred to, where field 85 is the longest (RFC 9204
            // A).
            ByteArrayOutputStream bomb = new ByteArrayOutputStream();
            bomb.writeBytes(new byte[2]);
            for (int i = 0; i < 5000; i++) {
                bomb.write(0xFF);
                bomb.write(85 - 63);
            }
            peer.newStream().sendRaw(Http3Peer.frame(Http3Peer.HEADERS, bomb.toByteArray()));

            assertThat(peer.readEnd()).isEqualTo(TOO_MUCH);
        }
    }

    @Test
    void thereIsNoDynamicTable() {
        try (Http3Peer peer = connect()) {
            assertThat(peer.setting(1)).isZero();
            // Set Dynamic Table Capacity to 30 (RFC 9204 §4.3.1).
            peer.sendOnNewStream(new byte[] {Http3Peer.ENCODER_STREAM, 0x20 | 30});

            assertThat(peer.readEnd()).isEqualTo("CLOSED QPACK_ENCODER_STREAM_ERROR");
        }
    }

    @Test
    void aHeadThatRefersToADynamicTableEndsTheConnection() {
        try (Http3Peer peer = connect()) {
            peer.newStream().sendRaw(Http3Peer.frame(Http3Peer.HEADERS, new byte[] {2, 0, (byte) 0x80}));

            assertThat(peer.readEnd()).isEqualTo("CLOSED QPACK_DECOMPRESSION_FAILED");
        }
    }

    // ---- time

    @Test
    void aHandshakeThatTakesTooLongFails() throws IOException {
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), impatient.port());
        try (DatagramSocket between = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> connecting = CompletableFuture.runAsync(
                    () -> Http3Peer.connect(between.getLocalPort(), certificates.certificate())
                            .close());
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            between.setSoTimeout(10_000);
            between.receive(packet);
            SocketAddress client = packet.getSocketAddress();
            passOn(between, packet, server);
            between.receive(packet);
            long held = System.nanoTime();
            eventually("it has taken too long", () -> System.nanoTime() - held > 600_000_000);
            passOn(between, packet, client);
            between.setSoTimeout(50);
            while (!connecting.isDone()) {
                try {
                    between.receive(packet);
                    passOn(between, packet, packet.getSocketAddress().equals(server) ? client : server);
                } catch (SocketTimeoutException none) {
                    // perhaps the handshake is over
                }
            }
            assertThat(connecting).isCompletedExceptionally();
        }
    }

    private static void passOn(DatagramSocket between, DatagramPacket packet, SocketAddress to) throws IOException {
        between.send(new DatagramPacket(packet.getData(), packet.getLength(), to));
        packet.setLength(packet.getData().length);
    }

    @Test
    void aConnectionWithoutStreamsEnds() {
        try (Http3Peer peer = connect(impatient)) {
            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");

            assertThat(peer.readEnd()).isEqualTo("CLOSED H3_NO_ERROR");
        }
    }

    @Test
    void aHeadThatDoesNotEndIsResetAlone() {
        try (Http3Peer peer = connect(impatient)) {
            PeerStream webSocket = peer.openWebSocket("/");
            Http3Peer.Exchange stream = peer.newStream();
            stream.sendRaw(Arrays.copyOf(Http3Peer.frame(Http3Peer.HEADERS, new byte[100]), 50));

            assertThat(stream.readEnd()).isEqualTo("RESET H3_REQUEST_CANCELLED");
            assertStillServed(webSocket);
        }
    }

    @Test
    void aRequestThatDoesNotEndIsResetAlone() {
        try (Http3Peer peer = connect(impatient)) {
            PeerStream webSocket = peer.openWebSocket("/");

            assertThat(peer.open(false, StreamPeer.get("/page")).readEnd()).isEqualTo("RESET H3_REQUEST_CANCELLED");
            assertStillServed(webSocket);
        }
    }
}
