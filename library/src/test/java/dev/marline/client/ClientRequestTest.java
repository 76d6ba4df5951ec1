package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.WebSocket;
import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client asks a server, and what it refuses to ask. */
class ClientRequestTest {
    private final RawPeer.Listening listening = RawPeer.listen();
    private final String address = "ws://127.0.0.1:" + listening.port();
    private final Recorder recorder = new Recorder();
    private WebSocketClient client = WebSocketClient.create();

    @AfterEach
    void close() {
        client.close();
        listening.close();
    }

    private void use(WebSocketClient.Builder builder) {
        client.close();
        client = builder.build();
    }

    private CompletableFuture<WebSocket> connect(String pathAndQuery) {
        return client.connect(address + pathAndQuery, recorder);
    }

    @Test
    void theRequestIsWhatTheRfcSays() {
        connect("/chat?room=1&x=%20");
        HttpHead request = listening.accept().readHead();

        assertThat(request.startLine()).isEqualTo("GET /chat?room=1&x=%20 HTTP/1.1");
        assertThat(request.header("Host")).isEqualTo("127.0.0.1:" + listening.port());
        assertThat(request.header("Upgrade")).isEqualTo("websocket");
        assertThat(request.header("Connection")).isEqualTo("Upgrade");
        assertThat(request.header("Sec-WebSocket-Version")).isEqualTo("13");
        assertThat(Base64.getDecoder().decode(request.header("Sec-WebSocket-Key")))
                .hasSize(16);
        assertThat(request.fields()).hasSize(5);
    }

    @Test
    void eachHandshakeHasAKeyOfItsOwn() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            connect("/");
            RawPeer peer = listening.accept();
            HttpHead request = peer.readHead();
            keys.add(request.header("Sec-WebSocket-Key"));
            peer.sendSwitching(request); // there is never more than one on its way to the same host
        }

        assertThat(keys).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "\"{0}\" is {1}")
    @CsvSource({
        "'', /",
        "/, /",
        "?q, /?q",
        "/a b, refused",
        "/%C3%A9, /%C3%A9",
        "/a?b=%2F/c?d, /a?b=%2F/c?d",
        "/#f, refused"
    })
    void pathAndQueryAreKept(String pathAndQuery, String target) {
        if (target.equals("refused")) {
            assertThatIllegalArgumentException().isThrownBy(() -> connect(pathAndQuery));
            return;
        }
        connect(pathAndQuery);

        assertThat(listening.accept().readHead().startLine()).isEqualTo("GET " + target + " HTTP/1.1");
    }

    @Test
    void ownHeadersAreSent() {
        use(WebSocketClient.builder()
                .header("Cookie", "session=17")
                .header("X-Twice", "1")
                .header("X-Twice", "2")
                .header("Origin", "https://example.com"));
        connect("/");
        HttpHead request = listening.accept().readHead();

        assertThat(request.header("cookie")).isEqualTo("session=17");
        assertThat(request.headers("X-Twice")).containsExactly("1", "2");
        assertThat(request.header("Origin")).isEqualTo("https://example.com");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "host",
                "Upgrade",
                "Connection",
                "Sec-WebSocket-Key",
                "Sec-WebSocket-Anything",
                "Content-Length",
                "Transfer-Encoding"
            })
    void theHandshakesOwnHeadersCannotBeSet(String name) {
        use(WebSocketClient.builder().header(name, "x"));

        assertThatIllegalArgumentException().isThrownBy(() -> connect("/")).withMessageContaining(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX: y", "a\nb", "a\rb", "a\0b", "\u0001"})
    void aHeaderCannotBringAnother(String value) {
        WebSocketClient.Builder builder = WebSocketClient.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.header("X", value))
                .withMessageContaining("control character");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:b", "a\r\n", "\u00e9"})
    void aHeaderHasAName(String name) {
        WebSocketClient.Builder builder = WebSocketClient.builder();

        assertThatIllegalArgumentException().isThrownBy(() -> builder.header(name, "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "", "a,b", "a\r\nX: y", "\u00e9"})
    void aSubprotocolIsAToken(String subprotocol) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketClient.builder().subprotocols(subprotocol))
                .withMessageContaining("is not a token");
    }

    @ParameterizedTest(name = "{0} is sent as {1}")
    @CsvSource({"user:pass, user:pass", "user, user:", "us%40er:p%3Ass, us@er:p:ss", "user:, user:"})
    void userinfoBecomesBasicAuthentication(String userInfo, String credentials) {
        client.connect("ws://" + userInfo + "@127.0.0.1:" + listening.port() + "/", recorder);

        HttpHead request = listening.accept().readHead();

        assertThat(request.header("Authorization"))
                .isEqualTo("Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        assertThat(request.header("Host")).isEqualTo("127.0.0.1:" + listening.port());
    }

    @Test
    void anIPv6AddressHasBrackets() throws Exception {
        try (RawPeer.Listening v6 = RawPeer.listen(
                InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 0)) {
            CompletableFuture<WebSocket> opening = client.connect("ws://[::1]:" + v6.port() + "/", recorder);
            RawPeer peer = v6.accept();
            HttpHead request = peer.readHead();
            peer.sendSwitching(request);

            assertThat(request.header("Host")).isEqualTo("[::1]:" + v6.port());
            assertThat(Ends.await(opening).isOpen()).isTrue();
        }
    }

    @Test
    void httpMeansWs() {
        CompletableFuture<WebSocket> opening = client.connect("http://localhost:" + listening.port() + "/", recorder);
        listening.accept().acceptOpening();

        assertThat(Ends.await(opening).isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws://a/#",
                "ws://a/#f",
                "ftp://a/",
                "a",
                "",
                "ws:a",
                "ws:///a",
                "ws://a:0/",
                "ws://a:99999/",
                "//a/"
            })
    void whatIsNoAddressIsRefusedAtOnce(String wrong) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.connect(wrong, recorder))
                .withMessageContaining("'" + wrong + "'");
    }
}
