package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Patience;
import dev.marline.testing.Recorder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.Parameter;

/** Output that the peer does not take, and input that is not wanted. The role is Marline's. */
@OverEachHttp
class BackpressureTest {
    @Parameter
    private HttpVersion http;

    private static final int MESSAGE = 50_000;

    private static final int FLOOD = 250;

    private final Recorder recorder = new Recorder();
    private final Recorder flooding = new Recorder() {
        @Override
        public void onPing(WebSocket socket, ByteBuffer payload) throws Exception {
            for (int i = 0; i < FLOOD && payload.remaining() == 0; i++) {
                socket.send(new byte[MESSAGE]);
            }
            super.onPing(socket, payload);
        }
    };

    /** Has the flooding listener send more than the systems in between take; so many messages the peer has to read yet. */
    private static int congest(Ends ends) {
        ends.peer().send(Frame.ping(""));
        assertThat(ends.peer().readFrame().payload()).hasSize(MESSAGE);
        eventually("more waits than the high-water mark", () -> !ends.socket().isWritable());
        return FLOOD - 1;
    }

    @ForBothRoles
    void itIsNotWritableOverTheHighWaterMarkAndTellsWhenItIsAgain(Role marline) {
        try (Ends ends = Ends.open(http, marline, flooding)) {
            assertThat(ends.socket().isWritable()).isTrue();
            int sent = congest(ends);

            for (int i = 0; i < sent; i++) {
                assertThat(ends.peer().readFrame().payload()).hasSize(MESSAGE);
            }
            assertThat(flooding.next("WRITABLE")).isEqualTo("WRITABLE");
            eventually("it is writable", () -> ends.socket().isWritable());
            eventually("nothing waits", () -> ends.socket().bufferedBytes() == 0);
        }
    }

    /** A pump, the way one is written: as long as it is writable, and on when it is again. */
    private static final class Pump extends Recorder {
        private final int messages;
        private final int size;
        private int sent;

        Pump(int messages, int size) {
            this.messages = messages;
            this.size = size;
        }

        @Override
        public void onOpen(WebSocket socket) {
            pump(socket);
        }

        @Override
        public void onWritable(WebSocket socket) {
            pump(socket);
        }

        private void pump(WebSocket socket) {
            while (sent < messages && socket.isWritable()) {
                socket.send(new byte[size]);
                sent++;
            }
        }
    }

    @ForBothRoles
    void aPumpIsCalledUntilItIsDoneAlsoWhereTheSystemTakesAllAtOnce(Role marline) {
        for (int size : new int[] {1000, 65_526, 65_530, 65_532, 65_536, 32_758, 200_000}) {
            try (Ends ends = Ends.open(http, marline, new Pump(200, size))) {
                for (int i = 0; i < 200; i++) {
                    assertThat(ends.peer().readFrame().payload()).hasSize(size);
                }
            }
        }
    }

    @ForBothRoles
    void aPumpInAnotherThreadIsCalledToo(Role marline) throws InterruptedException {
        // Small, so that the queue between the threads alone is over the mark all the time.
        Limits limits = Limits.DEFAULT.withHighWaterMark(1000);
        Object writable = new Object();
        Recorder waking = new Recorder() {
            @Override
            public void onWritable(WebSocket socket) {
                synchronized (writable) {
                    writable.notifyAll();
                }
            }
        };
        int messages = 20_000;
        try (Ends ends = Ends.open(http, marline, limits, waking)) {
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < messages; i++) {
                    ends.peer().readFrame();
                }
            });
            for (int i = 0; i < messages; i++) {
                synchronized (writable) {
                    while (!ends.socket().isWritable()) {
                        long before = System.nanoTime();
                        writable.wait(Patience.SECONDS * 1000L);
                        assertThat(Duration.ofNanos(System.nanoTime() - before))
                                .isLessThan(Duration.ofSeconds(Patience.SECONDS - 1));
                    }
                }
                assertThat(ends.socket().send(new byte[700])).isTrue();
            }
            Ends.await(reader);
        }
    }

    @ForBothRoles
    void readingPausesWhileTheOutputIsCongestedAndGoesOnAfter(Role marline) {
        try (Ends ends = Ends.open(http, marline, flooding)) {
            int sent = congest(ends);
            ends.peer().send(Frame.text("unheard"));
            assertNothingIsRead(ends);
            assertThat(flooding.events()).noneMatch(event -> event.startsWith("TEXT"));

            for (int i = 0; i < sent; i++) {
                ends.peer().readFrame();
            }
            assertThat(flooding.next("TEXT")).isEqualTo("TEXT 'unheard'");
        }
    }

    @ForBothRoles
    void readingGoesOnWhileCongestedWhereThatIsWanted(Role marline) {
        try (Ends ends = Ends.open(http, marline, Limits.DEFAULT, false, flooding)) {
            congest(ends);
            ends.peer().send(Frame.text("heard"));

            assertThat(flooding.next("TEXT")).isEqualTo("TEXT 'heard'");
        }
    }

    /** The loop has been round, and has had its chance to read. */
    private static void assertNothingIsRead(Ends ends) {
        for (int i = 0; i < 20; i++) {
            Duration before = ends.socket().roundTripTime().orElse(Duration.ZERO);
            assertThat(before).isEqualTo(Duration.ZERO);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @ForBothRoles
    void readingPausesAndResumesAsTheUserSays(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.socket().pauseReading();
            ends.socket().send("paused");
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("paused")); // so the pause has been seen
            ends.peer().send(Frame.text("waits"));
            assertNothingIsRead(ends);
            assertThat(recorder.events()).containsExactly("OPEN");

            ends.socket().resumeReading();
            assertThat(recorder.next("TEXT")).isEqualTo("TEXT 'waits'");
        }
    }

    @ForBothRoles
    void aPeerThatWasHeldUpGoesOnEachTime(Role marline) {
        int rounds = 20;
        try (Ends ends = Ends.open(http, marline, recorder)) {
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < rounds * 20; i++) {
                    ends.peer().send(Frame.binary(new byte[MESSAGE]));
                }
            });
            for (int i = 0; i < rounds; i++) {
                for (int k = 0; k < 20; k++) {
                    recorder.next("BINARY");
                }
                ends.socket().pauseReading();
                ends.socket().send("paused");
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("paused"));
                ends.socket().resumeReading();
            }
            Ends.await(sender);
        }
    }

    @ForBothRoles
    void aCloseComesThroughACongestedOutput(Role marline) {
        try (Ends ends = Ends.open(http, marline, flooding)) {
            int sent = congest(ends);
            ends.socket().close(1000, "at last");

            for (int i = 0; i < sent; i++) {
                ends.peer().readFrame();
            }
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong(""));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, "at last"));
            ends.peer().send(Frame.close(1000, ""));
            ends.peer().shutDownOutput();
            assertThat(flooding.next("CLOSED")).isEqualTo("CLOSED 1000");
        }
    }

    @ForBothRoles
    void whileCongestedNewerPongsReplaceOlderOnes(Role marline) {
        try (Ends ends = Ends.open(http, marline, Limits.DEFAULT, false, flooding)) {
            int sent = congest(ends);
            for (int i = 0; i < 10_000; i++) {
                ends.peer().send(Frame.ping("ping " + i));
            }
            for (int i = 0; i < 10_001; i++) {
                flooding.next("PING");
            }
            for (int i = 0; i < sent; i++) {
                ends.peer().readFrame();
            }

            Frame pong = ends.peer().readFrame();
            while (!pong.equals(Frame.pong("ping 9999"))) {
                assertThat(pong).isEqualTo(Frame.pong("")); // from before it was congested
                pong = ends.peer().readFrame();
            }
        }
    }

    // ---- slow consumers

    @ForBothRoles
    void aSlowConsumerIsGivenUpAtMaxBufferedOutput(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxBufferedOutput(5_000_000);
        try (Ends ends = Ends.open(http, marline, limits, recorder)) {
            int taken = 0;
            while (ends.socket().send(new byte[MESSAGE])) {
                taken++;
            }

            assertThat((long) taken * MESSAGE).isBetween(4_000_000L, 20_000_000L);
            assertThat(recorder.nextError())
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("slow consumer")
                    .hasMessageContaining("maxBufferedOutput, 5000000");
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aSlowConsumerIsGivenUpFromInsideACallbackToo(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxBufferedOutput(5_000_000);
        CompletableFuture<Boolean> open = new CompletableFuture<>();
        Recorder flooding = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                while (socket.send(new byte[MESSAGE])) {
                    assertThat(socket.bufferedBytes()).isLessThan(5_001_000);
                }
                open.complete(socket.isOpen());
            }
        };
        try (Ends ends = Ends.open(http, marline, limits, flooding)) {
            ends.peer().send(Frame.text("go"));

            assertThat(flooding.nextError()).hasMessageContaining("slow consumer");
            assertThat(flooding.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(Ends.await(open)).isFalse();
        }
    }

    @ForBothRoles
    void aSlowConsumerIsReportedOnceAndBeforeOnCloseThoughOnErrorSends(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxBufferedOutput(5_000_000);
        Recorder sending = new Recorder() {
            private int depth;

            @Override
            public void onMessage(WebSocket socket, Message message) {
                for (int i = 0; i < 300; i++) {
                    socket.send(new byte[MESSAGE]);
                }
            }

            @Override
            public void onError(WebSocket socket, Throwable cause) throws Exception {
                depth++;
                super.onError(socket, cause);
                if (depth < 10) {
                    boolean sent = List.of(
                                    socket.send(new byte[MESSAGE]),
                                    socket.send("more"),
                                    socket.ping(ByteBuffer.allocate(100)),
                                    socket.pong(ByteBuffer.allocate(100)),
                                    socket.isWritable(),
                                    socket.isOpen())
                            .contains(true);
                    events().add("sent " + sent + " at depth " + depth);
                }
                depth--;
            }

            @Override
            public void onClose(WebSocket socket, CloseReason reason) throws Exception {
                super.onClose(socket, reason);
                socket.send(new byte[MESSAGE]);
                socket.ping(ByteBuffer.allocate(100));
                events().add("after onClose");
            }
        };
        try (Ends ends = Ends.open(http, marline, limits, sending)) {
            ends.peer().send(Frame.text("go"));

            assertThat(sending.next()).isEqualTo("OPEN");
            assertThat(sending.next()).isEqualTo("ERROR");
            assertThat(sending.next()).isEqualTo("sent false at depth 1");
            assertThat(sending.next()).isEqualTo("CLOSED 1006");
            assertThat(sending.next()).isEqualTo("after onClose");
            assertThat(sending.events()).isEmpty();
        }
    }

    @ForBothRoles
    void aSlowConsumerIsReportedOnceWhenSeveralThreadsSend(Role marline) throws InterruptedException {
        Limits limits = Limits.DEFAULT.withMaxBufferedOutput(5_000_000);
        CountDownLatch refused = new CountDownLatch(4);
        Recorder waiting = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) throws Exception {
                // The loop comes to what the threads have sent when all of them have been refused.
                assertThat(refused.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            }
        };
        try (Ends ends = Ends.open(http, marline, limits, waiting)) {
            ends.peer().send(Frame.text("go"));
            List<CompletableFuture<Void>> senders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                senders.add(CompletableFuture.runAsync(
                        () -> {
                            while (ends.socket().send(new byte[MESSAGE])) {
                                // until the buffer is full
                            }
                            for (int k = 0; k < 100; k++) {
                                ends.socket().send(new byte[MESSAGE]);
                            }
                            refused.countDown();
                        },
                        runnable -> new Thread(runnable).start()));
            }
            senders.forEach(Ends::await);

            assertThat(waiting.next()).isEqualTo("OPEN");
            assertThat(waiting.next()).isEqualTo("ERROR");
            assertThat(waiting.next()).isEqualTo("CLOSED 1006");
            ends.socket().send(new byte[MESSAGE]);
            assertThat(waiting.events()).isEmpty();
        }
    }

    @ForBothRoles
    void whatIsReportedIsReportedOnceThoughTheOutputStallsToo(Role marline) {
        Limits limits = Limits.DEFAULT.withStalledOutputTimeout(Duration.ofMillis(300));
        try (Ends ends = Ends.open(http, marline, limits, false, flooding)) {
            congest(ends);
            ends.peer().sendHex("8300");

            assertThat(flooding.nextError()).isInstanceOf(ProtocolException.class);
            assertThat(flooding.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(flooding.events()).doesNotContain("ERROR");
            assertThat(flooding.errors()).isEmpty();
        }
    }

    @ForBothRoles
    void oneMessageLargerThanTheWholeBufferPassesAlone(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxBufferedOutput(100_000);
        try (Ends ends = Ends.open(http, marline, limits, recorder)) {
            assertThat(ends.socket().send(new byte[8_000_000])).isTrue();
            assertThat(ends.peer().readFrame().payload()).hasSize(8_000_000);
            eventually("it has gone", () -> ends.socket().bufferedBytes() == 0);

            assertThat(ends.socket().send(new byte[8_000_000])).isTrue();
            assertThat(ends.socket().send(new byte[100_000])).isFalse();
            assertThat(recorder.nextError()).hasMessageContaining("slow consumer");
        }
    }

    @ForBothRoles
    void outputThatStallsIsGivenUpInTime(Role marline) {
        Limits limits = Limits.DEFAULT.withStalledOutputTimeout(Duration.ofMillis(300));
        try (Ends ends = Ends.open(http, marline, limits, flooding)) {
            congest(ends);

            assertThat(flooding.nextError())
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("slow consumer")
                    .hasMessageContaining("stalledOutputTimeout");
            assertThat(flooding.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aPeerThatTakesALittleNowAndThenIsNotGivenUp(Role marline) {
        Limits limits = Limits.DEFAULT.withStalledOutputTimeout(Duration.ofMillis(1500));
        try (Ends ends = Ends.open(http, marline, limits, flooding)) {
            // Not too little: the system tells of room for more only when a good part of its own buffer is free.
            for (int left = congest(ends); left > 0; left--) {
                assertThat(ends.peer().readFrame().payload()).hasSize(MESSAGE);
                LockSupport.parkNanos(10_000_000);
            }

            assertThat(ends.socket().isOpen()).isTrue();
            assertThat(flooding.events()).doesNotContain("ERROR");
        }
    }
}
