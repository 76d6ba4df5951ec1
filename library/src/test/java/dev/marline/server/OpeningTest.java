package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.protocol.Role;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a server opens WebSockets. */
class OpeningTest {
    private static WebSocketServer serverWith(WebSocketRoute route) {
        return WebSocketServer.builder().host("127.0.0.1").webSocket("/", route).start();
    }

    private static WebSocketRoute echo() {
        return WebSocketRoute.listener((socket, message) -> socket.send(message));
    }

    @Test
    void theAnswerIsWhatTheRfcSays() {
        try (WebSocketServer server = serverWith(echo());
                RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead response = peer.sendHead(RawPeer.handshake("/")).readHead();

            assertThat(response.startLine()).isEqualTo("HTTP/1.1 101 Switching Protocols");
            assertThat(response.fields())
                    .map(field -> field.toLowerCase(Locale.ROOT))
                    .containsExactlyInAnyOrder(
                            "upgrade: websocket",
                            "connection: upgrade",
                            ("Sec-WebSocket-Accept: " + RawPeer.ACCEPT).toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void aLaterMinorVersionOfHttpIsAccepted() {
        try (WebSocketServer server = serverWith(echo());
                RawPeer peer = RawPeer.connect(server.port())) {
            String[] head = RawPeer.handshake("/");
            head[0] = "GET / HTTP/1.2";
            assertThat(peer.sendHead(head).readHead().status()).isEqualTo(101);
        }
    }

    @Test
    void namesAndTokensHaveNoCaseAndListsMayBeSpread() {
        try (WebSocketServer server = serverWith(echo().subprotocols("chat"));
                RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead response = peer.sendHead(
                            "GET / HTTP/1.1",
                            "sec-websocket-version:13",
                            "SEC-WEBSOCKET-KEY:\t" + RawPeer.KEY + "  ",
                            "sec-websocket-protocol: other",
                            "Connection: keep-alive, foo",
                            "connection: UPGRADE",
                            "Upgrade: h2c,, WebSocket",
                            "Sec-WebSocket-Protocol: more , chat",
                            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-foo; a=\"1\"",
                            "host:")
                    .readHead();

            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header("Sec-WebSocket-Protocol")).isEqualTo("chat");
            assertThat(response.header("Sec-WebSocket-Extensions")).isNull();
        }
    }

    @ParameterizedTest(name = "offered {0}: {1}")
    @CsvSource(
            nullValues = "none",
            delimiter = '|',
            value = {"v1, v2 | v2", "v2, v1 | v2", "v1 | v1", "v3 | none", "V1 | none", "v3, v1 | v1", " | none"})
    void theServersPreferenceDecidesTheSubprotocol(String offered, String chosen) {
        CompletableFuture<Handshake> opened = new CompletableFuture<>();
        WebSocketRoute route = WebSocketRoute.listener(handshake -> {
                    opened.complete(handshake);
                    return new Recorder();
                })
                .subprotocols("v2", "v1");
        try (WebSocketServer server = serverWith(route);
                RawPeer peer = RawPeer.connect(server.port())) {
            String offer = offered == null ? "" : offered;
            HttpHead response = peer.sendHead(RawPeer.handshake("/", "Sec-WebSocket-Protocol: " + offer))
                    .readHead();

            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header("Sec-WebSocket-Protocol")).isEqualTo(chosen);
            assertThat(Ends.await(opened).subprotocol().orElse(null)).isEqualTo(chosen);
        }
    }

    @Test
    void aCheckSeesTheRequestAndMayRefuseWithAnyStatus() {
        WebSocketRoute route = echo().check(request ->
                "session=17".equals(request.headers().first("cookie").orElse(""))
                                && request.pathParameters().get("room").equals("a b")
                                && request.path().equals("/rooms/a b")
                                && request.query().equals("x=1?&y")
                                && request.target().equals("/rooms/a%20b?x=1?&y")
                                && request.method().equals("GET")
                                && request.client().toString().contains("127.0.0.1")
                        ? HandshakeCheck.accept()
                        : HandshakeCheck.refuse(
                                HttpResponse.of(418, "text/x-tea", "short and stout".getBytes(StandardCharsets.UTF_8))
                                        .header("X-Pot", "tea")));
        try (WebSocketServer server = WebSocketServer.builder()
                        .webSocket("/rooms/{room}", route)
                        .start();
                RawPeer signedIn = RawPeer.connect(server.port());
                RawPeer stranger = RawPeer.connect(server.port())) {
            signedIn.open("/rooms/a%20b?x=1?&y", "Cookie: session=17");
            HttpHead refused = stranger.sendHead(RawPeer.handshake("/rooms/a")).readHead();

            assertThat(refused.status()).isEqualTo(418);
            assertThat(refused.header("X-Pot")).isEqualTo("tea");
            assertThat(refused.header("Content-Type")).isEqualTo("text/x-tea");
            assertThat(stranger.readBody(refused)).isEqualTo("short and stout");
        }
    }

    @Test
    void aCheckMayBlockAndWhatIsSentBehindTheRequestWaitsForTheWebSocket() {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        WebSocketRoute route = echo().check(request -> {
            asked.countDown();
            answered.await();
            return HandshakeCheck.accept();
        });
        try (WebSocketServer server = WebSocketServer.builder()
                        .threads(1)
                        .webSocket("/slow", route)
                        .webSocket("/", echo())
                        .start();
                RawPeer slow = RawPeer.connect(server.port());
                RawPeer quick = RawPeer.connect(server.port())) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(
                    (String.join("\r\n", RawPeer.handshake("/slow")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(Frame.text("early").encode(Role.CLIENT));
            slow.sendRaw(bytes.toByteArray());
            awaitLatch(asked);
            slow.send(Frame.binary(new byte[100_000]));

            quick.open("/").send(Frame.text("meanwhile"));
            assertThat(quick.readFrame()).isEqualTo(Frame.text("meanwhile"));
            answered.countDown();

            assertThat(slow.readHead().status()).isEqualTo(101);
            assertThat(slow.readFrame()).isEqualTo(Frame.text("early"));
            assertThat(slow.readFrame()).isEqualTo(Frame.binary(new byte[100_000]));
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void framesInTheSameSegmentAsTheRequestAreTheWebSockets() {
        try (WebSocketServer server = serverWith(echo());
                RawPeer peer = RawPeer.connect(server.port())) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(
                    (String.join("\r\n", RawPeer.handshake("/")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 100; i++) {
                bytes.writeBytes(Frame.text("early " + i).encode(Role.CLIENT));
            }
            peer.sendRaw(bytes.toByteArray());

            assertThat(peer.readHead().status()).isEqualTo(101);
            for (int i = 0; i < 100; i++) {
                assertThat(peer.readFrame()).isEqualTo(Frame.text("early " + i));
            }
        }
    }

    @Test
    void whereverTheRequestAndItsFramesAreSplitTheFramesAreTheWebSockets() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes((String.join("\r\n", RawPeer.handshake("/")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        // What would be refused in a head, and then an end of one.
        all.writeBytes(Frame.text("a\nb\r \u0000\r\n\r\n").encode(Role.CLIENT));
        all.writeBytes(Frame.text("\r\n\r\n").encode(Role.CLIENT));
        byte[] bytes = all.toByteArray();
        try (WebSocketServer server = serverWith(echo())) {
            for (int split = 1; split < bytes.length; split++) {
                try (RawPeer peer = RawPeer.connect(server.port())) {
                    peer.sendRaw(Arrays.copyOf(bytes, split)).sendRaw(Arrays.copyOfRange(bytes, split, bytes.length));

                    assertThat(peer.readHead().status()).isEqualTo(101);
                    assertThat(peer.readFrame()).isEqualTo(Frame.text("a\nb\r \u0000\r\n\r\n"));
                    assertThat(peer.readFrame()).isEqualTo(Frame.text("\r\n\r\n"));
                }
            }
        }
    }

    @Test
    void aRequestMayComeByteByByte() {
        try (WebSocketServer server = serverWith(echo());
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendByteByByte(
                    (String.join("\r\n", RawPeer.handshake("/")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));

            assertThat(peer.readHead().status()).isEqualTo(101);
            peer.sendByteByByte(Frame.text("h\u00e9llo").encode(Role.CLIENT));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("h\u00e9llo"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 100_000, 1_000_000})
    void whatOnOpenSendsFollowsTheAnswer(int size) {
        WebSocketRoute route = WebSocketRoute.listener(new Recorder() {
            @Override
            public void onOpen(dev.marline.WebSocket socket) {
                socket.send(new byte[size]);
                socket.send("and more");
            }
        });
        try (WebSocketServer server = serverWith(route);
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.open("/");

            assertThat(peer.readFrame()).isEqualTo(Frame.binary(new byte[size]));
            assertThat(peer.readFrame()).isEqualTo(Frame.text("and more"));
        }
    }

    @Test
    void aCloseInOnOpenFollowsTheAnswer() {
        WebSocketRoute route = WebSocketRoute.listener(new Recorder() {
            @Override
            public void onOpen(dev.marline.WebSocket socket) {
                socket.close(4000, "not today");
            }
        });
        try (WebSocketServer server = serverWith(route);
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.open("/");

            assertThat(peer.readFrame()).isEqualTo(Frame.close(4000, "not today"));
        }
    }

    @Test
    void theServerKnowsWhatWasSaid() {
        CompletableFuture<Handshake> opened = new CompletableFuture<>();
        WebSocketRoute route = WebSocketRoute.listener(handshake -> {
            opened.complete(handshake);
            return new Recorder();
        });
        try (WebSocketServer server =
                        WebSocketServer.builder().webSocket("/a/{b}/*", route).start();
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.open("/a/%C3%A9/x/y?q=1", "X-Mine: 1", "X-Mine: 2");

            Handshake handshake = Ends.await(opened);
            assertThat(handshake.target()).isEqualTo("/a/%C3%A9/x/y?q=1");
            assertThat(handshake.pathParameter("b")).isEqualTo("\u00e9");
            assertThat(handshake.request().headers().all("x-mine")).containsExactly("1", "2");
            assertThat(handshake.response().first("Sec-WebSocket-Accept")).contains(RawPeer.ACCEPT);
            assertThat(server.webSockets()).isEqualTo(1);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n"})
    void aRequestThatDoesNotComeInTimeEndsTheConnection(String begun) {
        try (WebSocketServer server = startWith(limits -> limits.withHandshakeTimeout(Duration.ofMillis(200)));
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendRaw(begun);

            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void anOpenWebSocketHasOutlivedTheHandshakeTimeout() {
        try (WebSocketServer server = startWith(limits -> limits.withHandshakeTimeout(Duration.ofMillis(200)));
                RawPeer open = RawPeer.connect(server.port());
                RawPeer slow = RawPeer.connect(server.port())) {
            open.open("/");
            slow.readToEnd(); // the other's time is up, and more

            open.send(Frame.ping("still there"));
            assertThat(open.readFrame()).isEqualTo(Frame.pong("still there"));
        }
    }

    @Test
    void aRouteMayHaveLimitsOfItsOwn() {
        try (WebSocketServer server = serverWith(echo().limits(Limits.DEFAULT.withMaxMessageBytes(3)));
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.open("/").send(Frame.text("123"), Frame.text("1234"));

            assertThat(peer.readFrame()).isEqualTo(Frame.text("123"));
            assertThat(peer.readFrame().closeCode()).isEqualTo(1009);
        }
    }

    private static WebSocketServer startWith(UnaryOperator<Limits> limits) {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(limits.apply(Limits.DEFAULT))
                .webSocket("/", echo())
                .start();
    }
}
