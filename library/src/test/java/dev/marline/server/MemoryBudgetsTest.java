package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.protocol.CloseCode;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all connections of a server hold together has a limit, and those of one address have a share of it. */
class MemoryBudgetsTest {
    private static final String ATTACKER = "127.0.0.2";

    /** A message, of which half is sent. */
    private static final byte[] MESSAGE = new byte[400_000];

    private static final int LIMIT = 4_000_000;

    private static final Limits LIMITS = Limits.DEFAULT.withMaxTotalInput(LIMIT).withMaxTotalOutput(LIMIT);

    @TempDir
    Path folder;

    private final List<RawPeer> peers = new ArrayList<>();
    private final Logs logs = Logs.capture();
    private final Recorder recorder = new Recorder();

    @AfterEach
    void close() {
        peers.forEach(RawPeer::close);
        logs.close();
    }

    private WebSocketServer.Builder served(WebSocketServer.Builder builder, Limits limits) {
        return builder.limits(limits)
                .threads(2)
                .get("/page", request -> HttpResponse.text("a page"))
                .webSocket("/echo", (socket, message) -> socket.send(message))
                .webSocket("/flood", new Flooding());
    }

    private WebSocketServer start(Limits limits) {
        return served(WebSocketServer.builder().host("127.0.0.1"), limits).start();
    }

    /** Sends much for each message. */
    private final class Flooding extends Recorder {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            int count = Integer.parseInt(message.text());
            for (int i = 0; i < count; i++) {
                socket.send(new byte[100_000]);
            }
        }

        @Override
        public void onError(WebSocket socket, Throwable cause) throws Exception {
            recorder.onError(socket, cause);
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) throws Exception {
            recorder.onClose(socket, reason);
        }
    }

    private RawPeer connect(String from, WebSocketServer server) {
        RawPeer peer = RawPeer.connectFrom(from, server.port());
        peers.add(peer);
        return peer;
    }

    private RawPeer open(String from, WebSocketServer server, String... headers) {
        return connect(from, server).open("/echo", headers);
    }

    private static void sendHalf(RawPeer peer, int opcode) {
        byte[] frame = Frame.of(opcode, MESSAGE).encode(Role.CLIENT);
        peer.sendRaw(Arrays.copyOf(frame, frame.length / 2));
    }

    private static void assertEchoes(RawPeer peer) {
        for (int size : new int[] {5, 20_000, 300_000}) {
            Frame message = Frame.binary(new byte[size]);
            assertThat(peer.send(message).readFrame()).isEqualTo(message);
        }
    }

    private static int closeCode(Frame frame) {
        assertThat(frame.opcode()).isEqualTo(Opcode.CLOSE);
        return ((frame.payload()[0] & 0xFF) << 8) | (frame.payload()[1] & 0xFF);
    }

    @ParameterizedTest
    @ValueSource(ints = {Opcode.TEXT, Opcode.BINARY})
    void halfSentMessagesAreClosedWith1013AndKeepNobodyOut(int opcode) {
        try (WebSocketServer server = start(LIMITS)) {
            RawPeer good = connect("127.0.0.1", server).open("/echo");
            List<RawPeer> attackers = IntStream.range(0, 40)
                    .mapToObj(i -> open(i % 2 == 0 ? ATTACKER : "127.0.0.3", server))
                    .toList();
            attackers.forEach(attacker -> sendHalf(attacker, opcode));
            eventually(
                    "most of them are closed",
                    () -> attackers.stream().filter(RawPeer::hasInput).count() > 20);

            assertEchoes(good);
            assertEchoes(connect("127.0.0.1", server).open("/echo"));
            assertThat(attackers.stream()
                            .filter(RawPeer::hasInput)
                            .map(RawPeer::readFrame)
                            .map(MemoryBudgetsTest::closeCode))
                    .containsOnly(CloseCode.TRY_AGAIN_LATER);
            peers.forEach(RawPeer::close);
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains("maxTotalInput");
        }
    }

    @Test
    void anAddressThatHasUsedItsShareIsRefusedAndOthersAreNot() {
        // Each message takes between 200,000 and 512 KiB, so that two or more fit.
        try (WebSocketServer server = start(LIMITS.withMaxTotalInput(1_100_000))) {
            sendHalf(open(ATTACKER, server), Opcode.TEXT);
            eventually(
                    "new work is refused",
                    () -> connect(ATTACKER, server)
                                    .sendHead("GET /page HTTP/1.1", "Host: a")
                                    .readHead()
                                    .status()
                            == 503);

            HttpHead refused = connect(ATTACKER, server)
                    .sendHead(RawPeer.handshake("/echo"))
                    .readHead();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isNotNull();
            connect("127.0.0.3", server).open("/echo");

            peers.get(0).close();
            eventually(
                    "it is taken again",
                    () -> connect(ATTACKER, server)
                                    .sendHead("GET /page HTTP/1.1", "Host: a")
                                    .readHead()
                                    .status()
                            == 200);
        }
    }

    @Test
    void theClientsOfATrustedProxyCountForThemselves() {
        try (WebSocketServer server = served(WebSocketServer.builder().host("127.0.0.1"), LIMITS)
                .forwarded(ForwardedHeaders.X_FORWARDED, "127.0.0.1")
                .start()) {
            RawPeer good = open("127.0.0.1", server, "X-Forwarded-For: 192.0.2.1");
            sendHalf(good, Opcode.TEXT);
            List<RawPeer> attackers = IntStream.range(0, 20)
                    .mapToObj(i -> open("127.0.0.1", server, "X-Forwarded-For: 192.0.2.2"))
                    .toList();
            attackers.forEach(attacker -> sendHalf(attacker, Opcode.TEXT));
            eventually("some are closed", () -> attackers.stream().anyMatch(RawPeer::hasInput));

            byte[] frame = Frame.text("\0".repeat(MESSAGE.length)).encode(Role.CLIENT);
            good.sendRaw(Arrays.copyOfRange(frame, frame.length / 2, frame.length));
            assertThat(good.readFrame().payload()).hasSize(MESSAGE.length);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"EPOLL", "NIO"})
    void stalledReceiversAreAbortedAndTheirListenersAreToldOnce(Transport transport) {
        try (WebSocketServer server = served(WebSocketServer.builder().host("127.0.0.1"), LIMITS)
                .transport(transport)
                .start()) {
            RawPeer good = connect("127.0.0.1", server).open("/echo");
            List<RawPeer> stalled = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                stalled.add(connect(ATTACKER, server).open("/flood"));
            }
            // When all are open: once the first hold as much as the address may, new ones are refused.
            stalled.forEach(peer -> peer.send(Frame.text("100")));
            eventually("one is closed", () -> recorder.events().contains("CLOSED 1006"));

            assertThat(recorder.nextError()).hasMessageContaining("no memory for more output");
            assertEchoes(good);
            List<String> told = new ArrayList<>(recorder.events());
            assertThat(told).containsOnly("ERROR", "CLOSED 1006");
            assertThat(told.get(0)).isEqualTo("ERROR");
            assertThat(told.stream().filter("ERROR"::equals).count())
                    .isBetween(told.stream().filter("CLOSED 1006"::equals).count(), 10L);
        }
    }

    @OverHttp2And3
    void theStreamsOfAConnectionCountForItsAddress(HttpVersion version) {
        try (StreamServers servers = new StreamServers(folder, builder -> served(builder, LIMITS));
                StreamPeer attacker = servers.connect(version);
                StreamPeer client = servers.connect(version)) {
            Queue<PeerStream> attackers = new ConcurrentLinkedQueue<>();
            byte[] frame = Frame.of(Opcode.TEXT, MESSAGE).encode(Role.CLIENT);
            for (int i = 0; i < 60; i++) {
                attackers.add(attacker.openWebSocket("/echo"));
            }
            for (int at = 0; at < 60_000; at += 15_000) {
                byte[] piece = Arrays.copyOfRange(frame, at, at + 15_000);
                attackers.forEach(stream -> stream.send(piece));
            }
            eventually("some are closed", () -> {
                // Reads all that has come on the connection.
                attacker.request(StreamPeer.get("/page")).readHead();
                return attackers.stream().anyMatch(stream -> stream.unread() > 0);
            });

            assertThat(attackers.stream()
                            .filter(stream -> stream.unread() > 0)
                            .map(PeerStream::readFrame)
                            .map(MemoryBudgetsTest::closeCode))
                    .containsOnly(CloseCode.TRY_AGAIN_LATER);
            eventually("there is room for others", () -> {
                PeerStream other = client.request(StreamPeer.get("/page"));
                return other.readHead().status() == 200;
            });
        }
    }
}
