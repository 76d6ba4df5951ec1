package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.marline.WebSocket;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Ends;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which error a client answers to frames of a server that RFC 9113 does not allow. */
class Http2ServerErrorsTest {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final int END = Http2Peer.END_STREAM | Http2Peer.END_HEADERS;
    private static final byte[] ACCEPTED = Http2Peer.block(":status", "200");
    private static final byte[] FIELD = Http2Peer.block("x", "y");

    private static Arguments wrong(String what, String error, IntFunction<byte[]> frame) {
        return arguments(what, error, frame);
    }

    private static byte[] headers(int flags, int stream, String... fields) {
        return Http2Peer.frame(Http2Peer.HEADERS, flags, stream, Http2Peer.block(fields));
    }

    private static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    private static byte[] windowUpdate(int stream, int increment) {
        return Http2Peer.frame(Http2Peer.WINDOW_UPDATE, 0, stream, Http2Peer.number(increment));
    }

    /** What is wrong before the response as well as behind it. */
    static Stream<Arguments> wrongAtAnyTime() {
        return Stream.of(
                wrong(
                        "§6.3: PRIORITY of 4 bytes",
                        "RESET FRAME_SIZE_ERROR",
                        id -> Http2Peer.frame(Http2Peer.PRIORITY, 0, id, new byte[4])),
                wrong("§6.9: WINDOW_UPDATE of 0", "RESET PROTOCOL_ERROR", id -> windowUpdate(id, 0)),
                wrong(
                        "§6.9.1: a window beyond 2^31-1",
                        "RESET FLOW_CONTROL_ERROR",
                        id -> windowUpdate(id, Integer.MAX_VALUE)),
                wrong(
                        "§8.3.2: a request's pseudo-header",
                        "RESET PROTOCOL_ERROR",
                        id -> headers(END, id, ":path", "/")),
                wrong(
                        "§8.2.2: a connection's field",
                        "RESET PROTOCOL_ERROR",
                        id -> headers(END, id, "connection", "close")),
                wrong(
                        "§5.1.1: HEADERS on a stream that the client has not opened",
                        "GOAWAY PROTOCOL_ERROR",
                        id -> headers(4, id + 2, ":status", "200")),
                wrong(
                        "§5.1: HEADERS on a stream that a server opens",
                        "GOAWAY PROTOCOL_ERROR",
                        id -> headers(4, 2, ":status", "200")),
                wrong(
                        "§8.4: PUSH_PROMISE",
                        "GOAWAY PROTOCOL_ERROR",
                        id -> Http2Peer.frame(5, 4, id, new byte[] {0, 0, 0, 2})));
    }

    static Stream<Arguments> wrongInsteadOfAResponse() {
        return Stream.concat(
                wrongAtAnyTime(),
                Stream.of(
                        wrong(
                                "§8.1: DATA",
                                "RESET PROTOCOL_ERROR",
                                id -> Http2Peer.frame(Http2Peer.DATA, 0, id, new byte[1])),
                        wrong(
                                "§8.1: an interim response that ends",
                                "RESET PROTOCOL_ERROR",
                                id -> headers(END, id, ":status", "103")),
                        wrong(
                                "§8.1.1: more DATA than content-length",
                                "RESET PROTOCOL_ERROR",
                                id -> join(
                                        headers(4, id, ":status", "403", "content-length", "1"),
                                        Http2Peer.frame(Http2Peer.DATA, 1, id, new byte[2]))),
                        wrong("§8.3.2: no status", "RESET PROTOCOL_ERROR", id -> headers(4, id, "x", "y"))));
    }

    static Stream<Arguments> wrongOnAWebSocket() {
        return Stream.concat(
                wrongAtAnyTime(),
                Stream.of(
                        wrong(
                                "§8.1: a second HEADERS without END_STREAM",
                                "RESET PROTOCOL_ERROR",
                                id -> Http2Peer.frame(Http2Peer.HEADERS, 4, id, FIELD)),
                        wrong(
                                "§8.1: an interim response behind the final one",
                                "RESET PROTOCOL_ERROR",
                                id -> headers(4, id, ":status", "103"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongInsteadOfAResponse")
    void whatIsWrongInsteadOfAResponseIsToldByItsOwnCode(String what, String error, IntFunction<byte[]> frame) {
        try (Connected connected = new Connected()) {
            connected.server.sendRaw(frame.apply(connected.stream.id()));

            assertThat(connected.server.readError(connected.stream.id()))
                    .as(what)
                    .isEqualTo(error);
            assertThat(connected.connecting).failsWithin(10, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongOnAWebSocket")
    void whatIsWrongOnAWebSocketIsToldByItsOwnCode(String what, String error, IntFunction<byte[]> frame) {
        try (Connected connected = new Connected()) {
            connected.server.sendFrame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, connected.stream.id(), ACCEPTED);
            Ends.await(connected.connecting);
            connected.server.sendRaw(frame.apply(connected.stream.id()));

            assertThat(connected.server.readError(connected.stream.id()))
                    .as(what)
                    .isEqualTo(error);
            assertThat(connected.events.next("CLOSED")).startsWith("CLOSED 1006");
        }
    }

    /** A client that has asked a server for a WebSocket. */
    private static final class Connected implements AutoCloseable {
        private final RawPeer.Listening listening = RawPeer.listen();
        private final WebSocketClient client =
                WebSocketClient.builder().http(HttpVersion.HTTP_2).build();
        private final Recorder events = new Recorder();
        private final CompletableFuture<WebSocket> connecting =
                client.connect("ws://127.0.0.1:" + listening.port() + "/", events);
        private final Http2Peer server = Http2Peer.accept(listening.accept());
        private final Http2Peer.Stream stream =
                server.sendSettings(ENABLE_CONNECT_PROTOCOL, 1).readRequest();

        @Override
        public void close() {
            server.close();
            client.close();
            listening.close();
        }
    }
}
