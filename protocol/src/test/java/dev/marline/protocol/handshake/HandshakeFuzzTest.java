package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever stands in a request or a response, nothing is thrown, and what is accepted has what the RFC asks for. */
class HandshakeFuzzTest {
    /** @param input a method, a blank and HTTP's minor version on the first line, then headers */
    @FuzzTest
    void aServerAnswersAnyRequest(byte[] input) {
        String[] lines = lines(input);
        String[] first = lines[0].split(" ", 2);
        int minorVersion = first.length > 1 && first[1].equals("0") ? 0 : 1;
        Headers headers = headers(lines);
        HandshakeAnswer answer = ServerHandshake.answer(
                new HandshakeRequest(first[0], "/", minorVersion, headers),
                List.of("chat", "mqtt"),
                List.of(PerMessageDeflate.dedicated().build()));
        if (answer instanceof HandshakeAnswer.Refused refused) {
            assertThat(refused.status()).isIn(400, 405, 426);
            assertThat(refused.body()).matches("[\\x20-\\x7E]+");
            return;
        }
        HandshakeAnswer.Accepted accepted = (HandshakeAnswer.Accepted) answer;
        assertThat(first[0]).isEqualTo("GET");
        assertThat(minorVersion).isEqualTo(1);
        assertThat(headers.all("host")).hasSize(1);
        assertThat(headers.all("sec-websocket-version")).hasSize(1);
        assertThat(headers.all("sec-websocket-key")).hasSize(1);
        assertThat(accepted.headers().all("sec-websocket-accept"))
                .containsExactly(
                        SecWebSocketKey.accept(headers.all("sec-websocket-key").get(0)));
        if (accepted.subprotocol() != null) {
            assertThat(String.join(",", headers.all("sec-websocket-protocol"))).contains(accepted.subprotocol());
        }
    }

    /** @param input a status on the first line, then headers */
    @FuzzTest
    void aClientChecksAnyResponse(byte[] input) {
        String[] lines = lines(input);
        int status = lines[0].equals("101") ? 101 : 200;
        Headers headers = headers(lines);
        ClientHandshake handshake = new ClientHandshake(
                WebSocketAddress.parse("ws://h"),
                List.of("chat"),
                false,
                List.of(PerMessageDeflate.dedicated().build()),
                Headers.EMPTY,
                "the sample nonce".getBytes(StandardCharsets.US_ASCII));
        if (handshake.problemWith(status, headers).isEmpty()) {
            assertThat(status).isEqualTo(101);
            assertThat(String.join("", headers.all("sec-websocket-accept")).strip())
                    .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(handshake.extensions(headers)).hasSize(headers.contains("sec-websocket-extensions") ? 1 : 0);
            assertThat(handshake.subprotocol(headers).orElse("chat")).isEqualTo("chat");
        } else {
            assertThat(handshake.problemWith(status, headers)).get().asString().matches("[\\x20-\\x7E]+");
        }
    }

    /** @param input a header's value on each line */
    @FuzzTest
    void anyExtensionsAreReadOrRefused(byte[] input) {
        List<String> values = List.of(lines(input));
        ExtensionHeader.parse(values).ifPresent(offers -> {
            for (ExtensionOffer offer : offers) {
                // What has been read can be written, and is read as the same.
                assertThat(ExtensionHeader.parse(List.of(offer.toString()))).contains(List.of(offer));
            }
            assertThat(ExtensionHeader.parse(List.of(String.join(",", values)))).contains(offers);
        });
    }

    private static String[] lines(byte[] input) {
        return new String(input, StandardCharsets.ISO_8859_1).split("\r?\n", -1);
    }

    private static Headers headers(String[] lines) {
        Headers headers = Headers.EMPTY;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            try {
                headers = headers.with(
                        lines[i].substring(0, Math.max(0, colon)),
                        lines[i].substring(colon + 1).strip());
            } catch (IllegalArgumentException notAField) {
                // An HTTP parser would have refused it before.
                assertThat(notAField).hasMessageMatching("[\\x20-\\x7E]+");
            }
        }
        return headers;
    }
}
