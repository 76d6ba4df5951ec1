package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The host and the resource that a request asks for, RFC 9112 §3.2 and §3.3. */
class RequestTargetTest {
    private static HandshakeRequest request(String target, HttpVersion version, String... hosts) {
        Headers headers = Headers.of("X", "before");
        for (String host : hosts) {
            headers = headers.with("Host", host);
        }
        return new HandshakeRequest("GET", target, version, headers.with("X", "after"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://h                 | h       | /",
                "http://h/                | h       | /",
                "http://h/echo?x          | h       | /echo?x",
                "http://h?x=/echo         | h       | /?x=/echo",
                "http://h?                | h       | /?",
                "HTTPS://H:8443//a        | H:8443  | //a",
                "ws://[::1]:80/a          | [::1]:80 | /a",
                "wss://h:/a               | h:      | /a",
                "http://h/http://other/   | h       | /http://other/",
            })
    void theAuthorityOfATargetInAbsoluteFormTakesThePlaceOfHost(String target, String host, String pathAndQuery) {
        HandshakeRequest resolved = RequestTarget.resolve(request(target, HttpVersion.HTTP_1_1, "other"));

        assertThat(resolved.target()).isEqualTo(pathAndQuery);
        assertThat(resolved.headers().all("Host")).containsExactly(host);
        assertThat(resolved.headers().all("X")).containsExactly("before", "after");
        assertThat(RequestTarget.resolve(request(target, HttpVersion.HTTP_1_0))
                        .headers()
                        .all("Host"))
                .containsExactly(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a?b", "*", "h:80", "/http://other/", "ftp://h/", "http:/h", ""})
    void aTargetInAnotherFormStaysAsItIs(String target) {
        HandshakeRequest request = request(target, HttpVersion.HTTP_1_1, "h");

        assertThat(RequestTarget.resolve(request)).isEqualTo(request);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_2", "HTTP_3"})
    void thePathOfAStreamIsNoAddress(HttpVersion version) {
        HandshakeRequest request = request("http://other/", version, "h");

        assertThat(RequestTarget.resolve(request)).isEqualTo(request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://",
                "http:///a",
                "http://?a",
                "http://u@h/",
                "http://h:99999/",
                "http://h#a",
                "http://[::1/"
            })
    void aTargetWhoseAuthorityIsNoneIsRefused(String target) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestTarget.resolve(request(target, HttpVersion.HTTP_1_1, "h")))
                .withMessageContaining("the target names the host '");
    }

    @ParameterizedTest
    @EnumSource
    void aHostMustBeOne(HttpVersion version) {
        for (String host : new String[] {"a", "", "[::1]:80", "a_b", "a.", "a:"}) {
            HandshakeRequest request = request("/", version, host);
            assertThat(RequestTarget.resolve(request)).isEqualTo(request);
        }
        for (String host : new String[] {"a/b", "u@h", "a, b", "a:99999", "a:8o", "[::1", "a?b", "a b", " "}) {
            for (String target : new String[] {"/", "http://h/"}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> RequestTarget.resolve(request(target, version, host)))
                        .withMessageContaining("Host is '" + host + "'");
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestTarget.resolve(request("/", version, "a", "a")))
                .withMessageContaining("not 2 times");
    }

    @Test
    void onlyHttp10MayHaveNoHost() {
        HandshakeRequest old = request("/", HttpVersion.HTTP_1_0);
        assertThat(RequestTarget.resolve(old)).isEqualTo(old);
        for (String target : new String[] {"/", "http://h/"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RequestTarget.resolve(request(target, HttpVersion.HTTP_1_1)))
                    .withMessageContaining("not 0 times");
        }
    }
}
