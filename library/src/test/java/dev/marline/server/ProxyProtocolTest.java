package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.Limits;
import dev.marline.protocol.Role;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.testing.AddressTeller;
import dev.marline.testing.Certificates;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PROXY protocol, from 127.0.0.1, which is trusted, and from 127.0.0.2, which is not. */
class ProxyProtocolTest {
    private static final String CLIENT = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";

    private static final String SIGNATURE = "0d0a0d0a 000d0a51 5549540a";

    @TempDir
    Path folder;

    private static WebSocketServer.Builder builder() {
        return WebSocketServer.builder()
                .host("localhost")
                .proxyProtocol("127.0.0.1", "::1")
                .get("/who", request -> HttpResponse.text(request.client().toString()))
                .webSocket("/who", new AddressTeller())
                .webSocket("/echo", (socket, message) -> socket.send(message));
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Whom a server takes a client for that begins so. */
    private static String clientAfter(byte[] header) {
        try (WebSocketServer server = builder().start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            String told = proxy.sendRaw(header).open("/who").readFrame().text();
            try (RawPeer again = RawPeer.connect(server.port())) {
                HttpHead page = again.sendRaw(header)
                        .sendHead("GET /who HTTP/1.1", "Host: a")
                        .readHead();
                String client = again.readBody(page);
                assertThat(client.replaceFirst(":[0-9]+$", "")).isEqualTo(told.replaceFirst(":[0-9]+$", ""));
            }
            return told;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443, /192.0.2.1:56324",
        "PROXY TCP6 2001:db8::7 2001:db8::1 1 65535, /[2001:db8:0:0:0:0:0:7]:1",
        "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 56324 443, /192.0.2.1:56324",
    })
    void aHeaderOfVersion1NamesTheClient(String header, String client) {
        assertThat(clientAfter(bytes(header + "\r\n"))).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource({
        // PROXY, TCP over IPv4, 12 bytes
        "21 11 000c c0000201 c6336401 dc04 01bb, /192.0.2.1:56324",
        // TCP over IPv6, 36 bytes
        "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 01bb, /[2001:db8:0:0:0:0:0:7]:56324",
        // and more: PP2_TYPE_NOOP, a checksum that nobody looks at, PP2_TYPE_SSL with a version in it
        "21 11 002c c0000201 c6336401 dc04 01bb  04 0003 000000  03 0004 deadbeef  20 000d 01 00000000 21 0005 544c5376 31 04 0000, /192.0.2.1:56324",
    })
    void aHeaderOfVersion2NamesTheClient(String afterSignature, String client) {
        assertThat(clientAfter(Hex.bytes((SIGNATURE + afterSignature).replace(" ", ""))))
                .isEqualTo(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // LOCAL: without addresses, and with some that are to be ignored
                "20 00 0000",
                "20 11 000c c0000201 c6336401 dc04 01bb",
                // AF_UNSPEC
                "21 00 0000",
                // UDP over IPv4
                "21 12 000c c0000201 c6336401 dc04 01bb",
            })
    void aProxyThatConnectsForItselfIsTheClient(String afterSignature) {
        assertThat(clientAfter(Hex.bytes((SIGNATURE + afterSignature).replace(" ", ""))))
                .startsWith("/127.0.0.1:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"})
    void aProxyThatDoesNotKnowItsClientIsTheClient(String header) {
        assertThat(clientAfter(bytes(header))).startsWith("/127.0.0.1:");
    }

    @Test
    void whatFollowsTheHeaderInTheSameSegmentIsTheRequestAndItsFrames() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(bytes(CLIENT + String.join("\r\n", RawPeer.handshake("/echo")) + "\r\n\r\n"));
        all.writeBytes(Frame.text("early").encode(Role.CLIENT));
        try (WebSocketServer server = builder().start();
                RawPeer atOnce = RawPeer.connect(server.port());
                RawPeer slowly = RawPeer.connect(server.port())) {
            atOnce.sendRaw(all.toByteArray());
            slowly.sendByteByByte(all.toByteArray());

            for (RawPeer peer : Arrays.asList(atOnce, slowly)) {
                assertThat(peer.readHead().status()).isEqualTo(101);
                assertThat(peer.readFrame()).isEqualTo(Frame.text("early"));
            }
        }
    }

    @Test
    void theHeaderComesBeforeTls() {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        try (WebSocketServer server = builder()
                        .tls(certificates.certificate(), certificates.key())
                        .start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            RawPeer client = proxy.sendRaw(CLIENT).startTls(certificates.context());

            assertThat(client.open("/who").readFrame().text()).isEqualTo("/192.0.2.1:56324");
        }
    }

    @Test
    void fromElsewhereAHeaderIsABadRequestAndNoneIsNeeded() {
        try (WebSocketServer server = builder().start();
                RawPeer first = RawPeer.connectFrom("127.0.0.2", server.port());
                RawPeer second = RawPeer.connectFrom("127.0.0.2", server.port());
                RawPeer stranger = RawPeer.connectFrom("127.0.0.2", server.port())) {
            HttpHead text = first.sendRaw(CLIENT)
                    .sendHead("GET /who HTTP/1.1", "Host: a")
                    .readHead();
            HttpHead binary = second.sendRaw(
                            Hex.bytes((SIGNATURE + "21 11 000c c0000201 c6336401 dc04 01bb").replace(" ", "")))
                    .sendHead("GET /who HTTP/1.1", "Host: a")
                    .readHead();

            assertThat(text.status()).isEqualTo(400);
            assertThat(binary.status()).isEqualTo(400);
            assertThat(stranger.open("/who").readFrame().text()).startsWith("/127.0.0.2:");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /who HTTP/1.1\r\nHost: a\r\n\r\n",
                "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
                "PROXY TCP4 192.0.2.256 198.51.100.1 56324 443\r\n",
                "PROXY TCP4 localhost 198.51.100.1 56324 443\r\n",
                "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n",
                "PROXY TCP9 192.0.2.1 198.51.100.1 56324 443\r\n",
                "proxy TCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
                "PROXY UNKNOWN and then more bytes than the specification allows in a line that has no end "
                        + "before the hundred and eighth",
                // versions that are none
                "\r\n\r\n\u0000\r\nQUIT\n1\u0011\u0000\u000c............",
                "\r\n\r\n\u0000\r\nQUIT\n\u00ff\u0011\u0000\u000c............",
                // more than may follow the addresses
                "\r\n\r\n\u0000\r\nQUIT\n!\u0011\u00ff\u00ff",
            })
    void aTrustedProxyThatBeginsOtherwiseIsHungUpOnAndTheLogSaysSo(String begin) {
        String more = begin.endsWith("\u00ff\u00ff") ? ".".repeat(5000) : "";
        try (Logs logs = Logs.capture();
                WebSocketServer server = builder().start();
                RawPeer proxy = RawPeer.connect(server.port())) {
            proxy.sendRaw(begin + more);

            proxy.isReset(); // or ended: it is gone
            eventually("it is logged", () -> !logs.lines().isEmpty());
            assertThat(logs.lines().peek())
                    .startsWith("WARNING")
                    .contains("127.0.0.1", "is trusted to begin with a header of the PROXY protocol, and has not");
            eventually("it is gone", () -> server.connections() == 0);
        }
    }

    @Test
    void aHeaderThatDoesNotComeInTimeEndsTheConnection() {
        try (WebSocketServer server = builder()
                        .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofMillis(200)))
                        .start();
                RawPeer silent = RawPeer.connect(server.port());
                RawPeer slow = RawPeer.connect(server.port())) {
            slow.sendRaw("PROXY TCP4 192.0");

            assertThat(silent.readToEnd()).isEmpty();
            assertThat(slow.readToEnd()).isEmpty();
        }
    }

    @Test
    void theLimitForAnAddressCountsTheClientAndNotTheProxy() {
        Limits limits = Limits.DEFAULT.withMaxConnectionsPerAddress(2);
        try (WebSocketServer server = builder().limits(limits).start();
                RawPeer first = connect(server, "192.0.2.1");
                RawPeer second = connect(server, "192.0.2.1");
                RawPeer third = connect(server, "192.0.2.1");
                RawPeer other = connect(server, "192.0.2.2")) {
            first.open("/who");
            second.open("/who");
            HttpHead refused = third.sendHead(RawPeer.handshake("/who")).readHead();
            other.open("/who");

            assertThat(refused.status()).isEqualTo(503);
            assertThat(third.readBody(refused)).isEqualTo("the server has too many connections\n");
            third.reset();
            first.reset();
            eventually("two are left", () -> server.connections() == 2);
            try (RawPeer again = connect(server, "192.0.2.1")) {
                again.open("/who");
            }
        }
    }

    private static RawPeer connect(WebSocketServer server, String client) {
        return RawPeer.connect(server.port()).sendRaw("PROXY TCP4 " + client + " 198.51.100.1 56324 443\r\n");
    }

    @Test
    void aServerThatClosesDoesNotWaitForHeaders() {
        WebSocketServer server = builder().start();
        try (RawPeer proxy = RawPeer.connect(server.port())) {
            eventually("it is there", () -> server.connections() == 1);
            server.close(Duration.ofSeconds(10));

            assertThat(proxy.readToEnd()).isEmpty();
        }
    }

    @Test
    void onAUnixDomainSocketToo() throws IOException {
        Path path = folder.resolve("a.sock");
        try (WebSocketServer server = WebSocketServer.builder()
                        .listen(Listener.unix(path))
                        .proxyProtocol("unix")
                        .get(
                                "/who",
                                request -> HttpResponse.text(request.client().toString()))
                        .start();
                SocketChannel proxy = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(server.connections()).isLessThan(2);
            proxy.write(ByteBuffer.wrap(bytes(CLIENT + "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
            proxy.shutdownOutput();
            byte[] answer = Channels.newInputStream(proxy).readAllBytes();
            assertThat(new String(answer, StandardCharsets.ISO_8859_1))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("/192.0.2.1:56324");
        }
    }

    @Test
    void whomToTrustHasToBeSaidInAddresses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().proxyProtocol())
                .withMessageContaining("no address is trusted");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebSocketServer.builder().proxyProtocol("10.0.0.0/8", "proxy.example"))
                .withMessageContaining("'proxy.example' is not a range of addresses");
    }
}
