package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.BlockingWebSocket;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Certificates;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Patience;
import dev.marline.testing.RawPeer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server listens on. */
class ListenersTest {
    @TempDir
    private Path folder;

    private static WebSocketServer.Builder echo() {
        return WebSocketServer.builder()
                .threads(1)
                .webSocket("/echo", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.text("page"));
    }

    private static void assertThatItEchoes(WebSocketClient client, String address) {
        try (BlockingWebSocket socket = client.connectBlocking(address)) {
            socket.send("hello");
            assertThat(socket.receive(Duration.ofSeconds(Patience.SECONDS))
                            .orElseThrow()
                            .text())
                    .isEqualTo("hello");
        }
    }

    private static void assertThatItEchoes(String address) {
        try (WebSocketClient client = WebSocketClient.create()) {
            assertThatItEchoes(client, address);
        }
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    @Test
    void oneServerListensOnSeveral() {
        Path path = folder.resolve("a.sock");
        try (WebSocketServer server = echo().listen(Listener.unix(path), Listener.tcp("127.0.0.1", 0))
                .listen(Listener.tcp("::1", 0))
                .start()) {
            List<SocketAddress> addresses = server.addresses();
            assertThat(addresses).hasSize(3).startsWith(UnixDomainSocketAddress.of(path));
            assertThat(addresses.get(1)).hasToString("/127.0.0.1:" + server.port());
            assertThat(addresses.get(2)).hasToString("/[0:0:0:0:0:0:0:1]:" + port(addresses.get(2)));
            assertThatItEchoes("ws+unix://" + path + ":/echo");
            assertThatItEchoes("ws://127.0.0.1:" + server.port() + "/echo");
            assertThatItEchoes("ws://[::1]:" + port(addresses.get(2)) + "/echo");
        }
    }

    @Test
    void someSpeakClearTextOnAServerThatHasTls() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        try (WebSocketServer server = echo().listen(
                                Listener.tcp("localhost", 0),
                                Listener.tcp("127.0.0.1", 0).clearText())
                        .tls(certificates.certificate(), certificates.key())
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .trust(certificates.certificate())
                        .build()) {
            int plain = port(server.addresses().get(server.addresses().size() - 1));
            assertThat(server.isSecure()).isTrue();
            assertThatItEchoes(client, "wss://localhost:" + server.port() + "/echo");
            assertThatItEchoes(client, "ws://127.0.0.1:" + plain + "/echo");
            assertThatThrownBy(() -> client.connectBlocking("wss://localhost:" + plain + "/echo"))
                    .hasMessageContaining("does not speak TLS");
        }
    }

    @Test
    void http3IsSpokenAndAnnouncedWhereThereIsTls() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        try (WebSocketServer server = echo().listen(
                                Listener.tcp("127.0.0.1", 0).clearText(),
                                Listener.tcp("localhost", 0),
                                Listener.tcp("localhost", 0))
                        .tls(certificates.certificate(), certificates.key())
                        .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_3)
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .trust(certificates.certificate())
                        .http(HttpVersion.HTTP_3)
                        .build();
                RawPeer plain = RawPeer.connect(server.port())) {
            Set<Integer> secure = new HashSet<>();
            server.addresses().subList(1, server.addresses().size()).forEach(address -> secure.add(port(address)));
            assertThat(secure).hasSize(2);
            for (int port : secure) {
                assertThatItEchoes(client, "wss://localhost:" + port + "/echo");
                try (RawPeer peer = RawPeer.connect(port, certificates.context())) {
                    HttpHead page = peer.sendHead("GET /page HTTP/1.1", "Host: localhost")
                            .readHead();
                    assertThat(page.header("Alt-Svc")).isEqualTo("h3=\":" + port + "\"; ma=86400");
                }
            }
            HttpHead page =
                    plain.sendHead("GET /page HTTP/1.1", "Host: localhost").readHead();
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.headers("Alt-Svc")).isEmpty();
        }
    }

    @Test
    void aListenerThatHasNoneOfTheVersionsIsRefused() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        Path path = folder.resolve("a.sock");
        assertThatThrownBy(() -> echo().listen(Listener.unix(path))
                        .tls(certificates.certificate(), certificates.key())
                        .http(HttpVersion.HTTP_3)
                        .start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HTTP/3 alone is spoken, which unix:" + path + " has not");
    }

    @Test
    void theShortFormAndTheLongOneDoNotGoTogether() {
        assertThatThrownBy(() -> echo().host("localhost")
                        .port(8080)
                        .listen(Listener.tcp(8081))
                        .start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("port and host do not go together with listen: "
                        + "write .listen(Listener.tcp(\"localhost\", 8080)), too");
        assertThatThrownBy(() -> echo().port(8080).listen(Listener.tcp(8081)).start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(".listen(Listener.tcp(8080)), too");
    }

    @Test
    void aServerWithoutATcpPortHasNone() {
        Path path = folder.resolve("a.sock");
        try (WebSocketServer server = echo().listen(Listener.unix(path)).start()) {
            assertThatThrownBy(server::port)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the server has no TCP port, but [" + path + "]");
        }
    }

    @Test
    void aListenerIsRefusedWhatItCannotBe() {
        Listener unix = Listener.unix(Path.of("/a.sock"));
        assertThatThrownBy(() -> Listener.tcp(65536))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("port is 65536, expected 0 to 65535");
        assertThatThrownBy(() -> Listener.unix(Path.of(""))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Listener.unix(Path.of("/"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(unix::reusePort)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("reusePort is for TCP ports, not for unix:/a.sock");
        assertThatThrownBy(() -> unix.permissions("660"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'660' are no permissions, expected something like rw-rw----");
        assertThatThrownBy(() -> Listener.tcp("::1", 1).permissions("rw-rw----"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("permissions are for Unix domain sockets, not for [::1]:1");
        assertThatThrownBy(() -> unix.backlog(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Listener.inherited().backlog(1)).isInstanceOf(IllegalStateException.class);
    }

    // ---- IPv6

    /** Each transport with each way to say all addresses. */
    static Stream<Arguments> everywhere() {
        return UnixSocketTest.available()
                .flatMap(transport -> Stream.of(Listener.tcp(0), Listener.tcp("::", 0), Listener.tcp("0.0.0.0", 0))
                        .map(all -> Arguments.of(transport, all)));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void allAddressesAreThoseOfBothFamilies(Transport transport, Listener all) {
        try (WebSocketServer server = echo().transport(transport).listen(all).start();
                WebSocketClient client =
                        WebSocketClient.builder().transport(transport).build()) {
            assertThatItEchoes(client, "ws://127.0.0.1:" + server.port() + "/echo");
            assertThatItEchoes(client, "ws://[::1]:" + server.port() + "/echo");
        }
    }

    @Test
    void http3TooIsSpokenOnTheAddressesOfBothFamilies() {
        Certificates certificates = new Certificates(folder, "ip:127.0.0.1,ip:::1");
        try (WebSocketServer server = echo().listen(Listener.tcp(0))
                        .tls(certificates.certificate(), certificates.key())
                        .http(HttpVersion.HTTP_3)
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .trust(certificates.certificate())
                        .http(HttpVersion.HTTP_3)
                        .build()) {
            assertThatItEchoes(client, "wss://127.0.0.1:" + server.port() + "/echo");
            assertThatItEchoes(client, "wss://[::1]:" + server.port() + "/echo");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]", "::1%lo"})
    void anIpv6AddressMayStandInBracketsAndHaveAZone(String address) {
        try (WebSocketServer server = echo().listen(Listener.tcp(address, 0)).start()) {
            assertThatItEchoes("ws://[::1]:" + server.port() + "/echo");
            assertThatItEchoes("ws://[::1%25lo]:" + server.port() + "/echo"); // RFC 6874 §2
            assertThatThrownBy(() -> assertThatItEchoes("ws://127.0.0.1:" + server.port() + "/echo"))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("Connection refused");
        }
    }

    // ---- several sockets on a port

    @ParameterizedTest
    @MethodSource("dev.marline.server.UnixSocketTest#available")
    void severalServersShareAPortIfAllOfThemSaySo(Transport transport) {
        Listener first = Listener.tcp("127.0.0.1", 0).reusePort();
        try (WebSocketServer one = echo().transport(transport).listen(first).start();
                WebSocketServer other = echo().transport(transport)
                        .listen(Listener.tcp("127.0.0.1", one.port()).reusePort())
                        .start();
                WebSocketClient client = WebSocketClient.create()) {
            List<BlockingWebSocket> sockets = new ArrayList<>();
            // The system spreads them by their port: that all of 200 go to one has a chance of 2 to the -199th.
            for (int i = 0; i < 200; i++) {
                sockets.add(client.connectBlocking("ws://127.0.0.1:" + one.port() + "/echo"));
            }
            assertThat(one.webSockets()).isPositive();
            assertThat(other.webSockets()).isPositive();
            assertThat(one.webSockets() + other.webSockets()).isEqualTo(200);
            sockets.forEach(BlockingWebSocket::close);
        }
    }

    @Test
    void aPortIsNotSharedWithOneThatDoesNotSaySo() {
        try (WebSocketServer one =
                echo().listen(Listener.tcp("127.0.0.1", 0).reusePort()).start()) {
            Listener same = Listener.tcp("127.0.0.1", one.port());
            assertThatThrownBy(() -> echo().listen(same).start())
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageMatching("cannot listen on 127.0.0.1:" + one.port() + ": .*already in use");
        }
    }

    @Test
    void http3SharesThePortToo() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        Function<Listener, WebSocketServer> start =
                listener -> echo().tls(certificates.certificate(), certificates.key())
                        .http(HttpVersion.HTTP_2, HttpVersion.HTTP_3)
                        .listen(listener.reusePort())
                        .start();
        try (WebSocketServer one = start.apply(Listener.tcp("127.0.0.1", 0));
                WebSocketServer other = start.apply(Listener.tcp("127.0.0.1", one.port()))) {
            assertThat(other.port()).isEqualTo(one.port());
        }
    }
}
