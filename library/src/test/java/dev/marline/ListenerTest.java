package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.Logs;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.Parameter;

/** What a listener may do, and what it is told. The role is Marline's. */
@OverEachHttp
class ListenerTest {
    @Parameter
    private HttpVersion http;

    private final Recorder recorder = new Recorder();

    @ForBothRoles
    void everythingIsToldInOrder(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer()
                    .send(Frame.text("h\u00e9"), Frame.binary(new byte[3]), Frame.ping("p"), Frame.pong("q"))
                    .send(
                            Frame.text("in ").notFinal(),
                            Frame.ping("between"),
                            Frame.continuation("two".getBytes(StandardCharsets.UTF_8)))
                    .send(Frame.close(1000, "bye"));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("p"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("between"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
            ends.peer().close();
            for (String event : List.of(
                    "OPEN",
                    "TEXT 'h\u00e9'",
                    "BINARY [3]",
                    "PING 'p'",
                    "PONG 'q'",
                    "PING 'between'",
                    "TEXT 'in two'",
                    "CLOSED 1000 bye")) {
                assertThat(recorder.next()).isEqualTo(event);
            }
            assertThat(recorder.events()).isEmpty();
        }
    }

    @ForBothRoles
    void everyPingIsAnsweredInOrder(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            for (int i = 0; i < 1000; i++) {
                ends.peer().send(Frame.ping("ping " + i));
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("ping " + i));
            }
        }
    }

    @ForBothRoles
    void allSizesOfAllTypesCanBeSent(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            for (int size : new int[] {0, 1, 125, 126, 65535, 65536, 200_000}) {
                String text = "x".repeat(size);
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                ByteBuffer direct = ByteBuffer.allocateDirect(size + 2)
                        .put(1, bytes)
                        .position(1)
                        .limit(size + 1);

                assertThat(ends.socket().send(text)).isTrue();
                assertThat(ends.socket().send(bytes)).isTrue();
                assertThat(ends.socket().send(direct)).isTrue();
                assertThat(ends.socket().send(Message.text(text))).isTrue();

                assertThat(direct.remaining()).isEqualTo(size);
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(text));
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(bytes));
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(bytes));
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(text));
            }
            assertThat(ends.socket().ping(ByteBuffer.wrap(new byte[125]))).isTrue();
            assertThat(ends.socket().pong(ByteBuffer.wrap(new byte[0]))).isTrue();
            assertThat(ends.peer().readFrame().payload()).hasSize(125);
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong(""));
        }
    }

    @ForBothRoles
    void whatCannotBeSentIsRefusedAndDoesNoHarm(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            for (String lone :
                    List.of("\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d", "\ud83d\ud83d\ude00", "\u00e9\ud83d")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ends.socket().send(lone))
                        .withMessageContaining("surrogate");
                assertThatIllegalArgumentException().isThrownBy(() -> Message.text(lone));
            }
            ByteBuffer large = ByteBuffer.allocate(126);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ends.socket().ping(large))
                    .withMessageContaining("125");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ends.socket().pong(large))
                    .withMessageContaining("125");

            ends.socket().send("\ud83d\ude00");
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("\ud83d\ude00"));
        }
    }

    // ---- messages

    @ForBothRoles
    void aMessageIsOverWhenItsCallbackIsAndACopyIsNot(Role marline) {
        CompletableFuture<Message> kept = new CompletableFuture<>();
        CompletableFuture<Message> copied = new CompletableFuture<>();
        Recorder keeping = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                if (!copied.isDone()) {
                    copied.complete(message.copy());
                    kept.complete(message);
                }
                socket.send(message);
            }
        };
        try (Ends ends = Ends.open(http, marline, keeping)) {
            ends.peer().send(Frame.text("first"), Frame.text("other"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("first"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("other"));

            Message message = Ends.await(kept);
            assertThatIllegalStateException().isThrownBy(message::text).withMessageContaining("copy()");
            assertThatIllegalStateException().isThrownBy(message::size);
            assertThatIllegalStateException().isThrownBy(message::bytes);
            assertThatIllegalStateException().isThrownBy(message::isText);
            assertThatIllegalStateException().isThrownBy(message::toByteArray);
            assertThatIllegalStateException().isThrownBy(message::copy);
            assertThatIllegalStateException().isThrownBy(() -> ends.socket().send(message));
            assertThat(message.toString()).contains("over");
            assertThat(Ends.await(copied).text()).isEqualTo("first");
            assertThat(Ends.await(copied).copy()).isSameAs(Ends.await(copied));
        }
    }

    @ForBothRoles
    void aMessageBelongsToTheThreadOfItsCallback(Role marline) {
        CompletableFuture<Throwable> elsewhere = new CompletableFuture<>();
        Recorder lending = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) throws Exception {
                Thread other = new Thread(() -> {
                    try {
                        elsewhere.completeExceptionally(new AssertionError(message.text()));
                    } catch (IllegalStateException e) {
                        elsewhere.complete(e);
                    }
                });
                other.start();
                other.join();
            }
        };
        try (Ends ends = Ends.open(http, marline, lending)) {
            ends.peer().send(Frame.text("mine"));

            assertThat(Ends.await(elsewhere)).hasMessageContaining("valid in its callback only");
        }
    }

    @ForBothRoles
    void aMessageShowsWhatItIs(Role marline) {
        CompletableFuture<String> seen = new CompletableFuture<>();
        Recorder looking = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                seen.complete(message.isText() + " " + message.size() + " "
                        + message.bytes().isReadOnly() + " "
                        + message.bytes().remaining() + " " + new String(message.toByteArray(), StandardCharsets.UTF_8)
                        + " " + message.text() + " " + message);
            }
        };
        try (Ends ends = Ends.open(http, marline, looking)) {
            ends.peer().send(Frame.text("h\u00e9"));

            assertThat(Ends.await(seen)).isEqualTo("true 3 true 3 h\u00e9 h\u00e9 TEXT 'h\u00e9' [3 bytes]");
        }
    }

    // ---- callbacks that throw

    @TestFactory
    Stream<DynamicTest> a_callback_that_throws_closes_with_1011() {
        return Stream.of(Role.values())
                .flatMap(role -> Stream.of("OPEN", "TEXT", "BINARY", "PING", "PONG")
                        .map(event -> DynamicTest.dynamicTest(role + " " + event, () -> throwing(role, event))));
    }

    private void throwing(Role marline, String event) {
        Throwing listener = new Throwing(event);
        try (Logs logs = Logs.capture();
                Ends ends = Ends.open(http, marline, listener)) {
            if (!event.equals("OPEN")) {
                ends.peer().send(Frame.text(""), Frame.binary(new byte[0]), Frame.ping(""), Frame.pong(""));
            }
            Frame last = ends.peer().readFrame();
            while (last.equals(Frame.pong(""))) {
                last = ends.peer().readFrame();
            }

            assertThat(last).isEqualTo(Frame.close(1011, "internal error"));
            assertThat(ends.peer().readToEnd()).isEmpty();
            ends.peer().close();
            assertThat(listener.nextError()).hasMessage("the listener's own trouble in " + event);
            assertThat(listener.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("SEVERE")
                    .contains("trouble in " + event);
        }
    }

    @ForBothRoles
    void aBinaryMessageForAListenerThatTakesTextClosesWith1003(Role marline) {
        // The second lies in a buffer of its own.
        for (int size : new int[] {1, 100_000}) {
            Recorder reading = new Recorder() {
                @Override
                public void onMessage(WebSocket socket, Message message) {
                    message.text();
                }
            };
            try (Logs logs = Logs.capture(Level.FINE);
                    Ends ends = Ends.open(http, marline, reading)) {
                ends.peer().send(Frame.binary(new byte[size]));

                assertThat(ends.peer().readFrame())
                        .isEqualTo(Frame.close(1003, "binary messages are not accepted here"));
                ends.peer().close();
                assertThat(reading.nextError()).isInstanceOf(UnsuitableMessageException.class);
                assertThat(reading.next("CLOSED")).isEqualTo("CLOSED 1006");
                assertThat(logs.lines())
                        .filteredOn(line -> line.contains("1003"))
                        .singleElement()
                        .asString()
                        .startsWith("FINE");
                assertThat(logs.lines()).noneMatch(line -> line.startsWith("SEVERE"));
            }
        }
    }

    /** Throws when it is told an event that begins so. */
    private static final class Throwing extends Recorder {
        private final String event;

        Throwing(String event) {
            this.event = event;
        }

        private void check(String told) {
            if (told.equals(event)) {
                throw new IllegalStateException("the listener's own trouble in " + told);
            }
        }

        @Override
        public void onOpen(WebSocket socket) {
            check("OPEN");
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            check(message.isText() ? "TEXT" : "BINARY");
        }

        @Override
        public void onPing(WebSocket socket, ByteBuffer payload) {
            check("PING");
        }

        @Override
        public void onPong(WebSocket socket, ByteBuffer payload) {
            check("PONG");
        }
    }

    @ForBothRoles
    void onErrorAndOnCloseMayThrowToo(Role marline) {
        CountDownLatch closed = new CountDownLatch(1);
        Recorder hopeless = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                throw new StackOverflowError("an Error, not an Exception");
            }

            @Override
            public void onError(WebSocket socket, Throwable cause) throws Exception {
                super.onError(socket, cause);
                throw new Exception("checked");
            }

            @Override
            public void onClose(WebSocket socket, CloseReason reason) throws Exception {
                super.onClose(socket, reason);
                closed.countDown();
                throw new Exception("checked");
            }
        };
        try (Logs logs = Logs.capture();
                Ends ends = Ends.open(http, marline, hopeless)) {
            ends.peer().send(Frame.text("x"));
            assertThat(ends.peer().readFrame().closeCode()).isEqualTo(1011);
            ends.peer().close();

            assertThat(hopeless.nextError()).isInstanceOf(StackOverflowError.class);
            assertThat(hopeless.next("CLOSED")).isEqualTo("CLOSED 1006");
            dev.marline.testing.Eventually.eventually(
                    "three are logged", () -> logs.lines().size() == 3);
        }
    }

    // ---- sending from everywhere

    @ForBothRoles
    void callbacksMaySend(Role marline) {
        Recorder talkative = new Recorder() {
            @Override
            public void onOpen(WebSocket socket) {
                socket.send("open");
            }

            @Override
            public void onMessage(WebSocket socket, Message message) {
                socket.send(message);
                socket.send("text");
                socket.ping(ByteBuffer.wrap(new byte[] {'p'}));
            }

            @Override
            public void onPing(WebSocket socket, ByteBuffer payload) {
                socket.send(payload);
            }

            @Override
            public void onPong(WebSocket socket, ByteBuffer payload) {
                socket.close(4000, "had a pong");
            }
        };
        try (Ends ends = Ends.open(http, marline, talkative)) {
            RawPeer peer = ends.peer().send(Frame.binary(new byte[2]), Frame.ping("!"), Frame.pong(""));

            assertThat(Stream.generate(peer::readFrame).limit(7))
                    .containsExactly(
                            Frame.text("open"),
                            Frame.binary(new byte[2]),
                            Frame.text("text"),
                            Frame.ping("p"),
                            Frame.binary(new byte[] {'!'}),
                            Frame.pong("!"),
                            Frame.close(4000, "had a pong"));
        }
    }

    @ForBothRoles
    void manyThreadsSendAtOnceAndEachOnesOrderIsKept(Role marline) throws InterruptedException {
        int threads = 8;
        int each = 2000;
        try (Ends ends = Ends.open(http, marline, (socket, message) -> socket.send(message))) {
            CompletableFuture<List<Throwable>> failures = new CompletableFuture<>();
            List<Thread> senders = new ArrayList<>();
            List<Throwable> thrown = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                String name = "t" + t + " ";
                Thread sender = new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        if (!ends.socket().send(name + i)) {
                            throw new AssertionError("not taken");
                        }
                    }
                });
                sender.setUncaughtExceptionHandler((thread, e) -> {
                    synchronized (thrown) {
                        thrown.add(e);
                    }
                });
                senders.add(sender);
            }
            senders.forEach(Thread::start);
            ConcurrentHashMap<String, Integer> next = new ConcurrentHashMap<>();
            for (int i = 0; i < threads * each; i++) {
                if (i % 1000 == 0) {
                    ends.peer().send(Frame.text("echo " + i / 1000)); // the loop sends as well
                }
            }
            for (int i = 0; i < threads * each + threads * each / 1000; i++) {
                String[] text = ends.peer().readFrame().text().split(" ", 2);
                assertThat(Integer.parseInt(text[1])).isEqualTo(next.merge(text[0], 1, Integer::sum) - 1);
            }
            for (Thread sender : senders) {
                sender.join();
            }
            failures.complete(thrown);
            assertThat(failures.join()).isEmpty();
            assertThat(next).hasSize(threads + 1);
        }
    }
}
