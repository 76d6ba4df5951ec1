package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.HandshakeException;
import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Certificates;
import dev.marline.testing.Ends;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import io.netty.handler.codec.http2.Http2Error;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client whose HTTP/2 connection is silent, or whose server wants the WebSocket elsewhere; scripted servers. */
class SharedConnectionFaultsTest {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;

    @TempDir
    static Path folder;

    private static Certificates certificates;

    private RawPeer.Listening listening = RawPeer.listen();
    private WebSocketClient client = WebSocketClient.create();

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:localhost,ip:127.0.0.1");
    }

    @AfterEach
    void close() {
        client.close();
        listening.close();
    }

    private void use(WebSocketClient.Builder builder) {
        client.close();
        client = builder.build();
    }

    private void useHttp2(Duration timeout) {
        use(WebSocketClient.builder().http(HttpVersion.HTTP_2).connectTimeout(timeout));
    }

    /** A client that may choose, and a server that chooses HTTP/2 if it may. */
    private void useTls(HttpVersion... http) {
        listening.close();
        listening = RawPeer.listen(
                certificates.context(), tls -> tls.setApplicationProtocols(new String[] {"h2", "http/1.1"}));
        use(WebSocketClient.builder().http(http).trust(certificates.certificate()));
    }

    private CompletableFuture<WebSocket> connect() {
        return client.connect("ws://127.0.0.1:" + listening.port() + "/", new Recorder());
    }

    private CompletableFuture<WebSocket> connectTls() {
        return client.connect("wss://127.0.0.1:" + listening.port() + "/", new Recorder());
    }

    private Http2Peer acceptHttp2() {
        return Http2Peer.accept(listening.accept()).sendSettings(ENABLE_CONNECT_PROTOCOL, 1);
    }

    private static void answer(Http2Peer server, Http2Peer.Stream stream, String status) {
        server.sendFrame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream.id(), Http2Peer.block(":status", status));
    }

    private static void reset(Http2Peer server, Http2Peer.Stream stream, Http2Error error) {
        server.sendFrame(Http2Peer.RST_STREAM, 0, stream.id(), Http2Peer.number((int) error.code()));
    }

    private static void goAway(Http2Peer server, int last, Http2Error error) {
        byte[] payload =
                ByteBuffer.allocate(8).putInt(last).putInt((int) error.code()).array();
        server.sendFrame(Http2Peer.GOAWAY, 0, 0, payload);
    }

    private WebSocket openOnANewConnection(CompletableFuture<WebSocket> connecting) {
        Http2Peer server = acceptHttp2();
        answer(server, server.readRequest(), "200");
        return Ends.await(connecting);
    }

    // ---- silence

    @Test
    void aConnectionOnWhichAnAttemptTimedOutIsNotSharedAnyMore() {
        useHttp2(Duration.ofMillis(500));
        CompletableFuture<WebSocket> first = connect();
        WebSocket open = openOnANewConnection(first);
        // From here on that server says nothing: a reconnect loop has to get away from it.
        assertThat(failureOf(connect())).hasMessageContaining("took longer than 500 ms");
        assertThat(openOnANewConnection(connect()).isOpen()).isTrue();
        assertThat(open.isOpen()).isTrue();
    }

    @Test
    void aConnectionWhoseWebSocketGotNoPongIsNotSharedAnyMore() {
        Recorder events = new Recorder();
        use(WebSocketClient.builder()
                .http(HttpVersion.HTTP_2)
                .limits(Limits.DEFAULT
                        .withPingInterval(Duration.ofMillis(200))
                        .withPongTimeout(Duration.ofMillis(200))));
        CompletableFuture<WebSocket> first = client.connect("ws://127.0.0.1:" + listening.port() + "/", events);
        openOnANewConnection(first);
        events.next("ERROR");
        assertThat(openOnANewConnection(connect()).isOpen()).isTrue();
    }

    // ---- refused

    @Test
    void aRefusedStreamIsRetriedOnAnotherConnection() {
        useHttp2(Duration.ofSeconds(10));
        CompletableFuture<WebSocket> connecting = connect();
        Http2Peer refusing = acceptHttp2();
        reset(refusing, refusing.readRequest(), Http2Error.REFUSED_STREAM);
        assertThat(openOnANewConnection(connecting).isOpen()).isTrue();
    }

    @Test
    void aRefusedStreamIsRetriedOnce() {
        useHttp2(Duration.ofSeconds(10));
        CompletableFuture<WebSocket> connecting = connect();
        for (int i = 0; i < 2; i++) {
            Http2Peer refusing = acceptHttp2();
            reset(refusing, refusing.readRequest(), Http2Error.REFUSED_STREAM);
        }
        assertThat(failureOf(connecting)).isInstanceOf(WebSocketException.class).hasMessageContaining("REFUSED_STREAM");
    }

    @Test
    void aStreamRefusedOnASharedConnectionIsRetriedToo() {
        useHttp2(Duration.ofSeconds(10));
        CompletableFuture<WebSocket> first = connect();
        Http2Peer server = acceptHttp2();
        Http2Peer.Stream one = server.readRequest();
        answer(server, one, "200");
        Ends.await(first);
        CompletableFuture<WebSocket> second = connect();
        reset(server, server.readRequestAfter(one), Http2Error.REFUSED_STREAM);
        assertThat(openOnANewConnection(second).isOpen()).isTrue();
    }

    @Test
    void aStreamThatAGoAwayLeavesOutIsRetried() {
        useHttp2(Duration.ofSeconds(10));
        CompletableFuture<WebSocket> connecting = connect();
        Http2Peer leaving = acceptHttp2();
        leaving.readRequest();
        goAway(leaving, 0, Http2Error.NO_ERROR);
        assertThat(openOnANewConnection(connecting).isOpen()).isTrue();
    }

    // ---- HTTP/1.1

    @ParameterizedTest
    @ValueSource(strings = {"HTTP_1_1_REQUIRED", "GOAWAY", "EARLY", "501", "405"})
    void aServerThatWantsHttp1GetsItFromThenOn(String how) {
        useTls(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        CompletableFuture<WebSocket> connecting = connectTls();
        if (how.equals("EARLY")) {
            goAway(Http2Peer.accept(listening.accept()).sendSettings(), 0, Http2Error.HTTP_1_1_REQUIRED);
        } else {
            Http2Peer server = acceptHttp2();
            Http2Peer.Stream stream = server.readRequest();
            switch (how) {
                case "HTTP_1_1_REQUIRED" -> reset(server, stream, Http2Error.HTTP_1_1_REQUIRED);
                case "GOAWAY" -> goAway(server, 0, Http2Error.HTTP_1_1_REQUIRED);
                default -> answer(server, stream, how);
            }
        }
        listening.accept().acceptOpening();
        assertThat(Ends.await(connecting).isOpen()).isTrue();
        // It is remembered: no HTTP/2 connection comes first.
        CompletableFuture<WebSocket> again = connectTls();
        listening.accept().acceptOpening();
        assertThat(Ends.await(again).isOpen()).isTrue();
    }

    @Test
    void anExtendedConnectThatIsResetIsFollowedByHttp1() {
        useTls(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        CompletableFuture<WebSocket> connecting = connectTls();
        Http2Peer server = acceptHttp2();
        reset(server, server.readRequest(), Http2Error.INTERNAL_ERROR);
        listening.accept().acceptOpening();
        assertThat(Ends.await(connecting).isOpen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"501, status 501", "405, status 405", "0, PROTOCOL_ERROR", "1, HTTP_1_1_REQUIRED"})
    void withoutHttp1TheErrorNamesTheOption(String how, String why) {
        useTls(HttpVersion.HTTP_2);
        CompletableFuture<WebSocket> connecting = connectTls();
        Http2Peer server = acceptHttp2();
        Http2Peer.Stream stream = server.readRequest();
        switch (how) {
            case "0" -> reset(server, stream, Http2Error.PROTOCOL_ERROR);
            case "1" -> reset(server, stream, Http2Error.HTTP_1_1_REQUIRED);
            default -> {
                answer(server, stream, how);
                stream.end();
            }
        }
        Throwable failure = failureOf(connecting);
        assertThat(failure).hasMessageContainingAll(why, "HTTP/1.1 may work, which the option http does not allow");
        assertThat(failure instanceof HandshakeException).isEqualTo(how.length() == 3);
    }
}
