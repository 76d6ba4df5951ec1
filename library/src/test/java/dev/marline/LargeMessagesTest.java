package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.SeededRandom;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Large messages are shown and sent on from where they were received, memory that the next ones use again: that changes none of them. */
@OverEachHttp
class LargeMessagesTest {
    private static final int[] SIZES = {16_383, 16_384, 65_535, 65_536, 200_000, 262_144, 300_000, 1_000_000, 2_500_000
    };
    private static final Limits LIMITS = Limits.DEFAULT.withMaxMessageBytes(4 << 20);

    @Parameter
    private HttpVersion http;

    private final SeededRandom random = new SeededRandom(7);

    private WebSocketServer.Builder server() {
        return Speaking.server(http).host("127.0.0.1").threads(1).limits(LIMITS);
    }

    @Test
    void theyComeBackAsTheyWereWhateverComesWithThem() {
        try (WebSocketServer server = server().webSocket("/", (socket, message) -> socket.send(message))
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            for (int size : SIZES) {
                Frame large = Frame.binary(random.bytes(size));
                peer.send(Frame.text("before"), large, Frame.ping("there?"), large, Frame.text("after"));
                assertThat(peer.readFrame()).isEqualTo(Frame.text("before"));
                assertThat(peer.readFrame()).as("%d bytes", size).isEqualTo(large);
                assertThat(peer.readFrame()).isEqualTo(Frame.pong("there?"));
                assertThat(peer.readFrame()).as("%d bytes", size).isEqualTo(large);
                assertThat(peer.readFrame()).isEqualTo(Frame.text("after"));
            }
        }
    }

    @Test
    void whoReadsLateGetsWhatTheOthersGot() {
        List<WebSocket> receivers = new CopyOnWriteArrayList<>();
        try (WebSocketServer server = server().webSocket(
                                "/sender", (socket, message) -> receivers.forEach(receiver -> receiver.send(message)))
                        .webSocket("/receiver", (socket, message) -> {
                            receivers.add(socket);
                            socket.send(message);
                        })
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer sender = RawPeer.connect(tunnel.port()).open("/sender");
                RawPeer late = RawPeer.connect(tunnel.port()).open("/receiver");
                RawPeer keen = RawPeer.connect(tunnel.port()).open("/receiver")) {
            for (RawPeer receiver : List.of(late, keen)) {
                receiver.send(Frame.text("I am here"));
                assertThat(receiver.readFrame()).isEqualTo(Frame.text("I am here"));
            }
            List<Frame> sent = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Frame frame = Frame.binary(random.bytes(i % 3 == 0 ? 70_000 : 300_000 + i));
                sent.add(frame);
                sender.send(frame);
                assertThat(keen.readFrame()).as("message %d", i).isEqualTo(frame);
            }
            for (int i = 0; i < sent.size(); i++) {
                assertThat(late.readFrame()).as("message %d, read late", i).isEqualTo(sent.get(i));
            }
        }
    }

    @Test
    void aViewThatWasKeptIsRefusedAndItsBufferIsStillMemory() {
        Queue<Message> views = new ConcurrentLinkedQueue<>();
        Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
        try (WebSocketServer server = server().webSocket("/", (socket, message) -> {
                            views.add(message);
                            buffers.add(message.bytes());
                            assertThat(message.toByteArray())
                                    .isEqualTo(message.copy().toByteArray());
                            socket.send(message.bytes());
                        })
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            for (int size : SIZES) {
                Frame frame = Frame.binary(random.bytes(size));
                peer.send(frame);
                assertThat(peer.readFrame()).isEqualTo(frame);
            }
        }
        // The server is gone, and its event loop with it.
        assertThat(views)
                .hasSameSizeAs(SIZES)
                .allSatisfy(view -> assertThatIllegalStateException().isThrownBy(view::bytes));
        assertThat(buffers.stream().mapToInt(ByteBuffer::remaining)).containsExactly(boxed(SIZES));
        assertThat(buffers)
                .allSatisfy(
                        buffer -> assertThat(buffer.get(buffer.limit() - 1)).isBetween(Byte.MIN_VALUE, Byte.MAX_VALUE));
    }

    @Test
    void thoseThatNeverEndTakeNothingFromOthers() {
        try (WebSocketServer server = server().webSocket("/", (socket, message) -> socket.send(message))
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port())) {
            Frame large = Frame.binary(random.bytes(1_000_000));
            byte[] half = Arrays.copyOf(large.encode(Role.CLIENT), 400_000);
            for (int i = 0; i < 40; i++) {
                try (RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
                    peer.sendRaw(half);
                }
            }
            try (RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
                peer.send(large);
                assertThat(peer.readFrame()).isEqualTo(large);
            }
        }
    }

    private static Integer[] boxed(int[] values) {
        return Arrays.stream(values).boxed().toArray(Integer[]::new);
    }
}
