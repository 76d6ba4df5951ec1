package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.HandshakeException;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Hex;
import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client says to proxies, and what it makes of their answers: scripted ones. */
class ProxiesTest {
    private static final String NAME = "server.example";

    private final RawPeer.Listening proxy = RawPeer.listen();
    private final List<String> questions = new ArrayList<>();
    private WebSocketClient client = WebSocketClient.create();

    @AfterEach
    void close() {
        client.close();
        proxy.close();
    }

    private CompletableFuture<WebSocket> connect(WebSocketClient.Builder builder) {
        client.close();
        client = builder.build();
        return client.connect("ws://" + NAME + "/chat", (socket, message) -> {});
    }

    private String address(String scheme) {
        return scheme + "127.0.0.1:" + proxy.port();
    }

    private Authenticator sailor() {
        return new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                questions.add(getRequestorType() + " " + getRequestingPrompt());
                return new PasswordAuthentication("sailor", "rope".toCharArray());
            }
        };
    }

    // ---- CONNECT

    @Test
    void connectNamesTheServerAndNoUserUnasked() {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("http://sailor:rope@")));
        HttpHead request = proxy.accept().readHead();
        assertThat(request.startLine()).isEqualTo("CONNECT " + NAME + ":80 HTTP/1.1");
        assertThat(request.header("Host")).isEqualTo(NAME + ":80");
        assertThat(request.header("Proxy-Authorization")).isNull();
        opening.cancel(false);
    }

    @Test
    void aChallengeIsAnsweredOnce() {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("http://sailor:rope@")));
        for (String expected : new String[] {null, "Basic c2FpbG9yOnJvcGU="}) {
            RawPeer peer = proxy.accept();
            assertThat(peer.readHead().header("Proxy-Authorization")).isEqualTo(expected);
            peer.sendHead("HTTP/1.1 407 Who?", "Proxy-Authenticate: Basic realm=\"x\"", "Content-Length: 0");
        }
        assertThat(failureOf(opening))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("proxy http://127.0.0.1", "ws://" + NAME, "407 Who?")
                .hasMessageNotContainingAny("sailor", "rope");
    }

    /** What the server sends behind the proxy's answer is the server's. */
    @Test
    void bytesAfterTheProxysAnswerBelongToTheServer() {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("http://")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        peer.sendRaw("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 403 Go ");
        assertThat(peer.readHead().startLine()).isEqualTo("GET /chat HTTP/1.1");
        peer.sendRaw("away\r\nContent-Length: 0\r\n\r\n");
        assertThat(failureOf(opening))
                .isInstanceOfSatisfying(
                        HandshakeException.class,
                        refused -> assertThat(refused.status()).isEqualTo(403));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "200 OK\r\nTransfer-Encoding: chunked",
                "201 Created",
                "202 Accepted\r\nContent-Length: 1000",
                "204 No Content\r\nContent-Length: 7",
                "299 Open\r\nTransfer-Encoding: chunked\r\nContent-Length: 7",
            })
    void anySuccessfulAnswerOpensTheTunnelWhateverBodyItClaims(String answer) {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("http://")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 " + answer);
        peer.acceptOpening();
        assertThat(Ends.await(opening).isOpen()).isTrue();
    }

    /** One server on a way without a proxy could otherwise ask for the proxy's password. */
    @Test
    void aServerThatSays407IsNotTheProxy() {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().authenticator(sailor()).proxy(address("http://sailor:rope@")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        peer.sendHead("HTTP/1.1 200 OK");
        assertThat(peer.readHead().startLine()).isEqualTo("GET /chat HTTP/1.1");
        peer.sendHead("HTTP/1.1 407 Who?", "Proxy-Authenticate: Basic realm=\"x\"", "Content-Length: 0");
        assertThat(failureOf(opening))
                .isInstanceOfSatisfying(
                        HandshakeException.class,
                        refused -> assertThat(refused.status()).isEqualTo(407));
        assertThat(questions).isEmpty();
    }

    @Test
    void serverAndProxyMayBothAskAndTheAuthenticatorIsAskedOnceForEach() {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().authenticator(sailor()).proxy(address("http://")));
        for (boolean known : new boolean[] {false, true}) {
            RawPeer asking = proxy.accept();
            assertThat(asking.readHead().header("Proxy-Authorization")).isNull();
            asking.sendHead("HTTP/1.1 407 Who?", "Proxy-Authenticate: Basic realm=\"gate\"", "Content-Length: 0");
            RawPeer peer = proxy.accept();
            assertThat(peer.readHead().header("Proxy-Authorization")).isEqualTo("Basic c2FpbG9yOnJvcGU=");
            peer.sendHead("HTTP/1.1 200 OK");
            HttpHead request = peer.readHead();
            assertThat(request.header("Proxy-Authorization")).isNull();
            if (known) {
                assertThat(request.header("Authorization")).isEqualTo("Basic c2FpbG9yOnJvcGU=");
                peer.sendSwitching(request);
            } else {
                peer.sendHead("HTTP/1.1 401 Who?", "WWW-Authenticate: Basic realm=\"pier\"", "Content-Length: 0");
            }
        }
        assertThat(Ends.await(opening).isOpen()).isTrue();
        assertThat(questions).containsExactly("PROXY gate", "SERVER pier");
    }

    @ParameterizedTest
    @CsvSource({
        "'NONSENSE\r\n\r\n', did not answer in HTTP",
        "'HTTP/1.1 502 Bad Gateway\r\n\r\n', 502 Bad Gateway",
        "'HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n', 302 Found",
        "'', it closed the connection"
    })
    void anyOtherAnswerIsAClearError(String answer, String why) {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().followRedirects(3).proxy(address("http://")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        peer.sendRaw(answer).close();
        assertThat(failureOf(opening))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("proxy http://127.0.0.1:" + proxy.port(), why);
    }

    @Test
    void aProxyThatDoesNotAnswerTakesNoLongerThanTheHandshakeMay() {
        CompletableFuture<WebSocket> opening = connect(
                WebSocketClient.builder().connectTimeout(Duration.ofMillis(300)).proxy(address("http://")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        assertThat(failureOf(opening)).hasMessageContaining("took longer than 300 ms");
        assertThat(peer.readToEnd()).isEmpty();
    }

    @Test
    void manyHeadersOfAProxyAreTooMany() {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("http://")));
        RawPeer peer = proxy.accept();
        peer.readHead();
        peer.sendRaw("HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(101) + "\r\n");
        assertThat(failureOf(opening)).hasMessageContaining("more than 100 headers");
    }

    // ---- SOCKS5, in the bytes of RFC 1928 and RFC 1929

    @Test
    void socksIsToldANameAndNoUserUnlessItAsks() {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().proxy(address("socks5://sailor:rope@")));
        RawPeer peer = proxy.accept();
        assertThat(peer.readBytes(4)).isEqualTo(Hex.bytes("05 02 00 02"));
        peer.sendRaw(Hex.bytes("05 00"));
        assertThat(peer.readBytes(4 + 1 + NAME.length() + 2))
                .isEqualTo(Hex.bytes("05 01 00 03 0e 7365727665722e6578616d706c65 0050"));
        peer.sendRaw(Hex.bytes("05 00 00 01 7f000001 1234"));
        peer.acceptOpening();
        assertThat(Ends.await(opening).isOpen()).isTrue();
    }

    @Test
    void socksIsToldTheUserWhenItAsksByteByByte() {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().proxy(address("socks5://sailor:rope@")));
        RawPeer peer = proxy.accept();
        peer.readBytes(4);
        peer.sendByteByByte(Hex.bytes("05 02"));
        assertThat(peer.readBytes(13)).isEqualTo(Hex.bytes("01 06 7361696c6f72 04 726f7065"));
        peer.sendByteByByte(Hex.bytes("01 00"));
        peer.readBytes(4 + 1 + NAME.length() + 2);
        peer.sendByteByByte(Hex.bytes("05 00 00 04 00000000000000000000000000000001 1234"));
        peer.acceptOpening();
        assertThat(Ends.await(opening).isOpen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ws://192.0.2.1:99/, 05 01 00 01 c0000201 0063",
        "ws://[2001:db8::1]/, 05 01 00 04 20010db8000000000000000000000001 0050"
    })
    void socksIsToldAnAddressAsOne(String server, String expected) {
        client.close();
        client = WebSocketClient.builder().proxy(address("socks5://")).build();
        CompletableFuture<WebSocket> opening = client.connect(server, (socket, message) -> {});
        RawPeer peer = proxy.accept();
        assertThat(peer.readBytes(3)).isEqualTo(Hex.bytes("05 01 00"));
        peer.sendRaw(Hex.bytes("05 00"));
        byte[] bytes = Hex.bytes(expected);
        assertThat(peer.readBytes(bytes.length)).isEqualTo(bytes);
        opening.cancel(false);
    }

    @ParameterizedTest
    @CsvSource({
        "48 54, does not speak SOCKS5",
        "04 5a, does not speak SOCKS5",
        "05 ff, user and password",
        "05 02, 'method 2, which was not offered'",
        "05 01, 'method 1, which was not offered'",
        "05 00 05 01 00 01 00000000 0000, general SOCKS server failure",
        "05 00 05 04 00 03 00 0000, host unreachable",
        "05 00 05 08 00 01 00000000 0000, address type not supported",
        "05 00 05 09 00 01 00000000 0000, reply 9",
        "05 00 05 ff 00 01 00000000 0000, reply 255",
        "05 00 05 00 00 02 00000000 0000, not one of SOCKS5",
        "05 00 04 00 00 01 00000000 0000, not one of SOCKS5",
        "05 00 05 00 00, closed the connection",
        "05, closed the connection",
        "'', closed the connection"
    })
    void whatElseSocksSaysIsAClearError(String answer, String why) {
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxy(address("socks5://")));
        RawPeer peer = proxy.accept();
        peer.readBytes(3);
        peer.sendRaw(Hex.bytes(answer)).shutDownOutput();
        assertThat(failureOf(opening))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("proxy socks5://127.0.0.1:" + proxy.port(), "ws://" + NAME, why);
    }

    @Test
    void aPasswordThatSocksCannotSendIsAClearError() {
        CompletableFuture<WebSocket> opening =
                connect(WebSocketClient.builder().proxy(address("socks5://sailor:" + "x".repeat(256) + "@")));
        RawPeer peer = proxy.accept();
        peer.readBytes(4);
        peer.sendRaw(Hex.bytes("05 02"));
        assertThat(failureOf(opening))
                .hasMessageContaining("more than 255 bytes")
                .hasMessageNotContaining("xx");
    }

    // ---- choosing

    /** Selects these, and keeps what it is told. */
    private static final class Selecting extends ProxySelector {
        private final List<Proxy> proxies;
        private final List<URI> asked = new ArrayList<>();
        private final List<String> failed = new ArrayList<>();

        Selecting(Proxy... proxies) {
            this.proxies = List.of(proxies);
        }

        @Override
        public List<Proxy> select(URI uri) {
            asked.add(uri);
            return proxies;
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException cause) {
            failed.add(uri + " " + address);
        }
    }

    private Proxy selected(Proxy.Type type) {
        return new Proxy(type, InetSocketAddress.createUnresolved("127.0.0.1", proxy.port()));
    }

    @Test
    void aSelectorIsAskedAsForAPage() {
        Selecting selector = new Selecting(selected(Proxy.Type.HTTP));
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxySelector(selector));
        assertThat(proxy.accept().readHead().startLine()).startsWith("CONNECT");
        assertThat(selector.asked).containsExactly(URI.create("http://" + NAME + "/chat"));
        opening.cancel(false);
    }

    @Test
    void theNextIsTriedWhenOneCannotBeReached() {
        Proxy nobody = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("127.0.0.2", proxy.port()));
        Selecting selector = new Selecting(nobody, selected(Proxy.Type.SOCKS));
        CompletableFuture<WebSocket> opening = connect(WebSocketClient.builder().proxySelector(selector));
        assertThat(proxy.accept().readBytes(3)).isEqualTo(Hex.bytes("05 01 00"));
        assertThat(selector.failed).hasSize(1).first().asString().contains("http://" + NAME, "127.0.0.2");
        opening.cancel(false);
    }

    @Test
    void theLastThatCannotBeReachedIsNamed() {
        Proxy nobody = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("127.0.0.2", proxy.port()));
        assertThat(failureOf(connect(WebSocketClient.builder().proxySelector(new Selecting(nobody)))))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("cannot connect to proxy http://127.0.0.2", "refused");
    }

    @Test
    void oneThatIsDirectOrNothingGoesStraight() {
        for (Proxy[] none : new Proxy[][] {{Proxy.NO_PROXY}, {}}) {
            client.close();
            client =
                    WebSocketClient.builder().proxySelector(new Selecting(none)).build();
            CompletableFuture<WebSocket> opening =
                    client.connect("ws://127.0.0.1:" + proxy.port() + "/chat", (socket, message) -> {});
            proxy.accept().acceptOpening();
            assertThat(Ends.await(opening).isOpen()).isTrue();
        }
    }

    @Test
    void http3GoesThroughNone() {
        client.close();
        client = Speaking.client(HttpVersion.HTTP_3).proxy(address("http://")).build();
        assertThat(failureOf(client.connect("wss://localhost:1/", (socket, message) -> {})))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("HTTP/3", "proxy http://127.0.0.1:" + proxy.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost:3128", "ftp://localhost", "http://user:secret@"})
    void whatIsNoProxyIsRefusedAtOnce(String address) {
        assertThatThrownBy(() -> WebSocketClient.builder().proxy(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }
}
