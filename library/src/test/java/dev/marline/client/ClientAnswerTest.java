package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.Handshake;
import dev.marline.HandshakeException;
import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.Role;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Patience;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client takes for an answer, from scripted servers. */
class ClientAnswerTest {
    private final RawPeer.Listening listening = RawPeer.listen();
    private final String address = "ws://127.0.0.1:" + listening.port();
    private final Recorder recorder = new Recorder();
    private WebSocketClient client = WebSocketClient.create();

    @AfterEach
    void close() {
        client.close();
        listening.close();
    }

    private void use(WebSocketClient.Builder builder) {
        client.close();
        client = builder.build();
    }

    private CompletableFuture<WebSocket> connect(String pathAndQuery) {
        return client.connect(address + pathAndQuery, recorder);
    }

    static Throwable failureOf(CompletableFuture<?> future) {
        try {
            Object result = future.get(Patience.SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("it has not failed: " + result);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    // ---- the answer

    @Test
    void aRightAnswerOpensIt() {
        CompletableFuture<WebSocket> opening = connect("/path");
        listening.accept().acceptOpening("X-Server: scripted");
        WebSocket socket = Ends.await(opening);
        Handshake handshake = socket.handshake();

        assertThat(recorder.next()).isEqualTo("OPEN");
        assertThat(handshake.target()).isEqualTo("/path");
        assertThat(handshake.response().first("X-Server")).contains("scripted");
        assertThat(handshake.subprotocol()).isEmpty();
        assertThat(socket.remoteAddress()).asString().contains("127.0.0.1:" + listening.port());
        assertThat(client.webSockets()).isEqualTo(1);
    }

    @Test
    void namesAndTokensHaveNoCase() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        String accept = RawPeer.accept(peer.readHead().header("Sec-WebSocket-Key"));
        peer.sendHead(
                "HTTP/1.1 101",
                "connection: keep-alive, UPGRADE",
                "SEC-WEBSOCKET-ACCEPT: " + accept,
                "upgrade: WebSocket");

        assertThat(Ends.await(opening).isOpen()).isTrue();
    }

    @ParameterizedTest(name = "without {0}, with {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            Upgrade              |                                              | no 'Upgrade: websocket'
            Upgrade              | Upgrade: h2c                                 | no 'Upgrade: websocket'
            Upgrade              | Upgrade: websocket, h2c                      | no 'Upgrade: websocket'
            Connection           |                                              | no 'Connection: Upgrade'
            Connection           | Connection: close                            | no 'Connection: Upgrade'
            Sec-WebSocket-Accept |                                              | Sec-WebSocket-Accept
            Sec-WebSocket-Accept | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo= | Sec-WebSocket-Accept
            Sec-WebSocket-Accept | Sec-WebSocket-Accept:                        | Sec-WebSocket-Accept
            None                 | Sec-WebSocket-Extensions: permessage-deflate | an extension that was not offered
            None                 | Sec-WebSocket-Protocol: chat                 | 'chat', which was not offered
            """)
    void anAnswerThatIsWrongInOneThingIsRefused(String without, String instead, String why) {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        List<String> lines = new ArrayList<>(List.of(RawPeer.switching(peer.readHead())));
        lines.removeIf(line -> line.startsWith(without + ":"));
        if (instead != null) {
            lines.add(instead);
        }
        peer.sendHead(lines.toArray(String[]::new));

        HandshakeException failure = (HandshakeException) failureOf(opening);
        assertThat(failure).hasMessageContaining(why).hasMessageContaining(address);
        assertThat(failure.status()).isEqualTo(101);
        assertThat(peer.readToEnd()).isEmpty();
        assertThat(recorder.events()).isEmpty();
    }

    @Test
    void theAcceptHeaderMayNotComeTwice() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        HttpHead request = peer.readHead();
        peer.sendSwitching(request, "Sec-WebSocket-Accept: " + RawPeer.accept(request.header("Sec-WebSocket-Key")));

        assertThat(failureOf(opening)).isInstanceOf(HandshakeException.class).hasMessageContaining("Accept");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            nullValues = "none",
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "true  | Sec-WebSocket-Protocol: v1                             | v1",
                "true  | Sec-WebSocket-Protocol: v2                             | v2",
                "true  | Sec-WebSocket-Protocol: v3                             | 'v3', which was not offered",
                "true  | Sec-WebSocket-Protocol: V1                             | 'V1', which was not offered",
                "true  | Sec-WebSocket-Protocol: v1, v2                         | 'v1, v2', which was not offered",
                "true  | Sec-WebSocket-Protocol: v1;Sec-WebSocket-Protocol: v1  | 2 times",
                "true  | Sec-WebSocket-Protocol:                                | which was not offered",
                "true  | none                                                   | took none of the subprotocols [v1, v2]",
                "false | none                                                   | none",
                "false | Sec-WebSocket-Protocol: v3                             | 'v3', which was not offered",
            })
    void theServerTakesOneOfTheSubprotocolsThatWereOffered(boolean required, String answer, String outcome) {
        use(WebSocketClient.builder().subprotocols("v1", "v2").requireSubprotocol(required));
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        HttpHead request = peer.readHead();
        assertThat(request.header("Sec-WebSocket-Protocol")).isEqualTo("v1, v2");

        peer.sendSwitching(request, answer == null ? new String[0] : answer.split(";"));

        if (outcome == null || outcome.length() == 2) {
            assertThat(Ends.await(opening).subprotocol().orElse(null)).isEqualTo(outcome);
        } else {
            assertThat(failureOf(opening))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContaining(outcome);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 301, 400, 401, 403, 404, 426, 500, 503})
    void anotherStatusComesWithHeadersAndBody(int status) {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 " + status + " Whatever", "Content-Length: 14", "X-Why: because", "X-Why: so")
                .sendRaw("not now\nreally");

        HandshakeException failure = (HandshakeException) failureOf(opening);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.headers().all("x-why")).containsExactly("because", "so");
        assertThat(failure.body()).isEqualTo("not now\nreally");
        assertThat(failure).hasMessageContaining("status " + status).hasMessageContaining("not now");
        assertThat(peer.readToEnd()).isEmpty();
    }

    @Test
    void aBodyWithoutLengthEndsWithTheConnection() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 403 Forbidden").sendRaw("go away").close();

        assertThat(((HandshakeException) failureOf(opening)).body()).isEqualTo("go away");
    }

    @Test
    void anInformationalResponseBeforeTheAnswerIsSkipped() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 103 Early Hints", "Link: </style.css>")
                .sendHead("HTTP/1.1 403 Forbidden", "Content-Length: 0");

        assertThat(((HandshakeException) failureOf(opening)).status()).isEqualTo(403);
    }

    @Test
    void aBodyMayBeChunked() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked")
                .sendRaw("3\r\ngo \r\n4\r\naway\r\n0\r\n\r\n");

        assertThat(((HandshakeException) failureOf(opening)).body()).isEqualTo("go away");
    }

    @Test
    void theBeginningOfALargeBodyIsEnough() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 500 Oh", "Content-Length: 99999999").sendRaw("x".repeat(70_000));

        assertThat(((HandshakeException) failureOf(opening)).body()).isEqualTo("x".repeat(64 * 1024));
    }

    @Test
    void aRefusalWhoseBodyDoesNotEndIsStillTold() {
        use(WebSocketClient.builder().connectTimeout(Duration.ofMillis(300)));
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 403 Forbidden", "Content-Length: 100").sendRaw("go away");

        assertThat(failureOf(opening)).isInstanceOfSatisfying(HandshakeException.class, failure -> {
            assertThat(failure.status()).isEqualTo(403);
            assertThat(failure.body()).isEqualTo("go away");
        });
    }

    // ---- no answer

    @Test
    void aServerThatNeverAnswersRunsIntoTheTimeout() {
        use(WebSocketClient.builder().connectTimeout(Duration.ofMillis(200)));
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();

        assertThat(failureOf(opening))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("took longer than 200 ms");
        assertThat(peer.readToEnd()).isEmpty();
    }

    @Test
    void theTimeoutCoversWaitingForAnotherAttempt() {
        use(WebSocketClient.builder().connectTimeout(Duration.ofMillis(500)));
        List<CompletableFuture<WebSocket>> attempts = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            attempts.add(connect("/"));
        }
        for (CompletableFuture<WebSocket> attempt : attempts) {
            assertThat(failureOf(attempt)).hasMessageContaining("took longer than 500 ms");
        }
        // One after the other they would have taken 10 s.
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aSilentServiceDelaysNoneAtAnotherPort() {
        CompletableFuture<WebSocket> silent = connect("/");
        listening.accept().readHead();
        try (RawPeer.Listening other = RawPeer.listen()) {
            CompletableFuture<WebSocket> opening = client.connect("ws://127.0.0.1:" + other.port() + "/", recorder);
            other.accept().acceptOpening();
            assertThat(Ends.await(opening).isOpen()).isTrue();
        }
        assertThat(silent).isNotDone();
    }

    @Test
    void aServerThatClosesBeforeItAnswers() {
        CompletableFuture<WebSocket> atOnce = connect("/");
        listening.accept().close();
        CompletableFuture<WebSocket> inTheHead = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendRaw("HTTP/1.1 101 Switching\r\nUpgrade:").close();

        assertThat(failureOf(atOnce)).isInstanceOf(WebSocketException.class);
        assertThat(failureOf(inTheHead)).isInstanceOf(WebSocketException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\r\n\r\n",
                "HTTP/1.1 abc\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nno colon\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nX: a\u0000b\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 101 Switching\nUpgrade: websocket\nConnection: Upgrade\n\n",
                "HTTP/1.1 101 Switching\r\nUpgrade: websocket\nConnection: Upgrade\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nX: a\rb\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nX(Y): a\r\n\r\n",
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nno",
            })
    void anAnswerThatIsNotHttp(String garbage) {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendRaw(garbage).shutDownOutput();

        assertThat(failureOf(opening)).isInstanceOf(WebSocketException.class);
    }

    @Test
    void anEndlessHeadIsCutShort() {
        use(WebSocketClient.builder()
                .limits(Limits.DEFAULT.withMaxHeaderBytes(1024).withMaxHeaders(10)));
        CompletableFuture<WebSocket> large = connect("/");
        listening.accept().sendHead("HTTP/1.1 101 Switching", "X: " + "y".repeat(1025));
        CompletableFuture<WebSocket> longLine = connect("/");
        listening.accept().sendRaw("HTTP/1.1 101 " + "y".repeat(1025));
        CompletableFuture<WebSocket> many = connect("/");
        RawPeer peer = listening.accept();
        peer.sendSwitching(
                peer.readHead(), IntStream.range(3, 11).mapToObj(i -> "X: " + i).toArray(String[]::new));

        assertThat(failureOf(large)).isInstanceOf(WebSocketException.class).hasMessageContaining("1024");
        assertThat(failureOf(longLine)).isInstanceOf(WebSocketException.class).hasMessageContaining("1024");
        assertThat(failureOf(many)).isInstanceOf(WebSocketException.class).hasMessageContaining("more than 10 headers");
    }

    @Test
    void informationalResponsesWithoutEndRunIntoTheTimeout() {
        use(WebSocketClient.builder().connectTimeout(Duration.ofMillis(500)));
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> {
            while (true) { // until the client has hung up
                peer.sendHead("HTTP/1.1 103 Early Hints", "X: y");
            }
        });

        assertThat(failureOf(opening))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("took longer than 500 ms");
    }

    @Test
    void nobodyListens() {
        listening.close();

        assertThat(failureOf(connect("/")))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("cannot connect to " + address);
    }

    @Test
    void thereIsNoSuchHost() {
        assertThat(failureOf(client.connect("ws://no.such.host.invalid/", recorder)))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("no.such.host.invalid");
    }

    @Test
    void aClosedClientConnectsNoMore() {
        client.close();

        assertThat(failureOf(connect("/"))).isInstanceOf(WebSocketException.class);
    }

    @Test
    void closingTheClientFailsWhatIsUnderWay() {
        CompletableFuture<WebSocket> opening = connect("/");
        listening.accept().readHead();
        client.close();

        assertThat(failureOf(opening)).isInstanceOf(WebSocketException.class);
    }

    // ---- around the answer

    @Test
    void framesRightBehindTheAnswerAreTheWebSockets() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String[] head = RawPeer.switching(peer.readHead());
        bytes.writeBytes((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 100; i++) {
            bytes.writeBytes(Frame.text("early " + i).encode(Role.SERVER));
        }
        bytes.writeBytes(Frame.close(1000, "that was it").encode(Role.SERVER));
        peer.sendRaw(bytes.toByteArray());

        assertThat(Ends.await(opening)).isNotNull();
        assertThat(recorder.next()).isEqualTo("OPEN");
        for (int i = 0; i < 100; i++) {
            assertThat(recorder.next()).isEqualTo("TEXT 'early " + i + "'");
        }
        assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, ""));
    }

    @Test
    void anAnswerMayComeByteByByte() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        String[] head = RawPeer.switching(peer.readHead());
        peer.sendByteByByte((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        peer.sendByteByByte(Frame.text("hi").encode(Role.SERVER));

        assertThat(Ends.await(opening).isOpen()).isTrue();
        assertThat(recorder.next("TEXT")).isEqualTo("TEXT 'hi'");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 100_000, 1_000_000})
    void whatOnOpenSendsComesFirst(int size) {
        client.connect(address, new Recorder() {
            @Override
            public void onOpen(WebSocket socket) {
                socket.send(new byte[size]);
            }
        });
        RawPeer peer = listening.accept().acceptOpening();

        assertThat(peer.readFrame()).isEqualTo(Frame.binary(new byte[size]));
    }

    @Test
    void cancellingClosesTheConnection() {
        CompletableFuture<WebSocket> opening = connect("/");
        RawPeer peer = listening.accept();
        peer.readHead();
        opening.cancel(true);

        assertThat(peer.readToEnd()).isEmpty();
        assertThat(recorder.events()).isEmpty();
    }

    @Test
    void givingUpEarlyMakesWayForTheNext() {
        connect("/first").completeExceptionally(new TimeoutException("the application's own"));
        CompletableFuture<WebSocket> second = connect("/second");
        String path = "";
        while (!path.contains("/second")) { // the first may have been there already
            path = answer(listening.accept());
        }

        assertThat(Ends.await(second).isOpen()).isTrue();
        assertThat(client.webSockets()).isEqualTo(1);
    }

    /** Opens the WebSocket that is asked for, and returns the line that asked; nothing if it was given up. */
    private static String answer(RawPeer peer) {
        try {
            HttpHead request = peer.readHead();
            peer.sendSwitching(request);
            return request.startLine();
        } catch (UncheckedIOException givenUp) {
            return "";
        }
    }

    @Test
    void aBlockingConnectThrowsWhatTheOtherReports() {
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(() -> {
            try {
                client.connectBlocking(address).close();
                return new AssertionError("it has not failed");
            } catch (WebSocketException e) {
                return e;
            }
        });
        RawPeer peer = listening.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 404 Not Found", "Content-Length: 0");

        assertThat(Ends.await(thrown)).isInstanceOf(HandshakeException.class).hasMessageContaining("404");
    }

    @Test
    void anInterruptGivesABlockingConnectUp() throws InterruptedException {
        CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                client.connectBlocking(address).close();
            } catch (WebSocketException e) {
                stillInterrupted.complete(Thread.currentThread().isInterrupted());
            }
        });
        thread.start();
        RawPeer peer = listening.accept();
        peer.readHead();
        thread.interrupt();

        assertThat(Ends.await(stillInterrupted)).isTrue();
        assertThat(peer.readToEnd()).isEmpty();
        thread.join();
    }
}
