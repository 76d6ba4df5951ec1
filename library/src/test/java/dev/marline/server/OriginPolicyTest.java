package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginPolicyTest {
    private static WebSocketServer server;
    private static Logs quiet;

    @BeforeAll
    static void start() {
        quiet = Logs.capture();
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .allowOrigins("https://allowed.example", "http://localhost:8000")
                .webSocket("/ws", new Recorder())
                .webSocket("/own", WebSocketRoute.listener(new Recorder()).allowOrigins("https://only.example"))
                .webSocket("/any", WebSocketRoute.listener(new Recorder()).allowAnyOrigin())
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
        quiet.close();
    }

    private record Answer(int status, String body) {}

    private static Answer connect(String path, String host, String... origins) {
        String[] lines = RawPeer.handshake(
                path,
                List.of(origins).stream().map(origin -> "Origin: " + origin).toArray(String[]::new));
        lines[1] = "Host: " + host;
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead(lines).readHead();
            return new Answer(head.status(), head.status() == 101 ? "" : peer.readBody(head));
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @CsvSource({
        "http://example.com, example.com",
        "http://example.com, example.com:80",
        "http://example.com:80, example.com",
        "http://EXAMPLE.com, example.COM",
        "https://example.com, example.com", // TLS may end at a proxy
        "https://example.com, example.com:443",
        "http://example.com:8080, example.com:8080",
        "http://[::1]:8080, [::1]:8080",
        "http://a_b, a_b",
        "ws://example.com, example.com",
        "wss://example.com, example.com:443",
    })
    void pagesOfTheSameOriginMay(String origin, String host) {
        assertThat(connect("/ws", host, origin).status()).isEqualTo(101);
    }

    @ParameterizedTest(name = "{0} to {1}")
    @CsvSource({
        "http://evil.example, example.com",
        "http://example.com.evil.example, example.com",
        "http://example.com:8081, example.com:8080",
        "http://example.com, example.com:8080",
        "https://example.com, example.com:80",
        "http://example.com, example.com:443",
        "http://sub.example.com, example.com",
        "http://allowed.example, example.com", // another scheme than the one that is allowed
        "https://allowed.example:444, example.com",
        "http://localhost, example.com",
        "http://example.com, wss.example.com",
    })
    void pagesOfOthersMayNotAndAreToldWhatWouldAllowThem(String origin, String host) {
        try (Logs logs = Logs.capture()) {
            Answer answer = connect("/ws", host, origin);

            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).contains(origin, host, ".allowOrigins(\"" + origin + "\")");
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains(".allowOrigins(\"" + origin + "\")", "/ws", "127.0.0.1");
        }
    }

    @Test
    void theLineInTheBodyAllowsWhatWasRefused() {
        String line = connect("/ws", "a", "https://new.example:8443/").body();
        assertThat(line).doesNotContain(".allowOrigins(\"https://new.example:8443\")"); // a slash makes it no origin

        String named = connect("/ws", "a", "https://New.example:8443").body();

        assertThat(named).contains(".allowOrigins(\"https://new.example:8443\")");
        try (WebSocketServer other = WebSocketServer.builder()
                        .allowOrigins("https://new.example:8443")
                        .webSocket("/", new Recorder())
                        .start();
                RawPeer peer = RawPeer.connect(other.port())) {
            peer.open("/", "Origin: https://New.example:8443");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "", "file://", "example.com", "https://a b", "https://example.com/path", "*"})
    void whatIsNoOriginIsRefused(String origin) {
        Answer answer = connect("/ws", "example.com", origin);

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).contains("[" + origin + "]", ".allowAnyOrigin()");
    }

    @Test
    void twoOriginsAreRefused() {
        assertThat(connect("/ws", "a", "http://a", "http://a").status()).isEqualTo(403);
    }

    @Test
    void noOriginIsNoBrowserAndMay() {
        assertThat(connect("/ws", "example.com").status()).isEqualTo(101);
    }

    @Test
    void whatWasAllowedMay() {
        assertThat(connect("/ws", "example.com", "https://allowed.example").status())
                .isEqualTo(101);
        assertThat(connect("/ws", "example.com", "https://allowed.example:443").status())
                .isEqualTo(101);
        assertThat(connect("/ws", "example.com", "http://localhost:8000").status())
                .isEqualTo(101);
    }

    @Test
    void webSocketSchemesCountAsThoseOfHttp() {
        assertThat(connect("/ws", "example.com", "wss://allowed.example").status())
                .isEqualTo(101);
        assertThat(connect("/ws", "example.com", "ws://localhost:8000").status())
                .isEqualTo(101);
        try (Logs logs = Logs.capture()) {
            assertThat(connect("/ws", "example.com", "ws://allowed.example").status())
                    .isEqualTo(403);
            assertThat(logs.lines()).singleElement().asString().contains(".allowOrigins(\"http://allowed.example\")");
        }
        try (WebSocketServer other = WebSocketServer.builder()
                        .allowOrigins("wss://native.example")
                        .webSocket("/", new Recorder())
                        .start();
                RawPeer page = RawPeer.connect(other.port());
                RawPeer program = RawPeer.connect(other.port())) {
            page.open("/", "Origin: https://native.example");
            program.open("/", "Origin: wss://native.example:443");
        }
    }

    @Test
    void aRouteMayHaveAPolicyOfItsOwn() {
        assertThat(connect("/own", "example.com", "https://only.example").status())
                .isEqualTo(101);
        assertThat(connect("/own", "example.com", "https://allowed.example").status())
                .isEqualTo(403);
        assertThat(connect("/own", "example.com", "https://example.com").status())
                .isEqualTo(101);
        assertThat(connect("/any", "example.com", "https://whoever.example").status())
                .isEqualTo(101);
        assertThat(connect("/any", "example.com", "null").status()).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "null", "*", "https://example.com/", "https://*.example.com", ""})
    void onlyOriginsCanBeAllowed(String origin) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().allowOrigins(origin))
                .withMessageContaining("'" + origin + "' is not an origin");
    }
}
