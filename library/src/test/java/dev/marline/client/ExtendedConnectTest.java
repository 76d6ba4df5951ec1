package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.WebSocket;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Ends;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.Patience;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The opening handshake of a client over HTTP/2, and a scripted server. */
class ExtendedConnectTest {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;

    private static CompletableFuture<WebSocket> connect(WebSocketClient client, RawPeer.Listening listening) {
        return client.connect("ws://127.0.0.1:" + listening.port() + "/chat?a=b", new Recorder());
    }

    @Test
    void theRequestComesAfterTheSettingAndIsWhatTheRfcSays() {
        try (RawPeer.Listening listening = RawPeer.listen();
                WebSocketClient client =
                        WebSocketClient.builder().http(HttpVersion.HTTP_2).build()) {
            CompletableFuture<WebSocket> connecting = connect(client, listening);
            Http2Peer server = Http2Peer.accept(listening.accept());
            server.sendSettings(ENABLE_CONNECT_PROTOCOL, 1);
            server.awaitAcknowledgement();
            assertThat(server.isRequested()).as("before the setting has come").isFalse();

            Http2Peer.Stream stream = server.readRequest();
            assertThat(stream.readHead().fields())
                    .startsWith(
                            ":method: CONNECT",
                            ":protocol: websocket",
                            ":scheme: http",
                            ":authority: 127.0.0.1:" + listening.port(),
                            ":path: /chat?a=b")
                    .contains("sec-websocket-version: 13")
                    .noneMatch(field -> field.matches("(?i)(host|connection|upgrade|sec-websocket-key):.*"));
            assertThat(connecting).isNotDone();

            server.sendFrame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream.id(), Http2Peer.block(":status", "200"));
            assertThat(Ends.await(connecting).isOpen()).isTrue();
        }
    }

    @Test
    void aServerThatDoesNotSendTheSettingIsNotAsked() {
        try (RawPeer.Listening listening = RawPeer.listen();
                WebSocketClient client =
                        WebSocketClient.builder().http(HttpVersion.HTTP_2).build()) {
            CompletableFuture<WebSocket> connecting = connect(client, listening);
            Http2Peer server = Http2Peer.accept(listening.accept());
            server.sendSettings();

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> connecting.get(Patience.SECONDS, TimeUnit.SECONDS))
                    .withMessageContaining("RFC 8441");
            assertThat(server.readEnd()).isEqualTo("GOAWAY NO_ERROR");
            assertThat(server.isRequested()).isFalse();
        }
    }

    @Test
    void aServerThatBreaksTheRulesIsToldWhich() {
        try (RawPeer.Listening listening = RawPeer.listen();
                WebSocketClient client =
                        WebSocketClient.builder().http(HttpVersion.HTTP_2).build()) {
            CompletableFuture<WebSocket> connecting = connect(client, listening);
            Http2Peer server = Http2Peer.accept(listening.accept());
            server.sendSettings(ENABLE_CONNECT_PROTOCOL, 2);

            assertThat(connecting).failsWithin(Patience.SECONDS, TimeUnit.SECONDS);
            assertThat(server.readEnd()).isEqualTo("GOAWAY PROTOCOL_ERROR");
        }
    }
}
