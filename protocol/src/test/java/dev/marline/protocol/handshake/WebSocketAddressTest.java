package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSocket URIs, RFC 6455 §3. */
class WebSocketAddressTest {
    @ParameterizedTest
    @CsvSource({
        "ws://example.com, false, example.com, 80, /, example.com",
        "wss://example.com, true, example.com, 443, /, example.com",
        "ws://example.com/, false, example.com, 80, /, example.com",
        "ws://example.com:80/chat, false, example.com, 80, /chat, example.com",
        "ws://example.com:443/chat, false, example.com, 443, /chat, example.com:443",
        "wss://example.com:443/chat, true, example.com, 443, /chat, example.com",
        "wss://example.com:8443/chat?a=b&c, true, example.com, 8443, /chat?a=b&c, example.com:8443",
        "ws://example.com?a=b, false, example.com, 80, /?a=b, example.com",
        "ws://example.com/?, false, example.com, 80, /?, example.com",
        "ws://example.com:/x, false, example.com, 80, /x, example.com",
        "WS://Example.com/X, false, Example.com, 80, /X, Example.com",
        "http://example.com/x, false, example.com, 80, /x, example.com",
        "https://example.com/x, true, example.com, 443, /x, example.com",
        "ws://127.0.0.1:9000/x, false, 127.0.0.1, 9000, /x, 127.0.0.1:9000",
        "ws://[::1]/x, false, ::1, 80, /x, [::1]",
        "ws://[2001:db8::17]:9000, false, 2001:db8::17, 9000, /, [2001:db8::17]:9000",
        "ws://my_service:8080/x, false, my_service, 8080, /x, my_service:8080",
        "ws://bücher.example/, false, xn--bcher-kva.example, 80, /, xn--bcher-kva.example",
        "ws://h/ä?ö=ü, false, h, 80, /%C3%A4?%C3%B6=%C3%BC, h",
        "ws://h/%2F%20?%23=1, false, h, 80, /%2F%20?%23=1, h",
        "ws://h//double/../dots, false, h, 80, //double/../dots, h",
        "ws://h:65535/, false, h, 65535, /, h:65535",
        "ws://h:1/, false, h, 1, /, h:1"
    })
    void anAddressIsTakenApart(String uri, boolean secure, String host, int port, String target, String hostHeader) {
        WebSocketAddress address = WebSocketAddress.parse(uri);
        assertThat(address).isEqualTo(new WebSocketAddress(secure, host, port, target, null, null));
        assertThat(address.hostHeader()).isEqualTo(hostHeader);
        assertThat(address).hasToString((secure ? "wss://" : "ws://") + hostHeader + target);
    }

    @Test
    void theZoneOfAnIpv6AddressIsForThisMachineOnly() {
        WebSocketAddress address = WebSocketAddress.parse("ws://[fe80::1%25eth0]:81/");
        assertThat(address.host()).isEqualTo("fe80::1%eth0");
        assertThat(address.hostHeader()).isEqualTo("[fe80::1]:81");
        assertThat(address).hasToString("ws://[fe80::1%25eth0]:81/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws://h/#", "ws://h/#top", "wss://h/x?q#f", "http://h#f"})
    void aFragmentIsRefused(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fragment");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://h/", "file:///etc/hosts", "mailto:a@b", "wsx://h/", "s://h"})
    void anyOtherSchemeIsRefused(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected ws, wss, http or https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/chat", "//h/chat", "example.com/chat"})
    void anAddressWithoutASchemeIsRefused(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no scheme");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws:///x",
                "ws:x",
                "ws://",
                "ws://:80/",
                "ws://a b/",
                "ws://h/a b",
                "ws://h/%zz",
                "ws://[::1/",
                "ws://[x]/",
                "ws://h:0/",
                "ws://h:65536/",
                "ws://h:123456789012/",
                "ws://h:-1/",
                "ws://h:8o/",
                "ws://a..b/",
                "ws://./",
                "ws://a@b@c/",
                "ws://a%41/",
                "ws://h\r\nX-Evil: 1/",
                "ws://h/\r\nX-Evil: 1",
                "ws://h/\u0000",
                "ws://-h/",
                "ws://exa\uFFFD\uFFFDle.com/"
            })
    void whatIsNotAnAddressIsRefused(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .matches("[\\x20-\\x7E]+");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "ws://h/a|b, '|' (U+007C) at index 8",
                "ws://h/a b, (U+0020) at index 8",
                "ws://a b/, (U+0020) at index 6",
                "ws://u:p^@h/, '^' (U+005E) at index 8",
                "ws://h/%zz, at index 7",
                "ws://h/\uD83D\uDE00\uD83D, unpaired surrogate: (U+D83D) at index 9",
                "ws://h/\uDE00x, unpaired surrogate: (U+DE00) at index 7",
                "ws://\uD83D/, unpaired surrogate: (U+D83D) at index 5",
                "ws://h/?\uD83D=1, unpaired surrogate: (U+D83D) at index 8",
                "ws://u\uD83D@h/, unpaired surrogate: (U+D83D) at index 6",
                "ws+unix:///a\uD83D:/, unpaired surrogate: (U+D83D) at index 12",
                "ws://fa\u00DF.de/, (U+00DF) at index 2",
                "ws://a\u2100.example/, (U+2100) at index 1",
                "ws://a\uFFFDb/, (U+FFFD) at index 1",
                "ws://h:8o/, no valid host",
                "ws://a..b/, Empty label"
            })
    void theMessageNamesTheCharacterAndItsPlace(String uri, String named) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named)
                .message()
                .matches("[\\x20-\\x7E]+");
    }

    @Test
    void anUnpairedSurrogateOfAUriIsRefusedToo() {
        assertThatThrownBy(() -> WebSocketAddress.of(new URI("ws://h/\uD83D")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(U+D83D) at index 7");
    }

    /** IDNA 2003 makes fass.de of the first, which is another name than browsers take it for. */
    @ParameterizedTest
    @ValueSource(
            strings = {"fa\u00DF.de", "FA\u1E9E.de", "\u03C3\u03BF\u03C6\u03CC\u03C2.gr", "a\u200Cb", "a\u200Db.de"})
    void aNameThatIdna2003And2008TakeForDifferentOnesIsRefused(String host) {
        assertThatThrownBy(() -> WebSocketAddress.parse("ws://" + host + "/"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no valid host");
        assertThat(WebSocketAddress.parse("ws://xn--fa-hia.de/").host()).isEqualTo("xn--fa-hia.de");
    }

    /** A server may have both names, the decomposed and the composed, for different resources. */
    @ParameterizedTest
    @CsvSource({
        "ws://h/u\u0308?u\u0308=\u00FC, /u%CC%88?u%CC%88=%C3%BC",
        "ws://h/\u00FC, /%C3%BC",
        "ws://h/\uD83D\uDE00, /%F0%9F%98%80",
        "ws://h/\u212B, /%E2%84%AB",
        "ws://bu\u0308cher.example/u\u0308, /u%CC%88"
    })
    void lettersKeepTheirForm(String uri, String target) {
        assertThat(WebSocketAddress.parse(uri).target()).isEqualTo(target);
    }

    @Test
    void soDoThoseOfASocketsPath() {
        WebSocketAddress address = WebSocketAddress.parse("ws+unix:///run/u\u0308.sock:/\u00FC/u\u0308");
        assertThat(address.socketPath()).isEqualTo("/run/u\u0308.sock");
        assertThat(address).hasToString("ws+unix:///run/u%CC%88.sock:/%C3%BC/u%CC%88");
        assertThat(WebSocketAddress.parse(address.toString())).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws://evil.c\u2100.example.com/", // a/c
                "ws://a\uFF0Fb/", // a fullwidth /
                "ws://a\uFF20b/", // a fullwidth @
                "ws://a\uFF1A99/", // a fullwidth :
                "ws://a\uFF03b/" // a fullwidth #
            })
    void aCharacterThatFoldsIntoADelimiterDoesNotGetIntoTheHost(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no valid host");
    }

    @ParameterizedTest
    @CsvSource({
        "ws://user:secret@h/, user:secret",
        "ws://user@h/, user",
        "ws://us%40er:p%3Aw%2F@h/, us@er:p:w/",
        "ws://user:secret@my_host/, user:secret",
        "ws://m%C3%BCller:pass@h/, müller:pass"
    })
    void theUserIsDecodedAndLeftOutOfTheRest(String uri, String userInfo) {
        WebSocketAddress address = WebSocketAddress.parse(uri);
        assertThat(address.userInfo()).isEqualTo(userInfo);
        assertThat(address.toString()).doesNotContain("@");
    }

    @Test
    void anEmptyUserIsNone() {
        assertThat(WebSocketAddress.parse("ws://@h/").userInfo()).isNull();
    }

    @Test
    void aUriIsTakenAsWell() {
        assertThat(WebSocketAddress.of(URI.create("wss://h/x"))).isEqualTo(WebSocketAddress.parse("wss://h/x"));
    }

    @ParameterizedTest
    @CsvSource({
        "ws+unix:///run/chat.sock:/room?id=1, false, /run/chat.sock, /room?id=1",
        "ws+unix:/run/chat.sock:/room, false, /run/chat.sock, /room",
        "ws+unix://///run//chat.sock:/room, false, /run//chat.sock, /room",
        "wss+unix:///run/chat.sock:/room, true, /run/chat.sock, /room",
        "WS+UNIX:///run/chat.sock:/, false, /run/chat.sock, /",
        "ws+unix:///run/chat.sock, false, /run/chat.sock, /",
        "ws+unix:///run/chat.sock:, false, /run/chat.sock, /",
        "ws+unix:///run/chat.sock?id=1, false, /run/chat.sock, /?id=1",
        "ws+unix:///run/chat.sock:/a:b, false, /run/chat.sock, /a:b",
        "ws+unix:///with%20space/and%3Acolon+plus:/%20, false, /with space/and:colon+plus, /%20",
        "ws+unix:///möwe:/ä, false, /möwe, /%C3%A4",
    })
    void aUnixDomainSocketIsNamedByItsPath(String uri, boolean secure, String path, String target) {
        WebSocketAddress address = WebSocketAddress.parse(uri);
        assertThat(address.secure()).isEqualTo(secure);
        assertThat(address.socketPath()).isEqualTo(path);
        assertThat(address.target()).isEqualTo(target);
        assertThat(address.hostHeader()).isEqualTo("localhost");
        assertThat(WebSocketAddress.parse(address.toString())).isEqualTo(address);
    }

    @Test
    void aUnixDomainSocketIsPrintedAsItIsWritten() {
        assertThat(WebSocketAddress.parse("ws+unix:///run/a%20b.sock:/room?id=1"))
                .hasToString("ws+unix:///run/a%20b.sock:/room?id=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws+unix:run/chat.sock:/",
                "ws+unix://run/chat.sock:/",
                "ws+unix://user@/chat.sock:/",
                "ws+unix://?x",
                "ws+unix:///",
                "ws+unix:///run/:/chat",
                "ws+unix:///:/chat",
                "ws+unix:///run/chat.sock:chat",
                "ws+unix:///run/%00:/",
                "ws+unix:///run/%0A:/",
                "ws+unix:///run/%FF:/"
            })
    void whatIsNoUnixDomainSocketIsRefusedWithAnExample(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(uri.replace("user@", "***@"), "expected ws+unix:///path/of.socket:/target");
    }

    @Test
    void thePathOfAUnixDomainSocketHasAtMost106Bytes() {
        String most = "/x" + "é".repeat(52);
        assertThat(WebSocketAddress.parse("ws+unix://" + most + ":/").socketPath())
                .isEqualTo(most);
        assertThatThrownBy(() -> WebSocketAddress.parse("ws+unix://" + most + "x:/"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a socket's path of 107 bytes, expected at most 106");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws://user:secret@h:0/",
                "ws://user:secret@/",
                "ftp://user:secret@h/",
                "ws://user:secret@h/#f",
                "ws://user:secret @h/",
                "ws://user:sec@secret@h/"
            })
    void aPasswordIsNotShown(String uri) {
        assertThatThrownBy(() -> WebSocketAddress.parse(uri))
                .hasMessageNotContaining("secret")
                .hasNoCause();
    }

    @Test
    void anOriginIsSchemeHostAndPort() {
        WebSocketAddress address = WebSocketAddress.parse("ws://Host/a");
        assertThat(address.isSameOrigin(WebSocketAddress.parse("http://user@host:80/b")))
                .isTrue();
        assertThat(address.isSameOrigin(WebSocketAddress.parse("wss://host:80/a")))
                .isFalse();
        assertThat(address.isSameOrigin(WebSocketAddress.parse("ws://host:81/a")))
                .isFalse();
        assertThat(address.isSameOrigin(WebSocketAddress.parse("ws://host.example/a")))
                .isFalse();
        WebSocketAddress socket = WebSocketAddress.parse("ws+unix:///run/a.sock:/a");
        assertThat(socket.isSameOrigin(WebSocketAddress.parse("ws+unix:///run/a.sock:/b")))
                .isTrue();
        assertThat(socket.isSameOrigin(WebSocketAddress.parse("ws+unix:///run/b.sock:/a")))
                .isFalse();
        assertThat(socket.isSameOrigin(WebSocketAddress.parse("ws://localhost/a")))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "ws://user:secret@h/a?b, http://h/a?b",
        "wss://h:8443, https://h:8443/",
        "ws://[fe80::1%25lo]:81/, http://[fe80::1%25lo]:81/",
        "ws://my_host/, http://my_host/",
        "ws+unix:///run/a.sock:/b?c, http://localhost/b?c"
    })
    void theHttpUriIsThatOfAPageThere(String address, URI uri) {
        assertThat(WebSocketAddress.parse(address).httpUri()).isEqualTo(uri);
    }
}
