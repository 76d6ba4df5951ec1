package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.BlockingWebSocket;
import dev.marline.Limits;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.AddressTeller;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are forwarded by proxies: 127.0.0.1, which is trusted, and 127.0.0.2, which is not. */
class ForwardedTest {
    @TempDir
    Path folder;

    private static WebSocketServer.Builder served(WebSocketServer.Builder builder) {
        return builder.get("/who", request -> HttpResponse.text(request.client().toString()))
                .webSocket("/who", new AddressTeller());
    }

    private static WebSocketServer.Builder builder(ForwardedHeaders kind) {
        return served(WebSocketServer.builder()).host("127.0.0.1").forwarded(kind, "127.0.0.1", "10.0.0.0/8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FORWARDED   | Forwarded: for=\"192.0.2.1:4711\"           | /192.0.2.1:4711",
                "FORWARDED   | Forwarded: for=192.0.2.9, for=192.0.2.1, for=10.0.0.1 | /192.0.2.1:0",
                "X_FORWARDED | X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.1       | /192.0.2.1:0",
                "X_FORWARDED | X-Forwarded-For: 2001:db8::1                | /[2001:db8:0:0:0:0:0:1]:0",
            })
    void theAddressIsTheClients(ForwardedHeaders kind, String header, String client) {
        try (WebSocketServer server = builder(kind).start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            HttpHead page =
                    proxy.sendHead("GET /who HTTP/1.1", "Host: a", header).readHead();
            assertThat(proxy.readBody(page)).isEqualTo(client);
            assertThat(proxy.open("/who", header).readFrame().text()).isEqualTo(client);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FORWARDED   | X-Forwarded-For: 192.0.2.1",
                "X_FORWARDED | Forwarded: for=192.0.2.1",
                "FORWARDED   | Forwarded: for=unknown",
                "FORWARDED   | Forwarded: for=_hidden;proto=https",
                "X_FORWARDED | X-Forwarded-Proto: https",
            })
    void whatIsNotSaidInTheKindThatIsBelievedIsNotKnown(ForwardedHeaders kind, String header) {
        try (WebSocketServer server = builder(kind).start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            assertThat(proxy.open("/who", header).readFrame().text()).startsWith("/127.0.0.1:");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FORWARDED   | Forwarded: for=192.0.2.1;host=evil.example;proto=http",
                "FORWARDED   | Forwarded: what is this",
                "X_FORWARDED | X-Forwarded-For: 192.0.2.1",
                "X_FORWARDED | X-Forwarded-For: what is this",
            })
    void whoIsNotTrustedIsNotBelieved(ForwardedHeaders kind, String header) {
        try (WebSocketServer server = builder(kind).start();
                RawPeer stranger = RawPeer.connectFrom("127.0.0.2", server.port())) {
            assertThat(stranger.open("/who", header).readFrame().text()).startsWith("/127.0.0.2:");
        }
    }

    @Test
    void byDefaultNobodyIs() {
        try (WebSocketServer server = served(WebSocketServer.builder()).start();
                RawPeer peer = RawPeer.connect(server.port())) {
            String told = peer.open("/who", "X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1")
                    .readFrame()
                    .text();
            assertThat(told).startsWith("/127.0.0.1:");
        }
    }

    @Test
    void requestsOnOneConnectionMayComeFromSeveralClients() {
        try (WebSocketServer server = builder(ForwardedHeaders.X_FORWARDED).start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            for (String client : new String[] {"192.0.2.1", "192.0.2.2"}) {
                HttpHead page = proxy.sendHead("GET /who HTTP/1.1", "Host: a", "X-Forwarded-For: " + client)
                        .readHead();
                assertThat(proxy.readBody(page)).isEqualTo("/" + client + ":0");
            }
            HttpHead own = proxy.sendHead("GET /who HTTP/1.1", "Host: a").readHead();
            assertThat(proxy.readBody(own)).startsWith("/127.0.0.1:");
        }
    }

    @OverHttp2And3
    void streamsOfOneConnectionMayComeFromSeveralClients(HttpVersion version) {
        try (StreamServers servers = new StreamServers(
                        folder, builder -> served(builder).forwarded(ForwardedHeaders.X_FORWARDED, "127.0.0.1"));
                StreamPeer proxy = servers.connect(version)) {
            PeerStream first = proxy.openWebSocket("/who", "x-forwarded-for", "192.0.2.1");
            PeerStream second = proxy.openWebSocket("/who", "x-forwarded-for", "192.0.2.2");
            PeerStream own = proxy.openWebSocket("/who");

            assertThat(first.readFrame().text()).isEqualTo("/192.0.2.1:0");
            assertThat(second.readFrame().text()).isEqualTo("/192.0.2.2:0");
            assertThat(own.readFrame().text()).startsWith("/127.0.0.1:");
        }
    }

    @OverHttp2And3
    void aStreamCountsForItsClientWhileItIsOpen(HttpVersion version) {
        Limits limits = Limits.DEFAULT.withMaxConnectionsPerAddress(1);
        try (StreamServers servers = new StreamServers(
                        folder,
                        builder ->
                                served(builder).limits(limits).forwarded(ForwardedHeaders.X_FORWARDED, "127.0.0.1"));
                StreamPeer proxy = servers.connect(version)) {
            PeerStream first = proxy.openWebSocket("/who", "x-forwarded-for", "192.0.2.1");
            assertThat(proxy.connect("/who", "x-forwarded-for", "192.0.2.1")
                            .readHead()
                            .status())
                    .isEqualTo(503);
            proxy.openWebSocket("/who", "x-forwarded-for", "192.0.2.2");

            first.reset();
            eventually("it is gone", () -> servers.server(version).webSockets() == 1);
            eventually(
                    "there is room for its client",
                    () -> proxy.connect("/who", "x-forwarded-for", "192.0.2.1")
                                    .readHead()
                                    .status()
                            == 200);
        }
    }

    @Test
    void aWebSocketCountsForItsClientWhileItIsOpenAndAPageWhileItIsAnswered() {
        Limits limits = Limits.DEFAULT.withMaxConnectionsPerAddress(1);
        try (WebSocketServer server =
                        builder(ForwardedHeaders.X_FORWARDED).limits(limits).start();
                RawPeer pages = RawPeer.connect(server.port());
                RawPeer second = RawPeer.connect(server.port())) {
            String client = "X-Forwarded-For: 192.0.2.1";
            for (int i = 0; i < 3; i++) {
                HttpHead page =
                        pages.sendHead("GET /who HTTP/1.1", "Host: a", client).readHead();
                assertThat(pages.readBody(page)).isEqualTo("/192.0.2.1:0");
            }
            RawPeer first = openWhenThereIsRoom(server.port(), client);
            HttpHead refused =
                    second.sendHead(RawPeer.handshake("/who", client)).readHead();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(second.readBody(refused)).isEqualTo("the server has too many connections\n");
            assertThat(pages.sendHead("GET /who HTTP/1.1", "Host: a", client)
                            .readHead()
                            .status())
                    .isEqualTo(503);

            first.reset();
            eventually("it is gone", () -> server.webSockets() == 0);
            openWhenThereIsRoom(server.port(), client).close();
        }
    }

    /** What was there before counts until the server has seen that it is gone, or that it has written all of its answer. */
    private static RawPeer openWhenThereIsRoom(int port, String client) {
        AtomicReference<RawPeer> opened = new AtomicReference<>();
        eventually("there is room for its client", () -> {
            RawPeer peer = RawPeer.connect(port);
            boolean open =
                    peer.sendHead(RawPeer.handshake("/who", client)).readHead().status() == 101;
            if (open) {
                opened.set(peer);
            } else {
                peer.close();
            }
            return open;
        });
        return opened.get();
    }

    @Test
    void trustedProxiesDoNotCountForTheirOwnAddress() {
        Limits limits = Limits.DEFAULT.withMaxConnectionsPerAddress(1);
        try (WebSocketServer server =
                        builder(ForwardedHeaders.X_FORWARDED).limits(limits).start();
                RawPeer first = RawPeer.connect(server.port());
                RawPeer second = RawPeer.connect(server.port())) {
            first.open("/who", "X-Forwarded-For: 10.0.0.7");
            second.open("/who", "X-Forwarded-For: 10.0.0.7");
        }
    }

    @ParameterizedTest(name = "{1}, {2}")
    @CsvSource({
        "FORWARDED, http://shop.example, host=shop.example;proto=http",
        "FORWARDED, https://shop.example, host=shop.example;proto=https",
        "FORWARDED, https://shop.example, host=shop.example;proto=wss",
        "FORWARDED, wss://shop.example, host=shop.example;proto=https",
        "FORWARDED, wss://shop.example, host=shop.example;proto=wss",
        "FORWARDED, ws://shop.example, host=shop.example;proto=http",
        "FORWARDED, wss://shop.example, host=shop.example",
        "FORWARDED, https://shop.example:8443, 'host=\"shop.example:8443\";proto=https'",
        "FORWARDED, https://shop.example, host=shop.example",
        "FORWARDED, https://internal, proto=https",
    })
    void pagesOfTheForwardedHostMayConnect(ForwardedHeaders kind, String origin, String said) {
        assertThat(statusFor(origin, "Forwarded: for=192.0.2.1;" + said)).isEqualTo(101);
    }

    @ParameterizedTest
    @CsvSource({
        // the inner name is not what the page's address has
        "http://internal, host=shop.example;proto=http",
        "http://evil.example, host=shop.example;proto=http",
        // where the scheme is known, it is compared too
        "http://shop.example, host=shop.example;proto=https",
        "https://shop.example, host=shop.example;proto=http",
        "wss://shop.example, host=shop.example;proto=http",
        "ws://shop.example, host=shop.example;proto=https",
        "http://internal, proto=https",
    })
    void othersMayNot(String origin, String said) {
        assertThat(statusFor(origin, "Forwarded: for=192.0.2.1;" + said)).isEqualTo(403);
    }

    @Test
    void whoIsNotTrustedCannotChooseTheHost() {
        try (Logs quiet = Logs.capture();
                WebSocketServer server = builder(ForwardedHeaders.X_FORWARDED).start();
                RawPeer stranger = RawPeer.connectFrom("127.0.0.2", server.port())) {
            HttpHead refused = stranger.sendHead(
                            RawPeer.handshake("/who", "Origin: http://evil.example", "X-Forwarded-Host: evil.example"))
                    .readHead();

            assertThat(refused.status()).isEqualTo(403);
            assertThat(quiet.lines()).singleElement().asString().contains("127.0.0.2");
        }
    }

    private static int statusFor(String origin, String forwarded) {
        try (Logs quiet = Logs.capture();
                WebSocketServer server = builder(ForwardedHeaders.FORWARDED).start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            String[] lines = RawPeer.handshake("/who", "Origin: " + origin, forwarded);
            lines[1] = "Host: internal";
            int status = proxy.sendHead(lines).readHead().status();
            assertThat(quiet.lines().stream().filter(line -> line.contains("192.0.2.1")))
                    .hasSize(status == 403 ? 1 : 0);
            return status;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"for", "for=nobody", "for=192.0.2.1;host=a/b", "for=192.0.2.1;proto=\"\""})
    void garbageFromATrustedProxyIs400(String garbage) {
        try (WebSocketServer server = builder(ForwardedHeaders.FORWARDED).start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            HttpHead refused = proxy.sendHead(RawPeer.handshake("/who", "Forwarded: " + garbage))
                    .readHead();

            assertThat(refused.status()).isEqualTo(400);
            assertThat(proxy.readBody(refused)).contains("a proxy").hasLineCount(1);
        }
    }

    @Test
    void behindAHeaderOfTheProxyProtocolTheAddressInItIsTrustedOrNot() {
        try (WebSocketServer server = builder(ForwardedHeaders.X_FORWARDED)
                        .proxyProtocol("127.0.0.1")
                        .start();
                RawPeer throughProxy = RawPeer.connect(server.port());
                RawPeer direct = RawPeer.connect(server.port())) {
            throughProxy.sendRaw("PROXY TCP4 10.0.0.1 198.51.100.1 56324 443\r\n");
            direct.sendRaw("PROXY TCP4 192.0.2.2 198.51.100.1 56324 443\r\n");

            String header = "X-Forwarded-For: 192.0.2.1";
            assertThat(throughProxy.open("/who", header).readFrame().text()).isEqualTo("/192.0.2.1:0");
            assertThat(direct.open("/who", header).readFrame().text()).isEqualTo("/192.0.2.2:56324");
        }
    }

    @Test
    void aProxyOnAUnixDomainSocketIsBelievedIfItIsNamed() {
        Path path = folder.resolve("a.sock");
        String address = "ws+unix://" + path + ":/who";
        WebSocketServer.Builder believing = served(WebSocketServer.builder().listen(Listener.unix(path)));
        try (WebSocketClient proxy =
                WebSocketClient.builder().header("X-Forwarded-For", "192.0.2.1").build()) {
            try (WebSocketServer server = believing
                            .forwarded(ForwardedHeaders.X_FORWARDED, "unix")
                            .start();
                    BlockingWebSocket socket = proxy.connectBlocking(address)) {
                assertThat(socket.receive().text()).isEqualTo("/192.0.2.1:0");
                assertThat(server.webSockets()).isEqualTo(1);
            }
            try (WebSocketServer server = believing
                            .forwarded(ForwardedHeaders.X_FORWARDED, "0.0.0.0/0", "::/0")
                            .start();
                    BlockingWebSocket socket = proxy.connectBlocking(address)) {
                assertThat(socket.receive().text()).doesNotContain("192.0.2.1");
                assertThat(server.webSockets()).isEqualTo(1);
            }
        }
    }

    @Test
    void whomToTrustHasToBeSaidInAddresses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().forwarded(ForwardedHeaders.FORWARDED))
                .withMessageContaining("no address is trusted");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().forwarded(ForwardedHeaders.FORWARDED, "10.0.0.0/40"))
                .withMessageContaining("'10.0.0.0/40' is not a range of addresses");
    }
}
