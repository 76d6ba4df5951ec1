package dev.marline.foreign;

import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.RunningProgram;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What HTTP/2 changes with peers that were not written here: who shares a connection, and what to do where it has no WebSockets. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class HttpVersionsTest {
    private static final int MANY = 50;

    @TempDir
    static Path folder;

    private static Setup secure;

    @BeforeAll
    static void makeCertificate() {
        secure = Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
    }

    private static void assertThatEachIsEchoed(List<MarlineEnd> ends) {
        for (int i = 0; i < ends.size(); i++) {
            ends.get(i).says(text("message " + i));
        }
        for (int i = 0; i < ends.size(); i++) {
            ends.get(i).hears(text("message " + i));
        }
    }

    @Test
    void webSocketsOfAForeignClientShareAConnection() {
        try (MarlineServer server = MarlineServer.start();
                ForeignEnd peer = Pairing.WS_HTTP2_CLIENT.echoTo(server.port())) {
            for (int i = 0; i < MANY; i++) {
                peer.says(Said.connect("/talk", List.of()));
            }
            List<MarlineEnd> ends =
                    IntStream.range(0, MANY).mapToObj(i -> server.accept()).toList();
            assertThat(server.connections()).isEqualTo(1);
            assertThatEachIsEchoed(ends);
            ends.get(0).says(Said.close(1000, "one of them"));
            ends.get(0).hearsClose(1000);
            assertThatEachIsEchoed(ends.subList(1, MANY));
        }
    }

    @Test
    void webSocketsToAForeignServerShareAConnection() {
        try (ForeignEnd peer = Pairing.WS_HTTP2_SERVER.listenToEcho();
                WebSocketClient client =
                        Pairing.WS_HTTP2_SERVER.client(Setup.PLAIN).build()) {
            String address = Setup.PLAIN.address(peer.port());
            List<MarlineEnd> ends = IntStream.range(0, MANY)
                    .mapToObj(i -> MarlineClient.connect(client, address))
                    .toList();
            assertThatEachIsEchoed(ends);
            ends.get(0).says(Said.close(1000, "one of them"));
            ends.get(0).hearsClose(1000);
            assertThatEachIsEchoed(ends.subList(1, MANY));
        }
    }

    @Test
    void aServerWithoutWebSocketsOverHttp2IsAskedAgainOverHttp1() {
        try (ForeignEnd peer = Pairing.WS_SERVER.listen(secure, "--http2");
                WebSocketClient client = MarlineClient.builder(secure).build()) {
            String address = secure.address(peer.port());
            MarlineEnd first = MarlineClient.connect(client, address);
            assertThat(first.handshake().request().version()).isEqualTo(HttpVersion.HTTP_1_1);
            peer.hears(new Said("http2"));
            Map<String, String> headers = new HashMap<>();
            peer.awaitOpen(headers);
            assertThat(headers).containsEntry("upgrade", "websocket");

            // The next one knows.
            MarlineClient.connect(client, address);
            peer.awaitOpen();
        }
    }

    @Test
    void whereHttp2AloneIsWantedItSaysThatItHasNoWebSockets() {
        try (ForeignEnd peer = Pairing.WS_SERVER.listen(secure, "--http2");
                WebSocketClient client =
                        MarlineClient.builder(secure).http(HttpVersion.HTTP_2).build()) {
            String address = secure.address(peer.port());
            assertThatThrownBy(() -> MarlineClient.connect(client, address))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll(address, "no WebSockets over HTTP/2");
        }
    }
}
