package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The naive echo against a client that writes 100 MiB as fast as the socket takes it and stops reading for seconds at a time: all
 * of it comes back, and the server never holds much of it, for it reads no more than it can send.
 */
@OverEachHttp
class SlowReaderEchoTest {
    @Parameter
    private HttpVersion http;

    private static final int MESSAGE = 64 * 1024;
    private static final int MESSAGES = 100 * 1024 * 1024 / MESSAGE;
    private static final int STOPS = 2;
    private static final long STOP_NANOS = Duration.ofMillis(2500).toNanos();

    /** What the loop may read before it looks at its output again, and a message that is being put together. */
    private static final long BOUND = 4 << 20;

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO"})
    void aNaiveEchoToASlowReaderStaysSmall(Transport transport) {
        AtomicLong mostBuffered = new AtomicLong();
        Recorder echo = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                socket.send(message);
                mostBuffered.accumulateAndGet(socket.bufferedBytes(), Math::max);
            }
        };
        // Pings go all the time, and while reading is paused nobody minds that no Pong comes.
        Limits limits = Limits.DEFAULT.withPingInterval(Duration.ofMillis(200)).withPongTimeout(Duration.ofSeconds(2));
        try (WebSocketServer server = Speaking.server(http)
                        .transport(transport)
                        .threads(1)
                        .limits(limits)
                        .webSocket("/", echo)
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer =
                        RawPeer.connect(tunnel.port(), Ends.RECEIVE_BUFFER).open("/")) {
            long directBefore = PlatformDependent.usedDirectMemory();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(peer));
            long mostDirect = read(peer, directBefore);
            Ends.await(writer);

            assertThat(mostBuffered.get()).isLessThan(BOUND);
            assertThat(mostDirect - directBefore).isLessThan(4 * BOUND); // the pool's chunks have 4 MiB each
            assertThat(echo.events()).doesNotContain("ERROR");
        }
    }

    private void write(RawPeer peer) {
        try {
            OutputStream out = peer.output();
            for (int i = 0; i < messages(); i++) {
                byte[] frame = message(i).encode(Role.CLIENT);
                synchronized (peer) { // between two frames the reader may put a Pong
                    out.write(frame);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Frame message(int number) {
        byte[] payload = new byte[MESSAGE];
        payload[0] = (byte) (number >>> 8);
        payload[1] = (byte) number;
        payload[MESSAGE - 1] = (byte) number;
        return Frame.binary(payload);
    }

    /** Returns the most direct memory in use that it saw. */
    private long read(RawPeer peer, long direct) {
        long most = direct;
        for (int i = 0; i < messages(); ) {
            if (i % (messages() / (STOPS + 1)) == 1 && i > 1) {
                long end = System.nanoTime() + STOP_NANOS;
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(10_000_000);
                    most = Math.max(most, PlatformDependent.usedDirectMemory());
                }
            }
            Frame frame = peer.readFrame();
            if (frame.opcode() == Opcode.BINARY) {
                assertThat(frame).isEqualTo(message(i));
                i++;
            } else {
                assertThat(frame.opcode()).as(frame.toString()).isEqualTo(Opcode.PING);
                // In a thread of its own: it may have to wait for the writer, who waits for the server.
                CompletableFuture.runAsync(() -> {
                    synchronized (peer) {
                        peer.send(Frame.of(Opcode.PONG, frame.payload()));
                    }
                });
            }
        }
        return most;
    }

    /** A tunnel takes its time, too: a quarter says the same. */
    private int messages() {
        return http.isUpgraded() ? MESSAGES : MESSAGES / 4;
    }
}
