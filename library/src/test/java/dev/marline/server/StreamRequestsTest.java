package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.protocol.Role;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a request over HTTP/2 or HTTP/3 must be, what it is answered, and how the WebSocket ends that it becomes. */
class StreamRequestsTest {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final Recorder EVENTS = new Recorder();

    @TempDir
    static Path folder;

    private static StreamServers servers;

    @BeforeAll
    static void start() throws IOException {
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.writeString(site.resolve("small.txt"), "a small file");
        Files.write(site.resolve("large.bin"), new byte[300_000]);
        servers = new StreamServers(
                folder,
                builder -> builder.limits(
                                Limits.DEFAULT.withMaxHeaderBytes(4096).withMaxHeaders(20))
                        .allowOrigins("https://allowed.example")
                        .extensions(PerMessageDeflate.dedicated().build())
                        .webSocket("/echo", (socket, message) -> socket.send(message))
                        .webSocket("/recorded", EVENTS)
                        .webSocket("/aborts", (socket, message) -> socket.abort())
                        .webSocket("/closes", (socket, message) -> socket.close(4001, "enough"))
                        .webSocket(
                                "/chat",
                                WebSocketRoute.listener((WebSocket socket, Message message) ->
                                                socket.send(socket.subprotocol().orElse("none")))
                                        .subprotocols("chat.v2", "chat"))
                        .webSocket(
                                "/guarded",
                                WebSocketRoute.listener(new Recorder())
                                        .check(request -> request.headers()
                                                        .first("cookie")
                                                        .filter("a=1; b=2; c=3"::equals)
                                                        .isPresent()
                                                ? HandshakeCheck.accept()
                                                : Optional.of(HttpResponse.error(401, "who are you?"))))
                        .get("/page", request -> HttpResponse.text("a page"))
                        .get(
                                "/cookies",
                                request -> HttpResponse.text(
                                        request.headers().first("cookie").orElse("none")))
                        .get("/site/*", StaticFiles.in(site)));
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    // ---- opening handshakes

    @OverHttp2And3
    void theSettingThatAllowsWebSocketsIsSent(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(peer.setting(ENABLE_CONNECT_PROTOCOL)).isEqualTo(1);
        }
    }

    @OverHttp2And3
    void anExtendedConnectBecomesAWebSocket(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.connect("/echo");
            HttpHead head = stream.readHead();

            assertThat(head.status()).isEqualTo(200);
            for (String absent : List.of(
                    "sec-websocket-accept",
                    "sec-websocket-protocol",
                    "sec-websocket-extensions",
                    "connection",
                    "upgrade",
                    "content-length",
                    "transfer-encoding")) {
                assertThat(head.header(absent)).as(absent).isNull();
            }
            stream.send(Frame.text("hello"));
            assertThat(stream.readFrame()).isEqualTo(Frame.text("hello"));
        }
    }

    @OverHttp2And3
    void aKeyIsNotNeededAndAnsweredIfSent(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            HttpHead head =
                    peer.connect("/echo", "sec-websocket-key", RawPeer.KEY).readHead();

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("sec-websocket-accept")).isEqualTo(RawPeer.ACCEPT);
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/echo", "sec-websocket-key", "short")))
                    .isEqualTo(400);
        }
    }

    @OverHttp2And3
    void subprotocolsAndExtensionsAreNegotiated(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            HttpHead head = peer.connect(
                            "/chat",
                            "sec-websocket-protocol",
                            "chat, chat.v2",
                            "sec-websocket-extensions",
                            "permessage-deflate")
                    .readHead();

            assertThat(head.header("sec-websocket-protocol")).isEqualTo("chat.v2");
            assertThat(head.header("sec-websocket-extensions")).startsWith("permessage-deflate");
        }
    }

    @OverHttp2And3
    void anotherWebSocketVersionIs400AndToldOurs(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            for (String wrong : new String[] {"8", "14", "x", null}) {
                PeerStream stream = peer.open(
                        false, StreamPeer.changed(StreamPeer.extendedConnect("/echo"), "sec-websocket-version", wrong));

                assertThat(stream.readHead().status()).isEqualTo(400);
                assertThat(stream.readHead().header("sec-websocket-version")).isEqualTo("13");
                assertThat(stream.readBody()).contains("Sec-WebSocket-Version must be 13");
            }
        }
    }

    @OverHttp2And3
    void anotherProtocolIs501(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            for (String path : List.of("/echo", "/page", "/nowhere")) {
                PeerStream stream = peer.open(
                        false, StreamPeer.changed(StreamPeer.extendedConnect(path), ":protocol", "connect-udp"));

                assertThat(stream.readHead().status()).isEqualTo(501);
                assertThat(stream.readBody()).contains("connect-udp");
            }
        }
    }

    @OverHttp2And3
    void aWebSocketThatIsNotThereIs404(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/nowhere"))).isEqualTo(404);
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/page"))).isEqualTo(404);
        }
    }

    @OverHttp2And3
    void aPageOfAnotherOriginIs403(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version);
                Logs quiet = Logs.capture()) {
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/echo", "origin", "https://evil.example")))
                    .isEqualTo(403);
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/echo", "origin", "https://allowed.example")))
                    .isEqualTo(200);
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/echo", "origin", "https://localhost")))
                    .isEqualTo(200);
            assertThat(quiet.lines()).singleElement().asString().contains("https://evil.example");
        }
    }

    @OverHttp2And3
    void aRoutesCheckSeesTheRequestWithItsCookiesAsOne(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/guarded"))).isEqualTo(401);
            String[] crumbs = {"cookie", "a=1", "cookie", "b=2; c=3"};
            assertThat(statusOf(peer, StreamPeer.extendedConnect("/guarded", crumbs)))
                    .isEqualTo(200);
            PeerStream page = peer.request(StreamPeer.get("/cookies", crumbs));
            assertThat(page.readBody()).isEqualTo("a=1; b=2; c=3");
        }
    }

    @OverHttp2And3
    void aPlainGetForAWebSocketIs405AndToldHow(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.request(StreamPeer.get("/echo"));

            assertThat(stream.readHead().status()).isEqualTo(405);
            assertThat(stream.readHead().header("allow")).isEqualTo("CONNECT");
            assertThat(stream.readBody()).contains("extended CONNECT");
        }
    }

    @OverHttp2And3
    void noTunnelIsOpened(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(statusOf(peer, ":method", "CONNECT", ":authority", "example.com:443"))
                    .isEqualTo(400);
        }
    }

    private static int statusOf(StreamPeer peer, String... fields) {
        return peer.open(false, fields).readHead().status();
    }

    // ---- what is malformed

    static Stream<Arguments> malformed() {
        String[] connect = StreamPeer.extendedConnect("/echo");
        String[] get = StreamPeer.get("/page");
        return Stream.of(
                        arguments("Connection", StreamPeer.extendedConnect("/echo", "connection", "upgrade")),
                        arguments("Upgrade", StreamPeer.extendedConnect("/echo", "upgrade", "websocket")),
                        arguments("Connection in a GET", StreamPeer.get("/page", "connection", "keep-alive")),
                        arguments("Upgrade in a GET", StreamPeer.get("/page", "upgrade", "websocket")),
                        arguments("Keep-Alive", StreamPeer.get("/page", "keep-alive", "timeout=5")),
                        arguments("Proxy-Connection", StreamPeer.get("/page", "proxy-connection", "close")),
                        arguments("Transfer-Encoding", StreamPeer.get("/page", "transfer-encoding", "chunked")),
                        arguments("TE that is not trailers", StreamPeer.get("/page", "te", "gzip")),
                        arguments("an upper-case name", StreamPeer.get("/page", "X-Upper", "y")),
                        arguments("a name with a space", StreamPeer.get("/page", "x y", "z")),
                        arguments("a name with a line break", StreamPeer.get("/page", "x\r\ny", "z")),
                        arguments("no name", StreamPeer.get("/page", "", "z")),
                        arguments("a value with a line break", StreamPeer.get("/page", "x", "a\r\nb: c")),
                        arguments("a value with NUL", StreamPeer.get("/page", "x", "a\0b")),
                        arguments("a path with a line break", StreamPeer.get("/page HTTP/1.1\r\nx: y")),
                        arguments(
                                "an authority with a line break",
                                StreamPeer.changed(get, ":authority", "localhost\r\nx: y")),
                        arguments(":protocol with GET", StreamPeer.changed(connect, ":method", "GET")),
                        arguments(":protocol without :scheme", StreamPeer.changed(connect, ":scheme", null)),
                        arguments(":protocol without :path", StreamPeer.changed(connect, ":path", null)),
                        arguments(":protocol without :authority", StreamPeer.changed(connect, ":authority", null)),
                        arguments("a plain CONNECT with a path", StreamPeer.changed(connect, ":protocol", null)),
                        arguments("a plain CONNECT without :authority", new String[] {":method", "CONNECT"}),
                        arguments("no :method", StreamPeer.changed(get, ":method", null)),
                        arguments("no :path", StreamPeer.changed(get, ":path", null)),
                        arguments("no :scheme", StreamPeer.changed(get, ":scheme", null)),
                        arguments("an empty :path", StreamPeer.changed(get, ":path", "")),
                        arguments("an unknown pseudo-header", StreamPeer.get("/page", ":foo", "bar")),
                        arguments("a response's pseudo-header", StreamPeer.get("/page", ":status", "200")),
                        arguments("a pseudo-header twice", StreamPeer.get("/page", ":path", "/other")),
                        arguments("a pseudo-header after a field", new String[] {
                            ":method", "GET", ":scheme", "https", ":authority", "localhost", "x", "y", ":path", "/page"
                        }),
                        arguments("nothing at all", new String[0]))
                .flatMap(each -> Stream.of(HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                        .map(version -> arguments(version, each.get()[0], each.get()[1])));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("malformed")
    void aMalformedRequestIsResetAndLeavesTheConnectionToOthers(HttpVersion version, String what, String[] fields) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream other = peer.openWebSocket("/echo");

            assertThat(peer.request(fields).readEnd()).as(what).isEqualTo(peer.malformed());

            other.send(Frame.text("still there"));
            assertThat(other.readFrame()).isEqualTo(Frame.text("still there"));
        }
    }

    static Stream<Arguments> malformedTrailers() {
        return Stream.of(
                        arguments("a pseudo-header", new String[] {":path", "/page"}),
                        arguments("a response's pseudo-header", new String[] {"x", "y", ":status", "200"}),
                        arguments("Connection", new String[] {"connection", "close"}),
                        arguments("an upper-case name", new String[] {"X", "y"}),
                        arguments("a value with a line break", new String[] {"x", "a\r\nb: c"}))
                .flatMap(each -> Stream.of(HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                        .map(version -> arguments(version, each.get()[0], each.get()[1])));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("malformedTrailers")
    void malformedTrailersResetTheStream(HttpVersion version, String what, String[] trailers) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream request = peer.open(false, StreamPeer.get("/page")).endWith(trailers);
            assertThat(request.readEnd()).as(what).isEqualTo(peer.malformed());

            PeerStream webSocket = peer.openWebSocket("/echo").endWith(trailers);
            assertThat(webSocket.readEnd()).as(what).isEqualTo(peer.malformed());

            PeerStream wellFormed = peer.open(false, StreamPeer.get("/page")).endWith("x", "y");
            assertThat(wellFormed.readBody()).isEqualTo("a page");
        }
    }

    @OverHttp2And3
    void aContentLengthThatTheBodyDoesNotHaveResetsTheStream(HttpVersion version) {
        String[] claims = StreamPeer.changed(StreamPeer.get("/page", "content-length", "3"), ":method", "POST");
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(peer.request(claims).readEnd()).isEqualTo(peer.malformed());
            assertThat(peer.open(false, claims).send(new byte[2]).end().readEnd())
                    .isEqualTo(peer.malformed());
            assertThat(peer.open(false, claims).send(new byte[4]).readEnd()).isEqualTo(peer.malformed());
        }
    }

    @OverHttp2And3
    void whatIsOnlyUnusualIsTaken(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(statusOfRequest(peer, StreamPeer.get("/page", "te", "trailers")))
                    .isEqualTo(200);
            assertThat(statusOfRequest(peer, StreamPeer.get("/page", "host", "localhost")))
                    .isEqualTo(200);
            assertThat(statusOfRequest(
                            peer, ":method", "GET", ":scheme", "https", ":path", "/page", "host", "localhost"))
                    .isEqualTo(200);
            assertThat(statusOfRequest(peer, StreamPeer.get("/page?and=more"))).isEqualTo(200);
            assertThat(statusOfRequest(peer, StreamPeer.get("/page", "x", "h\u00e9")))
                    .isEqualTo(200);
        }
    }

    private static int statusOfRequest(StreamPeer peer, String... fields) {
        return peer.request(fields).readHead().status();
    }

    // ---- pages

    @OverHttp2And3
    void aPageIsServed(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.request(StreamPeer.get("/page"));

            HttpHead head = stream.readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(head.header("content-length")).isEqualTo("6");
            assertThat(head.header("date")).isNotNull();
            assertThat(head.header("connection")).isNull();
            assertThat(stream.readBody()).isEqualTo("a page");
            assertThat(stream.readEnd()).isEqualTo(PeerStream.END);
        }
    }

    @OverHttp2And3
    void headHasNoBody(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            for (String path : List.of("/page", "/site/small.txt")) {
                PeerStream stream = peer.request(StreamPeer.changed(StreamPeer.get(path), ":method", "HEAD"));

                assertThat(stream.readHead().status()).isEqualTo(200);
                assertThat(stream.readHead().header("content-length")).isNotEqualTo("0");
                assertThat(stream.readBody()).isEmpty();
            }
        }
    }

    @OverHttp2And3
    void aRefusalOfHeadHasNoBody(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            String[] request = StreamPeer.changed(StreamPeer.get("/page"), ":method", "HEAD");
            PeerStream stream = peer.request(StreamPeer.changed(request, ":authority", "a/b"));

            assertThat(stream.readHead().status()).isEqualTo(400);
            assertThat(stream.readHead().header("content-length")).isNotEqualTo("0");
            assertThat(stream.readBody()).isEmpty();
        }
    }

    @OverHttp2And3
    void filesAreServed(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream small = peer.request(StreamPeer.get("/site/small.txt"));
            PeerStream large = peer.request(StreamPeer.get("/site/large.bin"));

            assertThat(small.readBody()).isEqualTo("a small file");
            assertThat(large.readHead().header("content-length")).isEqualTo("300000");
            assertThat(large.readBody()).hasSize(300_000);
            assertThat(statusOfRequest(peer, StreamPeer.get("/site/missing.txt")))
                    .isEqualTo(404);
        }
    }

    @OverHttp2And3
    void pagesTakeGetAndHeadOnly(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.request(StreamPeer.changed(StreamPeer.get("/page"), ":method", "DELETE"));

            assertThat(stream.readHead().status()).isEqualTo(405);
            assertThat(stream.readHead().header("allow")).isEqualTo("GET, HEAD");
        }
    }

    @OverHttp2And3
    void aBodyIs413(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.open(false, StreamPeer.get("/page"));
            stream.send("hello".getBytes(StandardCharsets.UTF_8));

            assertThat(stream.readHead().status()).isEqualTo(413);
            assertThat(stream.readBody()).isEqualTo("requests with a body are not taken here\n");
        }
    }

    @OverHttp2And3
    void anEmptyBodyIsNone(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            assertThat(peer.open(false, StreamPeer.get("/page")).end().readBody())
                    .isEqualTo("a page");
        }
    }

    @OverHttp2And3
    void moreHeadersThanAllowedAre431(HttpVersion version) {
        String[] many = new String[40];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = "x-" + i;
            many[i + 1] = "y";
        }
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.request(StreamPeer.get("/page", many));

            assertThat(stream.readHead().status()).isEqualTo(431);
            assertThat(stream.readBody()).isEqualTo("the request has more than 20 headers\n");
        }
    }

    @OverHttp2And3
    void requestsThatOverlapAreAnsweredEach(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            List<PeerStream> streams = Stream.generate(() -> peer.request(StreamPeer.get("/page")))
                    .limit(50)
                    .toList();

            assertThat(streams).allSatisfy(each -> assertThat(each.readBody()).isEqualTo("a page"));
        }
    }

    // ---- the end of a WebSocket

    @OverHttp2And3
    void afterTheClosingHandshakeBothDirectionsEnd(HttpVersion version) {
        EVENTS.events().clear();
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.openWebSocket("/recorded");
            stream.send(Frame.close(4000, "bye")).end();

            assertThat(stream.readFrame()).isEqualTo(Frame.close(4000, ""));
            assertThat(stream.readEnd()).isEqualTo(PeerStream.END);
            assertThat(EVENTS.next("CLOSED")).isEqualTo("CLOSED 4000 bye");
        }
    }

    @OverHttp2And3
    void theServersCloseIsAnsweredAndTheStreamEnds(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.openWebSocket("/closes");
            stream.send(Frame.text("go"));
            assertThat(stream.readFrame()).isEqualTo(Frame.close(4001, "enough"));
            stream.send(Frame.close(4001, ""));

            assertThat(stream.readEnd()).isEqualTo(PeerStream.END);
        }
    }

    @OverHttp2And3
    void theEndOfTheStreamBeforeACloseIs1006(HttpVersion version) {
        EVENTS.events().clear();
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.openWebSocket("/recorded");
            stream.send(Frame.text("last words")).end();

            assertThat(EVENTS.next("TEXT")).isEqualTo("TEXT 'last words'");
            assertThat(EVENTS.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(stream.readEnd()).isEqualTo(PeerStream.END);
        }
    }

    @OverHttp2And3
    void aResetIs1006AndLeavesTheConnectionToOthers(HttpVersion version) {
        EVENTS.events().clear();
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream other = peer.openWebSocket("/echo");
            peer.openWebSocket("/recorded").reset();

            assertThat(EVENTS.next("CLOSED")).isEqualTo("CLOSED 1006");
            other.send(Frame.text("still there"));
            assertThat(other.readFrame()).isEqualTo(Frame.text("still there"));
        }
    }

    @OverHttp2And3
    void aServerThatAbortsResetsTheStreamAlone(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream other = peer.openWebSocket("/echo");
            PeerStream stream = peer.openWebSocket("/aborts");
            stream.send(Frame.text("go"));

            assertThat(stream.readEnd()).isEqualTo(peer.cancelled());
            other.send(Frame.text("still there"));
            assertThat(other.readFrame()).isEqualTo(Frame.text("still there"));
        }
    }

    @OverHttp2And3
    void framesMayBeSpreadOverDataInAnyWay(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream stream = peer.openWebSocket("/echo");
            byte[] frame = Frame.text("in pieces").encode(Role.CLIENT);
            for (byte each : frame) {
                stream.send(new byte[] {each});
            }
            assertThat(stream.readFrame()).isEqualTo(Frame.text("in pieces"));

            stream.send(Frame.text("two"), Frame.text("in one"));
            assertThat(stream.readFrame()).isEqualTo(Frame.text("two"));
            assertThat(stream.readFrame()).isEqualTo(Frame.text("in one"));
        }
    }
}
