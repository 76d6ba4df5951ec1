package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Whatever stands in a request or a response, nothing is thrown, and what is accepted has what the RFC asks for. */
class HandshakeFuzzTest {
    /** As a request's first line has them. */
    private static final Map<String, HttpVersion> VERSIONS =
            Map.of("0", HttpVersion.HTTP_1_0, "2", HttpVersion.HTTP_2, "3", HttpVersion.HTTP_3);

    /**
     * @param input on the first line a method, or for HTTP/2 and 3 the :protocol, a blank and HTTP's version: 0 for HTTP/1.0, 2 and 3, all
     *     else for HTTP/1.1; then headers
     */
    @FuzzTest
    void aServerAnswersAnyRequest(byte[] input) {
        String[] lines = lines(input);
        String[] first = lines[0].split(" ", 2);
        HttpVersion version = VERSIONS.getOrDefault(first.length > 1 ? first[1] : "", HttpVersion.HTTP_1_1);
        String protocol = version.isUpgraded() ? null : first[0];
        Headers headers = headers(lines);
        HandshakeAnswer answer = ServerHandshake.answer(
                new HandshakeRequest(first[0], "/", version, headers, protocol),
                List.of("chat", "mqtt"),
                List.of(PerMessageDeflate.dedicated().build()));
        if (answer instanceof HandshakeAnswer.Refused refused) {
            assertThat(refused.status()).isIn(400, 405, 426, 501);
            assertThat(refused.body()).matches("[\\x20-\\x7E]+");
            return;
        }
        HandshakeAnswer.Accepted accepted = (HandshakeAnswer.Accepted) answer;
        assertThat(version).isNotEqualTo(HttpVersion.HTTP_1_0);
        assertThat(first[0]).isEqualToIgnoringCase(version.isUpgraded() ? "GET" : "websocket");
        assertThat(headers.all("host")).hasSize(1);
        assertThat(headers.all("sec-websocket-version")).hasSize(1);
        List<String> keys = headers.all("sec-websocket-key");
        assertThat(keys).hasSizeBetween(version.isUpgraded() ? 1 : 0, 1);
        assertThat(accepted.headers().all("sec-websocket-accept"))
                .isEqualTo(keys.stream().map(SecWebSocketKey::accept).toList());
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
        if (handshake.problemWith(HttpVersion.HTTP_1_1, status, headers).isEmpty()) {
            assertThat(status).isEqualTo(101);
            assertThat(String.join("", headers.all("sec-websocket-accept")).strip())
                    .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(handshake.extensions(headers)).hasSize(headers.contains("sec-websocket-extensions") ? 1 : 0);
            assertThat(handshake.subprotocol(headers).orElse("chat")).isEqualTo("chat");
        } else {
            assertThat(handshake.problemWith(HttpVersion.HTTP_1_1, status, headers))
                    .get()
                    .asString()
                    .matches("[\\x20-\\x7E]+");
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

    /** @param input headers; trusted are addresses with an even last number */
    @FuzzTest
    void whatProxiesSayIsReadOrRefused(byte[] input) {
        Headers headers = headers(lines(input));
        for (ForwardedHeaders kind : ForwardedHeaders.values()) {
            Forwarding forwarding = kind.read(headers, address -> address.getAddress()[3] % 2 == 0);
            if (forwarding instanceof Forwarding.Malformed malformed) {
                assertThat(malformed.why()).matches("[\\x20-\\x7E]+");
            } else if (forwarding instanceof Forwarding.Known known) {
                String said = String.join(",", headers.all("forwarded"))
                        + headers.all("x-forwarded-proto")
                        + headers.all("x-forwarded-host");
                assertThat(known.scheme() == null || known.scheme().matches("[a-z][a-z0-9+.-]*"))
                        .isTrue();
                assertThat(said.replace("\\", "")).contains(known.host() == null ? "" : known.host());
            }
        }
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
