package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Origins, RFC 6454, and whether a request's Host is the same place. */
class OriginTest {
    @ParameterizedTest
    @CsvSource({
        "http://example.com, http, example.com, 80",
        "https://example.com, https, example.com, 443",
        "HTTP://EXAMPLE.com, http, example.com, 80",
        "http://example.com:8080, http, example.com, 8080",
        "https://example.com:443, https, example.com, 443",
        "http://127.0.0.1:3000, http, 127.0.0.1, 3000",
        "http://[::1]:3000, http, [::1], 3000",
        "http://[2001:DB8::1], http, [2001:db8::1], 80",
        "http://my_service:8080, http, my_service, 8080",
        "http://1a.2b, http, 1a.2b, 80",
        // native clients name the WebSocket's own address
        "ws://example.com, http, example.com, 80",
        "wss://example.com, https, example.com, 443",
        "WSS://example.com:8443, https, example.com, 8443",
        "chrome-extension://abcdef, chrome-extension, abcdef, -1"
    })
    void anOriginIsASchemeAHostAndAPort(String text, String scheme, String host, int port) {
        assertThat(Origin.parse(text)).contains(new Origin(scheme, host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "NULL",
                "example.com",
                "//example.com",
                "http://",
                "http:///",
                "http://example.com/",
                "http://example.com/path",
                "http://example.com?q",
                "http://example.com#f",
                "http://user@example.com",
                "http://a.com http://b.com",
                "http://a.com, http://b.com",
                "http://example.com:x",
                "http://example.com:65536",
                "http://example.com:-1",
                "about:blank",
                "file://",
                "http://a\u0000b",
                "http://[::1"
            })
    void whatIsNotOneOriginIsNone(String text) {
        assertThat(Origin.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://example.com, example.com",
        "http://example.com, EXAMPLE.COM",
        "http://example.com, example.com:80",
        "http://example.com:80, example.com",
        "https://example.com, example.com:443",
        // A proxy that ends TLS says Host without a port: the origin's scheme fills it in.
        "https://example.com, example.com",
        "http://localhost:8080, localhost:8080",
        "http://[::1]:8080, [::1]:8080",
        "http://my_service:8080, my_service:8080",
        "wss://example.com, example.com:443",
        "ws://example.com:8080, example.com:8080"
    })
    void anOriginIsAtItsOwnHost(String origin, String host) {
        assertThat(Origin.parse(origin).orElseThrow().isAt(host)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "http://example.com, example.org",
        "http://example.com, www.example.com",
        "http://example.com.evil.org, example.com",
        "http://example.com, example.com:8080",
        "http://example.com:8080, example.com",
        "https://example.com, example.com:80",
        "http://localhost:8080, 127.0.0.1:8080",
        "http://example.com, user@example.com",
        "http://example.com, example.com/",
        "http://example.com, ''"
    })
    void anOriginIsNotAtAnotherHostOrPort(String origin, String host) {
        assertThat(Origin.parse(origin).orElseThrow().isAt(host)).isFalse();
    }

    @Test
    void anOriginPrintsItselfAsABrowserSendsIt() {
        for (String text :
                new String[] {"http://a", "https://a.b", "http://a:8080", "http://[::1]:1", "chrome-extension://abc"}) {
            assertThat(Origin.parse(text).orElseThrow()).hasToString(text);
        }
        assertThat(Origin.parse("http://A:80").orElseThrow()).hasToString("http://a");
    }
}
