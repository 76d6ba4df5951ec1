package dev.marline.transport.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyAddressTest {
    @ParameterizedTest
    @CsvSource({
        "http://proxy:3128, HTTP, proxy, 3128, http://proxy:3128",
        "HTTP://proxy, HTTP, proxy, 80, http://proxy:80",
        "http://proxy:3128/, HTTP, proxy, 3128, http://proxy:3128",
        "https://proxy, HTTPS, proxy, 443, https://proxy:443",
        "socks5://proxy, SOCKS5, proxy, 1080, socks5://proxy:1080",
        "socks5h://proxy:80, SOCKS5, proxy, 80, socks5://proxy:80",
        "socks5://[::1], SOCKS5, ::1, 1080, socks5://[::1]:1080",
        "http://[::1]:99, HTTP, ::1, 99, http://[::1]:99"
    })
    void anAddressIsTakenApart(String address, ProxyAddress.Kind kind, String host, int port, String shown) {
        ProxyAddress proxy = ProxyAddress.parse(address);
        assertThat(proxy).isEqualTo(new ProxyAddress(kind, host, port, null)).hasToString(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "http://sailor:rope@proxy, sailor, rope",
        "socks5://sailor@proxy, sailor, ''",
        "https://s%40ilor:r%3Ape%2F@proxy:1, s@ilor, r:pe/",
        "socks5://user1:1080@proxy, user1, 1080"
    })
    void theUserIsDecodedAndNotShown(String address, String user, String password) {
        ProxyAddress proxy = ProxyAddress.parse(address);
        assertThat(proxy.user().getUserName()).isEqualTo(user);
        assertThat(proxy.user().getPassword()).isEqualTo(password.toCharArray());
        assertThat(proxy.toString()).doesNotContain("@");
    }

    @Test
    void aPasswordOfDigitsIsNoPort() {
        assertThat(ProxyAddress.parse("socks5://user:99@proxy").port()).isEqualTo(1080);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy:3128",
                "ftp://user:secret@proxy",
                "socks4://user:secret@proxy",
                "ws://user:secret@proxy",
                "http://",
                "http://user:secret@",
                "http://user:secret@proxy:0",
                "http://user:secret@proxy:99999",
                "http://user:secret@proxy/path",
                "http://user:secret@proxy?query",
                "http://user:sec ret secret@proxy",
                "user:secret@proxy",
                "http://user:se/secret@proxy",
                "http://user:secret@pro xy\r\n"
            })
    void whatIsNoneIsRefused(String address) {
        assertThatThrownBy(() -> ProxyAddress.parse(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected http://host:port, https://host:port or socks5://host:port")
                .hasMessageNotContaining("secret")
                .message()
                .matches("[\\x20-\\x7E]+");
    }
}
