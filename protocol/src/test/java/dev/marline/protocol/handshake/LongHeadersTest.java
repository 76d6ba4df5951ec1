package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.testing.SampleHandshake;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Values far longer than any limit lets through are read in a time that grows with their length: what grew with its square would take
 * hours here, and not milliseconds.
 */
class LongHeadersTest {
    private static final int LENGTH = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** What has been slow in other parsers: white space before a mark, many elements, and what ends only at the end. */
    static Stream<String> longValues() {
        return Stream.of(
                "a" + " ".repeat(LENGTH) + "b",
                "a" + "\t ".repeat(LENGTH / 2) + ",b",
                ",".repeat(LENGTH),
                " ,".repeat(LENGTH / 2),
                "a,".repeat(LENGTH / 2),
                "a;".repeat(LENGTH / 2),
                "a=b;".repeat(LENGTH / 4),
                "for=1.2.3.4,".repeat(LENGTH / 12),
                "a=\"" + "\\a".repeat(LENGTH / 2),
                "a=\"" + "a".repeat(LENGTH) + "\"",
                "1.".repeat(LENGTH / 2),
                ":".repeat(LENGTH),
                "[" + "1:".repeat(LENGTH / 2),
                "_" + "a".repeat(LENGTH) + ":",
                "a".repeat(LENGTH) + "://",
                "http://" + "a".repeat(LENGTH) + ":x");
    }

    @ParameterizedTest
    @MethodSource("longValues")
    void aLongValueIsReadInATimeThatGrowsWithItsLength(String value) {
        Headers headers = Headers.of(
                "Host", value,
                "Upgrade", "websocket, " + value,
                "Connection", "Upgrade, " + value,
                "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version", "13",
                "Sec-WebSocket-Protocol", value,
                "Sec-WebSocket-Extensions", value,
                "Forwarded", value,
                "X-Forwarded-For", value,
                "X-Forwarded-Host", value,
                "X-Forwarded-Proto", value);
        HandshakeRequest request = new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers);

        Assertions.assertTimeoutPreemptively(PATIENCE, () -> {
            HandshakeAnswer answer = ServerHandshake.answer(
                    request,
                    List.of("chat"),
                    List.of(PerMessageDeflate.dedicated().build()));
            for (ForwardedHeaders kind : ForwardedHeaders.values()) {
                assertThat(kind.read(headers, address -> true)).isNotNull();
            }
            assertThat(ExtensionHeader.parse(List.of(value))).isNotNull();
            assertThat(Origin.parse(value)).isEmpty();
            assertThat(answer).isNotNull();
        });
    }

    @ParameterizedTest
    @MethodSource("longValues")
    void soIsAnAnswerByAClient(String value) {
        ClientHandshake handshake =
                SampleHandshake.client(List.of(PerMessageDeflate.dedicated().build()));
        Headers headers = Headers.of(
                "Upgrade", value,
                "Connection", value,
                "Sec-WebSocket-Accept", value,
                "Sec-WebSocket-Protocol", value,
                "Sec-WebSocket-Extensions", value);

        Assertions.assertTimeoutPreemptively(
                PATIENCE,
                () -> assertThat(handshake.problemWith(HttpVersion.HTTP_1_1, 101, headers))
                        .isPresent());
    }
}
