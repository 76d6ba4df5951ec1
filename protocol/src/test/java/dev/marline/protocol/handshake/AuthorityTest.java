package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts with and without a port. */
class AuthorityTest {
    @ParameterizedTest
    @CsvSource({
        "a, a, -1",
        "Example.COM, example.com, -1",
        "a:80, a, 80",
        "a:, a, -1",
        "a:0080, a, 80",
        "a:65535, a, 65535",
        "a., a., -1",
        "a_b:8080, a_b, 8080",
        "127.0.0.1:1, 127.0.0.1, 1",
        "[::1], [::1], -1",
        "[::1]:80, [::1], 80",
        "[2001:DB8::1]:443, [2001:db8::1], 443",
        "[::ffff:192.0.2.1], [::ffff:192.0.2.1], -1",
        "a%2Db~c, a%2db~c, -1",
    })
    void aHostMayHaveAPort(String text, String host, int port) {
        assertThat(Authority.parse(text)).contains(new Authority(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " a",
                "a ",
                "a b",
                "a/b",
                "/",
                "a?b",
                "a#b",
                "u@h",
                "u:p@h",
                "a, b",
                "a,b",
                "a:99999",
                "a:65536",
                "a:000000065536",
                "a:8o",
                "a:+1",
                "a:-1",
                "a:80:80",
                ":80",
                ":",
                "::1",
                "[::1",
                "::1]",
                "[::1]x",
                "[]",
                "[1]",
                "[127.0.0.1]",
                "[:::]",
                "[::1%25lo]",
                "[v1.a]",
                "a\\b",
                "a%",
                "a%2",
                "a%zz",
                "a\u00e9",
                "\u0661",
                "a:\u0661",
                "a\u0000"
            })
    void whatIsNoHostIsNone(String text) {
        assertThat(Authority.parse(text)).isEmpty();
    }

    @Test
    void aLongTextIsReadToItsEnd() {
        assertThat(Authority.parse("a".repeat(100_000))).isPresent();
        assertThat(Authority.parse("a".repeat(100_000) + "/")).isEmpty();
        assertThat(Authority.parse("a:" + "0".repeat(100_000) + "80")).contains(new Authority("a", 80));
        assertThat(Authority.parse("a:" + "9".repeat(100_000))).isEmpty();
    }
}
