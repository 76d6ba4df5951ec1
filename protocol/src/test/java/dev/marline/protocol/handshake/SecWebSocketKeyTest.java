package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.Hex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and what answers them, RFC 6455 §1.3, §4.1 and §4.2.2. */
class SecWebSocketKeyTest {
    @ParameterizedTest
    @CsvSource({
        "dGhlIHNhbXBsZSBub25jZQ==, s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "w4v7O6xFTi36lq3RNcgctw==, Oy4NRAQ13jhfONC7bP8dTKb4PTU="
    })
    void theAcceptOfAKeyIsTheVectors(String key, String accept) {
        assertThat(SecWebSocketKey.isValid(key)).isTrue();
        assertThat(SecWebSocketKey.accept(key)).isEqualTo(accept);
    }

    @Test
    void aKeyIsTheBase64Of16Bytes() {
        assertThat(SecWebSocketKey.encode(Hex.bytes("0102030405060708090a0b0c0d0e0f10")))
                .isEqualTo("AQIDBAUGBwgJCgsMDQ4PEA==");
        assertThatThrownBy(() -> SecWebSocketKey.encode(new byte[15])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SecWebSocketKey.encode(new byte[17])).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "dGhlIHNhbXBsZSBub25jZQ",
                "dGhlIHNhbXBsZSBub25jZQ=",
                "dGhlIHNhbXBsZSBub25j",
                "dGhlIHNhbXBsZSBub25jZWE=",
                "dGhlIHNhbXBsZSBub25jZWFh",
                "dGhlIHNhbXBsZSBub25jZQ== ",
                " dGhlIHNhbXBsZSBub25jZQ==",
                "dGhlIHNhbXBsZSBub2*jZQ==",
                "dGhlIHNhbXBsZSBub2-jZQ==",
                "========================",
                "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="
            })
    void anythingElseIsNoKey(String key) {
        assertThat(SecWebSocketKey.isValid(key)).isFalse();
    }
}
