package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Connections of one event loop share memory, in which the bytes of one lie after those of another: none is shown more than its own. */
@OverEachHttp
class ReusedBuffersTest {
    private static final byte[] SECRET = "secret ".repeat(40_000).getBytes(StandardCharsets.US_ASCII);

    @Parameter
    private HttpVersion http;

    /** What the callbacks were shown, and whether anything lay around it. */
    private static final class Shown implements WebSocketListener {
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();

        @Override
        public void onMessage(WebSocket socket, Message message) {
            check(message.bytes(), message.size());
            socket.send(message);
        }

        @Override
        public void onPing(WebSocket socket, ByteBuffer payload) {
            check(payload, payload.remaining());
        }

        private void check(ByteBuffer bytes, int size) {
            if (!bytes.isReadOnly() || bytes.hasArray() || bytes.position() != 0 || bytes.capacity() != size) {
                wrong.add(bytes.toString());
            }
        }
    }

    @Test
    void nobodyIsShownWhatTheLoopHeldForSomebodyElse() {
        Shown shown = new Shown();
        try (WebSocketServer server = Speaking.server(http)
                        .host("127.0.0.1")
                        .threads(1)
                        .webSocket("/", shown)
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer owner = RawPeer.connect(tunnel.port()).open("/");
                RawPeer other = RawPeer.connect(tunnel.port()).open("/")) {
            for (Frame frame :
                    List.of(Frame.text(""), Frame.text("x"), Frame.binary(new byte[3]), Frame.binary(new byte[5000]))) {
                // In one frame, and in pieces, for which an array is borrowed that others had before.
                owner.send(Frame.binary(SECRET));
                assertThat(owner.readFrame()).isEqualTo(Frame.binary(SECRET));
                other.send(frame);
                assertThat(other.readFrame()).isEqualTo(frame);
                owner.send(
                        Frame.binary(Arrays.copyOf(SECRET, 100_000)).notFinal(),
                        Frame.continuation(Arrays.copyOfRange(SECRET, 100_000, SECRET.length)));
                assertThat(owner.readFrame()).isEqualTo(Frame.binary(SECRET));
                other.send(Frame.text("a").notFinal(), Frame.ping("there?"), Frame.continuation(new byte[0]));
                assertThat(other.readFrame()).isEqualTo(Frame.pong("there?"));
                assertThat(other.readFrame()).isEqualTo(Frame.text("a"));
            }
            // A close that is longer or shorter than what the loop had to send before.
            other.send(Frame.close(4000, "why"));
            assertThat(other.readFrame().payload()).hasSize(2);
            assertThat(shown.wrong).isEmpty();
        }
    }
}
