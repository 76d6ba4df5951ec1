package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which error a server answers to frames that RFC 9113 does not allow, at each point of a stream's life. */
class Http2ConformanceTest {
    private static final int MAX_WINDOW = Integer.MAX_VALUE;
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] ONE = {1};
    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEAD = Http2Peer.block(StreamPeer.get("/page"));

    private static final CountDownLatch ANSWERED = new CountDownLatch(1);

    @TempDir
    static Path folder;

    private static WebSocketServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.write(folder.resolve("large.bin"), new byte[300_000]);
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .webSocket("/echo", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("a page"))
                .get("/waits", request -> {
                    ANSWERED.await(30, TimeUnit.SECONDS);
                    return HttpResponse.text("late");
                })
                .get("/files/*", StaticFiles.in(folder))
                .start();
    }

    @AfterAll
    static void stop() {
        ANSWERED.countDown();
        server.close();
    }

    /** A point of a stream's life. */
    enum Moment {
        /** The request has no end yet. */
        REQUEST_UNDER_WAY(false, "/page"),
        /** The request has come, and its handler has not answered. */
        BEFORE_THE_ANSWER(true, "/waits"),
        /** The head of the answer is out, and its body waits for the window to open. */
        ANSWER_UNDER_WAY(true, "/files/large.bin"),
        WEB_SOCKET(false, "/echo");

        private final boolean requestEnded;
        private final String path;

        Moment(boolean requestEnded, String path) {
            this.requestEnded = requestEnded;
            this.path = path;
        }

        private Http2Peer.Stream begin(Http2Peer peer) {
            String[] fields = this == WEB_SOCKET ? StreamPeer.extendedConnect(path) : StreamPeer.get(path);
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.open(requestEnded, fields);
            stream.readNoMore();
            if (this == ANSWER_UNDER_WAY || this == WEB_SOCKET) {
                stream.readHead();
            }
            return stream;
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return Http2Peer.frame(type, flags, stream, payload);
    }

    private static byte[] windowUpdate(int stream, int increment) {
        return frame(Http2Peer.WINDOW_UPDATE, 0, stream, Http2Peer.number(increment));
    }

    private static byte[] join(byte[]... parts) {
        return Stream.of(parts).reduce(NOTHING, (all, next) -> {
            byte[] longer = Arrays.copyOf(all, all.length + next.length);
            System.arraycopy(next, 0, longer, all.length, next.length);
            return longer;
        });
    }

    // ---- errors of a stream

    private static Arguments wrong(String what, String error, IntFunction<byte[]> frames) {
        return arguments(what, error, frames);
    }

    /** What is wrong at any point. */
    static Stream<Arguments> wrongOnAnyStream() {
        return Stream.of(
                wrong(
                        "§6.3: PRIORITY of 4 bytes",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.PRIORITY, 0, id, new byte[4])),
                wrong("§6.9: WINDOW_UPDATE of 0", "PROTOCOL_ERROR", id -> windowUpdate(id, 0)),
                wrong(
                        "§6.9.1: a window beyond 2^31-1",
                        "FLOW_CONTROL_ERROR",
                        id -> join(windowUpdate(id, MAX_WINDOW), windowUpdate(id, MAX_WINDOW))));
    }

    /** What is wrong behind the end of the request. */
    static Stream<Arguments> wrongAfterTheRequest() {
        return Stream.of(
                wrong("§5.1: DATA", "STREAM_CLOSED", id -> frame(Http2Peer.DATA, 0, id, DATA)),
                wrong("§6.1: DATA that ends", "STREAM_CLOSED", id -> frame(Http2Peer.DATA, 1, id, DATA)),
                wrong("§5.1: empty DATA", "STREAM_CLOSED", id -> frame(Http2Peer.DATA, 0, id, NOTHING)),
                wrong("§5.1: HEADERS", "STREAM_CLOSED", id -> frame(Http2Peer.HEADERS, 4, id, HEAD)),
                wrong(
                        "§5.1: HEADERS that end",
                        "STREAM_CLOSED",
                        id -> frame(Http2Peer.HEADERS, 5, id, Http2Peer.block("x", "y"))));
    }

    /** What is wrong as long as the request has no end. */
    static Stream<Arguments> wrongWithinTheRequest() {
        return Stream.of(
                wrong(
                        "§8.1: a second HEADERS without END_STREAM",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 4, id, Http2Peer.block("x", "y"))),
                wrong(
                        "§8.1: a pseudo-header in trailers",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id, Http2Peer.block(":path", "/"))),
                wrong(
                        "§8.2.2: a connection's field in trailers",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id, Http2Peer.block("connection", "close"))),
                wrong(
                        "§8.2.1: an upper-case name in trailers",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id, Http2Peer.block("X", "y"))));
    }

    static Stream<Arguments> streamErrors() {
        return Stream.of(Moment.values())
                .flatMap(moment -> Stream.concat(
                                wrongOnAnyStream(),
                                moment.requestEnded ? wrongAfterTheRequest() : wrongWithinTheRequest())
                        .map(each -> arguments(moment, each.get()[0], each.get()[1], each.get()[2])));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("streamErrors")
    void aStreamErrorIsToldByItsOwnCodeAndOnce(Moment moment, String what, String error, IntFunction<byte[]> frames) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = moment.begin(peer);
            peer.sendRaw(frames.apply(stream.id()));

            assertThat(peer.readError(stream.id())).as(what).isEqualTo("RESET " + error);
            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
            peer.readUpToNow();
            assertThat(peer.reset(stream.id())).isEqualTo("RESET " + error);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "CONNECT"})
    void aContentLengthThatDataDoesNotMatchIsAProtocolError(String method) {
        String[] head = method.equals("CONNECT")
                ? StreamPeer.extendedConnect("/echo", "content-length", "1")
                : StreamPeer.changed(StreamPeer.get("/waits", "content-length", "1"), ":method", method);
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream more = (Http2Peer.Stream) peer.open(false, head);
            peer.sendFrame(Http2Peer.DATA, 1, more.id(), DATA);
            assertThat(peer.readError(more.id())).isEqualTo("RESET PROTOCOL_ERROR");

            Http2Peer.Stream less = (Http2Peer.Stream) peer.open(false, head);
            peer.sendFrame(Http2Peer.DATA, 1, less.id(), NOTHING);
            assertThat(peer.readError(less.id())).isEqualTo("RESET PROTOCOL_ERROR");

            Http2Peer.Stream none = (Http2Peer.Stream) peer.request(head);
            assertThat(peer.readError(none.id())).isEqualTo("RESET PROTOCOL_ERROR");
        }
    }

    // ---- frames on streams that are closed

    @ParameterizedTest
    @ValueSource(ints = {Http2Peer.DATA, Http2Peer.HEADERS})
    void aFrameOnAStreamThatBothHaveEndedFailsTheConnection(int type) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.request(StreamPeer.get("/page"));
            assertThat(stream.readBody()).isEqualTo("a page");
            peer.sendFrame(type, Http2Peer.END_STREAM | Http2Peer.END_HEADERS, stream.id(), HEAD);

            assertThat(peer.readEnd()).isEqualTo("GOAWAY STREAM_CLOSED");
            assertThat(peer.reset(stream.id())).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Http2Peer.DATA, Http2Peer.HEADERS})
    void aFrameOnAStreamThatTheClientHasResetFailsTheConnection(int type) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.request(StreamPeer.get("/waits"));
            stream.reset();
            peer.sendFrame(type, Http2Peer.END_STREAM | Http2Peer.END_HEADERS, stream.id(), HEAD);

            assertThat(peer.readEnd()).isEqualTo("GOAWAY STREAM_CLOSED");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Http2Peer.DATA, Http2Peer.HEADERS})
    void framesThatWereSentBeforeTheServersResetWasSeenAreDiscarded(int type) {
        try (Logs logged = Logs.capture("io.netty.handler.codec.http2", Level.INFO);
                Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.open(false, StreamPeer.get("/page"));
            // More than may be reset, so that it is seen that none of them is.
            peer.atOnce(() -> {
                peer.sendWindowUpdate(stream.id(), 0);
                for (int i = 0; i < 2000; i++) {
                    peer.sendFrame(type, Http2Peer.END_HEADERS, stream.id(), type == Http2Peer.DATA ? ONE : HEAD);
                }
            });

            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
            assertThat(logged.lines()).isEmpty();
            assertThat(peer.reset(stream.id())).isEqualTo("RESET PROTOCOL_ERROR");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Http2Peer.PRIORITY, Http2Peer.RST_STREAM, Http2Peer.WINDOW_UPDATE})
    void whatMayStillComeOnAClosedStreamIsIgnored(int type) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.request(StreamPeer.get("/page"));
            stream.readBody();
            byte[] payload = type == Http2Peer.PRIORITY ? new byte[5] : Http2Peer.number(1);
            peer.sendFrame(type, 0, stream.id(), payload);

            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
            assertThat(peer.reset(stream.id())).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/waits", "/files/large.bin", "/echo"})
    void aResetIsNotAnsweredWithAReset(String path) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream)
                    (path.equals("/echo") ? peer.openWebSocket(path) : peer.request(StreamPeer.get(path)));
            stream.reset();

            assertThat(peer.request(StreamPeer.get("/page")).readBody()).isEqualTo("a page");
            assertThat(peer.reset(stream.id())).isNull();
        }
    }

    @Test
    void anIdentifierBelowAnotherFailsTheConnection() {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            peer.sendFrame(Http2Peer.HEADERS, 5, 5, HEAD).sendFrame(Http2Peer.HEADERS, 5, 3, HEAD);

            assertThat(peer.readEnd()).isEqualTo("GOAWAY PROTOCOL_ERROR");
        }
    }

    // ---- errors of the connection

    private static Arguments failing(String what, String error, IntFunction<byte[]> frames) {
        return arguments(what, error, frames);
    }

    /** The identifier is that of an open stream; no stream has one that is larger. */
    static Stream<Arguments> connectionErrors() {
        byte[] setting = {0, 2, 0, 0, 0, 2};
        return Stream.of(
                failing(
                        "§4.2: a frame of 16,385 bytes",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.DATA, 0, id, new byte[16_385])),
                failing(
                        "§4.3: a malformed header block",
                        "COMPRESSION_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id + 2, new byte[] {(byte) 0x80})),
                failing(
                        "§4.3: PRIORITY within a header block",
                        "PROTOCOL_ERROR",
                        id -> join(
                                frame(Http2Peer.HEADERS, 1, id + 2, HEAD),
                                frame(Http2Peer.PRIORITY, 0, id, new byte[5]))),
                failing("§5.1: DATA on an idle stream", "PROTOCOL_ERROR", id -> frame(0, 0, id + 2, DATA)),
                failing(
                        "§5.1: RST_STREAM on an idle stream",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.RST_STREAM, 0, id + 2, new byte[4])),
                failing("§5.1: WINDOW_UPDATE on an idle stream", "PROTOCOL_ERROR", id -> windowUpdate(id + 2, 1)),
                failing(
                        "§5.1.1: an even identifier",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id + 3, HEAD)),
                failing("§6.1: DATA on stream 0", "PROTOCOL_ERROR", id -> frame(Http2Peer.DATA, 0, 0, DATA)),
                failing(
                        "§6.1: more padding than DATA",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.DATA, 8, id, new byte[] {5, 0})),
                failing("§6.2: HEADERS on stream 0", "PROTOCOL_ERROR", id -> frame(Http2Peer.HEADERS, 5, 0, HEAD)),
                failing(
                        "§6.2: more padding than HEADERS",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.HEADERS, 13, id + 2, new byte[] {5, 0})),
                failing(
                        "§6.3: PRIORITY on stream 0",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.PRIORITY, 0, 0, new byte[5])),
                failing(
                        "§6.4: RST_STREAM on stream 0",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.RST_STREAM, 0, 0, new byte[4])),
                failing(
                        "§6.4: RST_STREAM of 3 bytes",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.RST_STREAM, 0, id, new byte[3])),
                failing(
                        "§6.5: SETTINGS with ACK and a payload",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.SETTINGS, 1, 0, new byte[6])),
                failing(
                        "§6.5: SETTINGS on a stream",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.SETTINGS, 0, id, NOTHING)),
                failing(
                        "§6.5: SETTINGS of 3 bytes",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.SETTINGS, 0, 0, new byte[3])),
                failing("§6.5.2: ENABLE_PUSH of 2", "PROTOCOL_ERROR", id -> frame(Http2Peer.SETTINGS, 0, 0, setting)),
                failing(
                        "§6.5.2: a window of 2^31",
                        "FLOW_CONTROL_ERROR",
                        id -> frame(Http2Peer.SETTINGS, 0, 0, new byte[] {0, 4, (byte) 0x80, 0, 0, 0})),
                failing(
                        "§6.5.2: frames of 16,383 bytes",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.SETTINGS, 0, 0, new byte[] {0, 5, 0, 0, 0x3f, (byte) 0xff})),
                failing("§6.6: PUSH_PROMISE by a client", "PROTOCOL_ERROR", id -> frame(5, 4, id, new byte[4])),
                failing("§6.7: PING of 6 bytes", "FRAME_SIZE_ERROR", id -> frame(Http2Peer.PING, 0, 0, new byte[6])),
                failing("§6.7: PING on a stream", "PROTOCOL_ERROR", id -> frame(Http2Peer.PING, 0, id, new byte[8])),
                failing(
                        "§6.8: GOAWAY on a stream",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.GOAWAY, 0, id, new byte[8])),
                failing("§6.9: WINDOW_UPDATE of 0", "PROTOCOL_ERROR", id -> windowUpdate(0, 0)),
                failing(
                        "§6.9: WINDOW_UPDATE of 3 bytes",
                        "FRAME_SIZE_ERROR",
                        id -> frame(Http2Peer.WINDOW_UPDATE, 0, id, new byte[3])),
                failing(
                        "§6.9.1: a window beyond 2^31-1",
                        "FLOW_CONTROL_ERROR",
                        id -> join(windowUpdate(0, MAX_WINDOW), windowUpdate(0, MAX_WINDOW))),
                failing(
                        "§6.10: CONTINUATION without HEADERS",
                        "PROTOCOL_ERROR",
                        id -> frame(Http2Peer.CONTINUATION, 4, id, HEAD)),
                failing(
                        "§6.10: CONTINUATION of another stream",
                        "PROTOCOL_ERROR",
                        id -> join(
                                frame(Http2Peer.HEADERS, 1, id + 2, HEAD),
                                frame(Http2Peer.CONTINUATION, 4, id, NOTHING))),
                failing(
                        "RFC 7541 §6.3: a table larger than was allowed",
                        "COMPRESSION_ERROR",
                        id -> frame(
                                Http2Peer.HEADERS,
                                5,
                                id + 2,
                                join(new byte[] {0x3f, (byte) 0xe1, (byte) 0xff, 0x03}, HEAD))),
                failing(
                        "RFC 7541 §5.2: EOS in a Huffman string",
                        "COMPRESSION_ERROR",
                        id -> frame(Http2Peer.HEADERS, 5, id + 2, new byte[] {0, (byte) 0x84, -1, -1, -1, -1, 0})));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("connectionErrors")
    void aConnectionErrorIsToldByItsOwnCode(String what, String error, IntFunction<byte[]> frames) {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.openWebSocket("/echo");
            peer.sendRaw(frames.apply(stream.id()));

            assertThat(peer.readEnd()).as(what).isEqualTo("GOAWAY " + error);
        }
    }

    // ---- what is unusual and allowed

    @Test
    void framesAndSettingsThatNobodyKnowsAreIgnored() {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.openWebSocket("/echo");
            peer.sendFrame(0x16, 0xff, 0, DATA).sendFrame(0x16, 0xff, stream.id(), DATA);
            peer.sendSettings(0xff, 1).sendFrame(Http2Peer.PING, 0xfe, 0, new byte[8]);
            peer.sendFrame(Http2Peer.GOAWAY, 0, 0, new byte[8]);

            stream.send(Frame.text("still there"));
            assertThat(stream.readFrame()).isEqualTo(Frame.text("still there"));
        }
    }

    // ---- the preface

    /** A port that speaks HTTP/1.1, too, takes what is no preface for a request of that version. */
    @Test
    void besideHttp1AnInvalidPrefaceIsABadRequest() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendRaw("INVALID CONNECTION PREFACE\r\n\r\n");

            assertThat(peer.readHead().status()).isEqualTo(400);
            assertThat(peer.readToEnd()).isNotNull();
        }
    }

    @Test
    void whereHttp2AloneIsSpokenAnInvalidPrefaceIsAProtocolError() {
        try (WebSocketServer alone = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .http(HttpVersion.HTTP_2)
                        .get("/page", request -> HttpResponse.text("a page"))
                        .start();
                Http2Peer peer = Http2Peer.begin(RawPeer.connect(alone.port()), "INVALID CONNECTION PREFACE\r\n\r\n")) {
            assertThat(peer.readEnd()).isEqualTo("GOAWAY PROTOCOL_ERROR");
        }
    }
}
