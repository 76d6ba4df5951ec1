package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.client.ProxyAddress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proxies that environment variables name. */
class ProxyEnvironmentTest {
    private static final String NONE = "none";

    private static String proxy(String address, String... variables) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return new ProxyEnvironment(environment)
                .to(WebSocketAddress.parse(address)).stream()
                        .map(proxy -> proxy.map(ProxyAddress::toString).orElse(NONE))
                        .findFirst()
                        .orElseThrow();
    }

    private static String withoutProxy(String exceptions, String address) {
        return proxy(address, "all_proxy", "http://proxy:3128", "NO_PROXY", exceptions);
    }

    @Test
    void withoutVariablesThereIsNone() {
        assertThat(proxy("ws://h/")).isEqualTo(NONE);
        assertThat(proxy("ws://h/", "http_proxy", "", "ALL_PROXY", " ")).isEqualTo(NONE);
    }

    @Test
    void wsTakesThatOfHttpAndWssThatOfHttps() {
        String[] both = {"HTTP_PROXY", "http://plain:1", "HTTPS_PROXY", "http://secure:2"};
        assertThat(proxy("ws://h/", both)).isEqualTo("http://plain:1");
        assertThat(proxy("wss://h/", both)).isEqualTo("http://secure:2");
        assertThat(proxy("wss://h/", "HTTP_PROXY", "http://plain:1")).isEqualTo(NONE);
        assertThat(proxy("ws://h/", "https_proxy", "http://secure:1")).isEqualTo(NONE);
    }

    @Test
    void itsOwnComesFirstAndThatForAllLast() {
        assertThat(proxy("ws://h/", "ws_proxy", "a:1", "http_proxy", "b:1", "all_proxy", "c:1"))
                .isEqualTo("http://a:1");
        assertThat(proxy("wss://h/", "WSS_PROXY", "a:1", "https_proxy", "b:1")).isEqualTo("http://a:1");
        assertThat(proxy("ws://h/", "ALL_PROXY", "socks5h://c")).isEqualTo("socks5://c:1080");
        assertThat(proxy("wss://h/", "https_proxy", "", "all_proxy", "c:1")).isEqualTo("http://c:1");
    }

    @Test
    void smallLettersComeFirst() {
        assertThat(proxy("ws://h/", "http_proxy", "small:1", "HTTP_PROXY", "large:1"))
                .isEqualTo("http://small:1");
        assertThat(proxy("ws://h/", "http_proxy", "", "HTTP_PROXY", "large:1")).isEqualTo("http://large:1");
        assertThat(proxy("ws://h/", "http_proxy", "p:1", "no_proxy", "other", "NO_PROXY", "h"))
                .isEqualTo("http://p:1");
    }

    /** CVE-2016-5385 and its kin: to a CGI script, HTTP_PROXY is a header of the request. */
    @Test
    void aClientsHeaderIsNoProxy() {
        assertThat(proxy("ws://h/", "HTTP_PROXY", "evil:1", "REQUEST_METHOD", "GET"))
                .isEqualTo(NONE);
        assertThat(proxy("ws://h/", "http_proxy", "ours:1", "REQUEST_METHOD", "GET"))
                .isEqualTo("http://ours:1");
        assertThat(proxy("wss://h/", "HTTPS_PROXY", "ours:1", "REQUEST_METHOD", "GET"))
                .isEqualTo("http://ours:1");
    }

    @Test
    void aVariableThatMakesNoSenseIsAClearError() {
        assertThatThrownBy(() -> proxy("ws://h/", "HTTP_PROXY", "http://user:secret@:80"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("environment's http_proxy", "expected http://host:port")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "*, ws://anything/",
        "example.com, ws://example.com/",
        "example.com, wss://example.com:8443/",
        "example.com, ws://www.EXAMPLE.com/",
        "EXAMPLE.com, ws://a.b.example.com/",
        ".example.com, ws://www.example.com/",
        ".example.com, ws://example.com/",
        "*.example.com, ws://www.example.com/",
        "example.com., ws://example.com/",
        "example.com, ws://example.com./",
        "example.com:8080, ws://www.example.com:8080/",
        "example.com:443, wss://example.com/",
        "'a, b,example.com', ws://example.com/",
        "'a b\texample.com', ws://example.com/",
        "127.0.0.1, ws://127.0.0.1:99/",
        "127.0.0.1:99, ws://127.0.0.1:99/",
        "10.0.0.0/8, ws://10.250.3.4/",
        "192.168.4.0/23, ws://192.168.5.9/",
        "192.168.4.1/32, ws://192.168.4.1/",
        "0.0.0.0/0, ws://1.2.3.4/",
        "::1, ws://[::1]/",
        "[::1], ws://[::1]/",
        "[::1]:99, ws://[0:0:0:0:0:0:0:1]:99/",
        "fd00::/8, ws://[fdaa::5]/",
        "2001:db8::/33, ws://[2001:db8:7fff::1]/"
    })
    void anExceptionMatches(String exceptions, String address) {
        assertThat(withoutProxy(exceptions, address)).isEqualTo(NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "'', ws://example.com/",
        "',', ws://example.com/",
        "., ws://example.com/",
        "example.com, ws://badexample.com/",
        "example.com, ws://example.com.evil.net/",
        "www.example.com, ws://example.com/",
        "example.com:8080, ws://example.com/",
        "com:80x, ws://example.com/",
        "0.0.1, ws://127.0.0.1/",
        "127.0.0.1:98, ws://127.0.0.1:99/",
        "10.0.0.0/8, ws://11.0.0.1/",
        "10.0.0.0/8, ws://10.example.com/",
        "192.168.4.0/23, ws://192.168.6.1/",
        "10.0.0.0/33, ws://10.0.0.0/",
        "10.0.0.0/x, ws://10.0.0.0/",
        "10.0.0.0/, ws://10.0.0.0/",
        "fd00::/8, ws://10.0.0.1/",
        "2001:db8::/33, ws://[2001:db8:8000::1]/",
        "::1, ws://[::2]/",
        "::1, ws://h/"
    })
    void anExceptionDoesNotMatch(String exceptions, String address) {
        assertThat(withoutProxy(exceptions, address)).isEqualTo("http://proxy:3128");
    }
}
