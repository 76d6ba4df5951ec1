package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Redirects, RFC 9110 §15.4, and what their Location means, RFC 3986 §5. */
class RedirectTest {
    private static Redirect redirect(String from, String location) {
        return Redirect.of(WebSocketAddress.parse(from), 302, Headers.of("Location", location))
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectSaysWhereToGo(int status) {
        WebSocketAddress from = WebSocketAddress.parse("ws://h/a");
        assertThat(Redirect.of(from, status, Headers.of("Location", "/b")))
                .hasValue(new Redirect(from, WebSocketAddress.parse("ws://h/b")));
        assertThat(Redirect.of(from, status, Headers.EMPTY)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 200, 201, 300, 304, 305, 306, 401, 503})
    void noOtherStatusIsARedirect(int status) {
        assertThat(Redirect.of(WebSocketAddress.parse("ws://h/a"), status, Headers.of("Location", "/b")))
                .isEmpty();
    }

    /** The examples of RFC 3986 §5.4 that make sense here, their base included. */
    @ParameterizedTest
    @CsvSource({
        "g, ws://a/b/c/g",
        "./g, ws://a/b/c/g",
        "g/, ws://a/b/c/g/",
        "/g, ws://a/g",
        "//g, ws://g/",
        "?y, ws://a/b/c/d;p?y",
        "g?y, ws://a/b/c/g?y",
        "#s, ws://a/b/c/d;p?q",
        "g?y#s, ws://a/b/c/g?y",
        ";x, ws://a/b/c/;x",
        "'', ws://a/b/c/d;p?q",
        "., ws://a/b/c/",
        "./, ws://a/b/c/",
        ".., ws://a/b/",
        "../g, ws://a/b/g",
        "../.., ws://a/",
        "../../../g, ws://a/g",
        "/./g, ws://a/g",
        "/../g, ws://a/g",
        "g., ws://a/b/c/g.",
        "..g, ws://a/b/c/..g",
        "g;x=1/../y, ws://a/b/c/y",
        "g?y/../x, ws://a/b/c/g?y/../x",
        "http://h/x, ws://h/x",
        "https://h:8443/x, wss://h:8443/x",
        "wss://h/x/../y, wss://h/y",
        "' /g ', ws://a/g"
    })
    void itsLocationIsRelativeToTheRequest(String location, String to) {
        assertThat(redirect("ws://a/b/c/d;p?q", location).to()).isEqualTo(WebSocketAddress.parse(to));
    }

    /** As browsers have it (WHATWG URL). A header's characters are bytes: those of UTF-8. */
    @ParameterizedTest
    @CsvSource({
        "/caf\u00C3\u00A9, ws://a/caf%C3%A9",
        "/caf%C3%A9, ws://a/caf%C3%A9",
        "caf\u00C3\u00A9?\u00C3\u00A9#\u00C3\u00A9, ws://a/b/c/caf%C3%A9?%C3%A9",
        "/u\u00CC\u0088, ws://a/u%CC%88",
        "/\u00F0\u009F\u0098\u0080, ws://a/%F0%9F%98%80",
        "/\u00C2\u0085, ws://a/%C2%85",
        "/caf\u00E9, ws://a/caf%E9", // not UTF-8
        "/\u00ED\u00A0\u0080, ws://a/%ED%A0%80", // a surrogate, which is no UTF-8
        "//b\u00C3\u00BCcher.example/\u00C3\u00BC, ws://xn--bcher-kva.example/%C3%BC",
        "http://b\u00C3\u00BCcher.example?\u00C3\u00BC, ws://xn--bcher-kva.example/?%C3%BC",
        "/a b|c, ws://a/a%20b%7Cc",
        "/{id}^2?{x}|y z, ws://a/%7Bid%7D%5E2?%7Bx%7D%7Cy%20z",
        "'/<\">`', ws://a/%3C%22%3E%60",
        "/100%, ws://a/100%25",
        "/%zz%4?%, ws://a/%25zz%254?%25",
        "/%41%2f, ws://a/%41%2f",
        "/[x]?[y], ws://a/%5Bx%5D?[y]",
        "http://h/a b, ws://h/a%20b",
        "?a b, ws://a/b/c/d;p?a%20b",
        "a|b, ws://a/b/c/a%7Cb"
    })
    void whatAUriCannotHaveIsEncodedOnce(String location, String to) {
        assertThat(redirect("ws://a/b/c/d;p?q", location).to()).hasToString(to);
    }

    @Test
    void aSocketsPathKeepsItsFormThroughARedirect() {
        assertThat(redirect("ws+unix:///run/u%CC%88.sock:/b/c", "u\u00CC\u0088").to())
                .hasToString("ws+unix:///run/u%CC%88.sock:/b/u%CC%88");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://h/",
                "javascript:alert(1)",
                "ws://",
                "//h:0/",
                "/a\\b",
                "/a\tb",
                "http://h:x/",
                "http://h|/",
                "//a b/"
            })
    void aLocationThatIsNoAddressIsRefused(String location) {
        assertThatThrownBy(() -> redirect("ws://a/", location)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itLosesTlsFromWssToWsAlone() {
        assertThat(redirect("wss://a/", "ws://a/").losesTls()).isTrue();
        assertThat(redirect("wss://a/", "http://a:443/").losesTls()).isTrue();
        assertThat(redirect("wss://a/", "//b/").losesTls()).isFalse();
        assertThat(redirect("ws://a/", "wss://a/").losesTls()).isFalse();
        assertThat(redirect("ws://a/", "ws://b/").losesTls()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b", "ws://A:80/b", "http://a/"})
    void withinAnOriginAllHeadersGoAlong(String location) {
        Headers headers = Headers.of("Authorization", "Bearer x", "Cookie", "a=b", "X-Key", "y");
        Redirect redirect = redirect("ws://user:secret@a/", location);
        assertThat(redirect.headers(headers)).isEqualTo(headers);
        assertThat(redirect.to().userInfo()).isEqualTo("user:secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"//b/", "//a:81/", "wss://a/", "wss://a:80/", "//sub.a/"})
    void nothingThatMayBeASecretGoesToAnotherOrigin(String location) {
        Headers headers = Headers.of(
                "Authorization", "Bearer x", "authorization", "Basic y", "Cookie", "a=b", "Proxy-Authorization", "z");
        Headers harmless = Headers.of("User-Agent", "test", "Origin", "https://example.com");
        Redirect redirect = redirect("ws://user:secret@a/", location);
        assertThat(redirect.headers(headers.with("X-Api-Key", "k").with(harmless)))
                .isEqualTo(harmless);
        assertThat(redirect.to().userInfo()).isNull();
    }

    @Test
    void theServerBringsNoUser() {
        assertThat(redirect("ws://a/", "//user:secret@b/").to().userInfo()).isNull();
        assertThat(redirect("ws://a/", "//user:secret@a/").to().userInfo()).isNull();
    }

    @Test
    void aSocketOfThisMachineIsReachedFromItselfAlone() {
        assertThat(redirect("ws+unix:///run/a.sock:/b/c", "../d").to())
                .isEqualTo(WebSocketAddress.parse("ws+unix:///run/a.sock:/d"));
        for (String from : new String[] {"ws://a/", "ws+unix:///run/b.sock:/"}) {
            assertThatThrownBy(() -> redirect(from, "ws+unix:///run/a.sock:/d"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is a socket of this machine");
        }
        assertThat(redirect("ws+unix:///run/a.sock:/b/c", "//h/d").to()).isEqualTo(WebSocketAddress.parse("ws://h/d"));
    }
}
