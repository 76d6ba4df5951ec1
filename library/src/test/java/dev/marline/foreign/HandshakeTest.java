package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.marline.HandshakeException;
import dev.marline.client.WebSocketClient;
import dev.marline.foreign.Pairing.Pair;
import dev.marline.testing.RunningProgram;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How Marline and peers that were not written here come to an open WebSocket, or not. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class HandshakeTest {
    @ParameterizedTest
    @EnumSource
    void theServerIsSentTheClientsHeaders(Pairing pairing) {
        Map<String, String> headers =
                Map.of("X-Trace", "17, 4", "Cookie", "session=17; theme=dark", "Origin", Setup.ORIGIN);
        try (Pair pair = pairing.open(Setup.PLAIN.withHeaders(headers))) {
            assertThat(pair.requestHeaders()).containsAllEntriesOf(headers);
            assertThat(pair.requestHeaders().get("Host")).matches("localhost:\\d+");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theServerChoosesASubprotocolAndBothKnowIt(Pairing pairing) {
        Setup setup =
                Setup.PLAIN.withSubprotocols(List.of("chat.v1", "chat.v2"), List.of("chat.v3", "chat.v2", "chat.v1"));
        try (Pair pair = pairing.open(setup)) {
            assertThat(pair.subprotocol()).isEqualTo("chat.v2");
            assertThat(pair.marline().handshake().subprotocol()).contains("chat.v2");
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutAnOfferThereIsNoSubprotocol(Pairing pairing) {
        Setup setup = Setup.PLAIN.withSubprotocols(List.of(), List.of("chat.v1"));
        try (Pair pair = pairing.open(setup)) {
            assertThat(pair.subprotocol()).isEmpty();
            assertThat(pair.marline().handshake().subprotocol()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void permessageDeflateIsNotAgreedOn(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            // All of these clients offer it.
            assertThat(pair.requestHeaders().containsKey("Sec-WebSocket-Extensions"))
                    .isEqualTo(pairing.foreignIsClient);
            assertThat(pair.marline().handshake().response().contains("Sec-WebSocket-Extensions"))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.foreign.Pairing#withForeignClientThatTellsRefusals")
    void aClientOfAForeignOriginIsRefused(Pairing pairing) {
        Setup setup = Setup.PLAIN.withHeaders(Map.of("Origin", "http://elsewhere.example"));
        try (MarlineServer server = MarlineServer.start();
                ForeignEnd peer = pairing.connect(setup, setup.address(server.port()))) {
            Said heard = peer.hears();
            // The browsers' API does not tell why.
            assertThat(heard.line()).startsWith(pairing.foreignHasFrames ? "refused 403" : "refused 0");
            if (pairing == Pairing.WS_CLIENT || pairing == Pairing.WS_HTTP2_CLIENT) {
                assertThat(heard.utf8(2)).contains(".allowOrigins(\"http://elsewhere.example\")");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.foreign.Pairing#withForeignServer")
    void theExceptionSaysWhatTheServerSaid(Pairing pairing) {
        try (ForeignEnd peer = pairing.listen(Setup.PLAIN, "--refuse", "401");
                WebSocketClient client = pairing.client(Setup.PLAIN).build()) {
            String address = Setup.PLAIN.address(peer.port());
            HandshakeException refused =
                    catchThrowableOfType(HandshakeException.class, () -> MarlineClient.connect(client, address));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.headers().first("X-Why")).contains("no cookie");
            assertThat(refused.body()).isEqualTo("sign in first");
            assertThat(refused).hasMessageContainingAll(address, "401", "sign in first");
        }
    }
}
