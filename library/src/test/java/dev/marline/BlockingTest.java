package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.Logs;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The blocking style. The role is Marline's. */
@OverEachHttp
class BlockingTest {
    @Parameter
    private HttpVersion http;

    private static final Limits IMPATIENT = Limits.DEFAULT.withClosingTimeout(Duration.ofMillis(300));

    @ForBothRoles
    void aLoopEchoesUntilThePeerCloses(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Integer> echoed = CompletableFuture.supplyAsync(() -> {
                int count = 0;
                for (Message message : ends.blocking()) {
                    ends.blocking().send(message);
                    count++;
                }
                return count;
            });
            for (int i = 0; i < 100; i++) {
                ends.peer().send(Frame.text("message " + i), Frame.binary(new byte[i]));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("message " + i));
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[i]));
            }
            ends.peer().send(Frame.close(1001, "gone"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1001, ""));
            ends.peer().close();

            assertThat(Ends.await(echoed)).isEqualTo(200);
        }
    }

    @ForBothRoles
    void messagesAreValuesAndCanBeKept(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().send(Frame.text("one"), Frame.text("two"), Frame.text("three"));
            List<Message> kept = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                kept.add(ends.blocking().receive());
            }

            assertThat(kept).extracting(Message::text).containsExactly("one", "two", "three");
        }
    }

    @ForBothRoles
    void allKindsCanBeSent(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.blocking().send("text");
            ends.blocking().send(new byte[1]);
            ends.blocking().send(ByteBuffer.allocateDirect(2));
            ends.blocking().send(Message.binary(new byte[3]));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("text"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[1]));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[2]));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[3]));
        }
    }

    @ForBothRoles
    void receiveWaitsNoLongerThanItIsTold(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            assertThat(ends.blocking().receive(Duration.ofMillis(20))).isEmpty();
            assertThat(ends.blocking().receive(Duration.ZERO)).isEmpty();

            ends.peer().send(Frame.text("now"));
            assertThat(ends.blocking().receive(Duration.ofSeconds(10)).map(Message::text))
                    .isEqualTo(Optional.of("now"));
            ends.peer().send(Frame.text("at last"));
            assertThat(ends.blocking().receive(ChronoUnit.FOREVER.getDuration()).map(Message::text))
                    .isEqualTo(Optional.of("at last"));
        }
    }

    @ForBothRoles
    void theExceptionHasWhatFailedTheConnectionAsItsCause(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().send(Frame.close(999, ""));
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().receive())
                    .havingCause()
                    .isInstanceOf(ProtocolException.class)
                    .withMessageContaining("999");
        }
    }

    // ---- backpressure

    @ForBothRoles
    void aSlowReceiverHoldsAFastSenderAndGetsEverything(Role marline) {
        int messages = 2000;
        int size = 20_000;
        AtomicInteger written = new AtomicInteger();
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < messages; i++) {
                    ends.peer().send(Frame.binary(new byte[size]));
                    written.incrementAndGet();
                }
            });
            // It stands still when queue and kernel are full, long before the 40 MB are through.
            AtomicReference<Integer> last = new AtomicReference<>(-1);
            eventually("the sender is held", () -> {
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
                int now = written.get();
                return now > 0 && last.getAndSet(now) == now;
            });
            assertThat(written.get()).isLessThan(messages);

            for (int i = 0; i < messages; i++) {
                assertThat(ends.blocking().receive().size()).isEqualTo(size);
            }
            Ends.await(sender);
        }
    }

    @ForBothRoles
    void sendWaitsUntilThereIsRoom(Role marline) {
        int messages = 600;
        AtomicInteger sent = new AtomicInteger();
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < messages; i++) {
                    ends.blocking().send(new byte[50_000]);
                    sent.incrementAndGet();
                }
            });
            eventually("the socket is full", () -> !ends.socket().isWritable());
            for (int i = 0; i < messages; i++) {
                assertThat(ends.peer().readFrame().payload()).hasSize(50_000);
                assertThat(sent.get() - i).as("it is not far ahead of the peer").isLessThan(200);
            }
            Ends.await(sender);
        }
    }

    @ForBothRoles
    void sendFromManyThreads(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT.withHighWaterMark(2000))) {
            List<CompletableFuture<Void>> senders = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                CompletableFuture<Void> done = new CompletableFuture<>();
                senders.add(done);
                new Thread(() -> {
                            for (int i = 0; i < 2000; i++) {
                                ends.blocking().send(new byte[700]);
                            }
                            done.complete(null);
                        })
                        .start();
            }
            for (int i = 0; i < 8000; i++) {
                assertThat(ends.peer().readFrame().payload()).hasSize(700);
            }
            senders.forEach(Ends::await);
        }
    }

    // ---- the end

    @ForBothRoles
    void anAbnormalEndIsAnException(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().send(Frame.text("before")).send(Frame.close(4000, "oh dear"));
            ends.peer().readFrame();
            ends.peer().close();

            assertThat(ends.blocking().receive().text()).isEqualTo("before");
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().receive())
                    .satisfies(e -> {
                        assertThat(e.received()).isEqualTo(new CloseReason(4000, "oh dear"));
                        assertThat(e.sent()).isEqualTo(new CloseReason(4000, ""));
                        assertThat(e).hasMessageContaining("received Close 4000 oh dear");
                    });
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().iterator().hasNext());
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().send("too late"));
        }
    }

    @ForBothRoles
    void aLostConnectionIsAnException(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().reset();

            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().receive())
                    .satisfies(e -> assertThat(e.received()).isEqualTo(CloseReason.ABNORMAL))
                    .withMessageContaining("received no Close");
        }
    }

    @ForBothRoles
    void anIteratorIsAnIterator(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().send(Frame.text("a"), Frame.text("b"), Frame.close(1000, ""));
            ends.peer().readFrame();
            ends.peer().close();
            var messages = ends.blocking().iterator();

            assertThat(messages.hasNext()).isTrue();
            assertThat(messages.hasNext()).isTrue();
            assertThat(messages.next().text()).isEqualTo("a");
            assertThat(messages.next().text()).isEqualTo("b");
            assertThat(messages.hasNext()).isFalse();
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(messages::next);
        }
    }

    @ForBothRoles
    void closeWaitsForThePeer(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close(4000, "enough"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(4000, "enough"));
            assertThat(closing).isNotDone();
            // More than is queued for who does not receive: the Close behind it is read all the same.
            for (int i = 0; i < 100; i++) {
                ends.peer().send(Frame.binary(new byte[50_000]));
            }
            ends.peer().send(Frame.close(4000, "")).close();

            Ends.await(closing);
            ends.blocking().close();
            assertThat(ends.socket().isOpen()).isFalse();
        }
    }

    @ForBothRoles
    void closeWaitsNoLongerThanTheClosingTimeout(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, IMPATIENT)) {
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close());

            Ends.await(closing);
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
        }
    }

    @ForBothRoles
    void whatCameBeforeTheCloseCanStillBeReceived(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            ends.peer().send(Frame.text("before"), Frame.ping("mark"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("mark"));
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close());
            ends.peer().readFrame();
            ends.peer().send(Frame.close(1000, "")).close();
            Ends.await(closing);

            assertThat(ends.blocking().receive().text()).isEqualTo("before");
        }
    }

    @ForBothRoles
    void whatComesBetweenTheTwoClosesIsReceivedFirst(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close(4000, "enough"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(4000, "enough"));
            // More than the high-water mark, at which reading pauses on an open connection.
            for (int i = 0; i < 10; i++) {
                ends.peer().send(Frame.text("message " + i), Frame.binary(new byte[20_000]));
            }
            ends.peer().send(Frame.close(4000, "")).close();
            Ends.await(closing);

            for (int i = 0; i < 10; i++) {
                assertThat(ends.blocking().receive().text()).isEqualTo("message " + i);
                assertThat(ends.blocking().receive().size()).isEqualTo(20_000);
            }
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().receive())
                    .satisfies(e -> assertThat(e.received()).isEqualTo(new CloseReason(4000, "")));
        }
    }

    @ForBothRoles
    void aThreadThatReceivesGoesOnWhileAnotherCloses(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<List<String>> receiving = new CompletableFuture<>();
            new Thread(() -> {
                        List<String> texts = new ArrayList<>();
                        ends.blocking().forEach(message -> texts.add(message.text()));
                        receiving.complete(texts);
                    })
                    .start();
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close());
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
            ends.peer()
                    .send(Frame.text("last"), Frame.text("words"), Frame.close(1000, ""))
                    .close();

            assertThat(Ends.await(receiving)).containsExactly("last", "words");
            Ends.await(closing);
        }
    }

    @ForBothRoles
    void aPeerThatSendsOnAfterACloseFillsNoMoreThanTheLimit(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxMessageBytes(100_000);
        int messages = 200;
        try (Ends ends = Ends.openBlocking(http, marline, limits)) {
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> ends.blocking().close());
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
            for (int i = 0; i < messages; i++) {
                ends.peer().send(Frame.binary(new byte[10_000]));
            }
            ends.peer().send(Frame.close(1000, "")).close();
            Ends.await(closing);

            for (int i = 0; i < 10; i++) {
                assertThat(ends.blocking().receive().size()).isEqualTo(10_000);
            }
            assertThatExceptionOfType(ConnectionClosedException.class)
                    .isThrownBy(() -> ends.blocking().receive())
                    .withMessageContaining("190 messages before that were discarded");
        }
    }

    @ForBothRoles
    void anInterruptedThreadLeavesTryWithResourcesWithoutAnException(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<List<Object>> left = new CompletableFuture<>();
            Thread interrupted = new Thread(() -> {
                Thread.currentThread().interrupt();
                Throwable thrown = null;
                try (BlockingWebSocket socket = ends.blocking()) {
                    socket.receive();
                } catch (WebSocketException e) {
                    thrown = e;
                }
                left.complete(List.of(thrown, thrown.getSuppressed().length, Thread.interrupted()));
            });
            interrupted.start();

            assertThat(Ends.await(left).get(0)).isInstanceOf(WebSocketException.class);
            assertThat(Ends.await(left).subList(1, 3)).containsExactly(0, true);
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
        }
    }

    @ForBothRoles
    void anInterruptWhileCloseWaitsEndsTheWaitingAlone(Role marline) throws InterruptedException {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread closing = new Thread(() -> {
                ends.blocking().close();
                flag.complete(Thread.currentThread().isInterrupted());
            });
            closing.start();
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
            eventually("it waits for the peer", () -> closing.getState() == Thread.State.WAITING);
            closing.interrupt();

            assertThat(Ends.await(flag)).isTrue();
            ends.peer().send(Frame.text("still read"), Frame.close(1000, ""));
            assertThat(ends.blocking().receive().text()).isEqualTo("still read");
            closing.join();
        }
    }

    @ForBothRoles
    void anInterruptEndsTheWaitingAndStays(Role marline) throws InterruptedException {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT)) {
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    ends.blocking().receive();
                } catch (WebSocketException e) {
                    interrupted.complete(Thread.currentThread().isInterrupted());
                }
            });
            waiting.start();
            waiting.interrupt();

            assertThat(Ends.await(interrupted)).isTrue();
            waiting.join();
            ends.blocking().send("and goes on");
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("and goes on"));
        }
    }

    // ---- threads

    @Test
    void onAnEventLoopItThrows() {
        AtomicReference<BlockingWebSocket> blocking = new AtomicReference<>();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Ends ends = Ends.openBlocking(http, Role.CLIENT, Limits.DEFAULT);
                Ends other = Ends.open(http, Role.SERVER, (socket, message) -> {
                    try {
                        blocking.get().receive();
                    } catch (IllegalStateException e) {
                        thrown.complete(e);
                    }
                })) {
            blocking.set(ends.blocking());
            other.peer().send(Frame.text("go"));

            assertThat(Ends.await(thrown)).hasMessageContaining("event loop");
        }
    }

    @Test
    void aHandlerHasAThreadOfItsOwnVirtualWhereTheJdkHasThem() {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        try (WebSocketServer server = Speaking.server(http)
                        .blockingWebSocket("/", socket -> thread.complete(Thread.currentThread()))
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            String shown = Ends.await(thread).toString();

            assertThat(shown.startsWith("VirtualThread"))
                    .as(shown)
                    .isEqualTo(Runtime.version().feature() >= 21);
            assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, "")); // it has returned
        }
    }

    @Test
    void aHandlerThatThrowsClosesWith1011() {
        try (Logs logs = Logs.capture();
                WebSocketServer server = Speaking.server(http)
                        .blockingWebSocket("/", socket -> {
                            socket.receive();
                            throw new Exception("the handler's own trouble");
                        })
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            peer.send(Frame.text("go"));

            assertThat(peer.readFrame()).isEqualTo(Frame.close(1011, "internal error"));
            assertThat(logs.lines())
                    .singleElement()
                    .asString()
                    .startsWith("SEVERE")
                    .contains("own trouble");
            peer.send(Frame.close(1011, ""));
            assertThat(peer.readToEnd()).isEmpty();
        }
    }

    @Test
    void aBinaryMessageForAHandlerThatTakesTextClosesWith1003() {
        try (Logs logs = Logs.capture(Level.FINE);
                WebSocketServer server = Speaking.server(http)
                        .blockingWebSocket("/", socket -> socket.receive().text())
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            peer.send(Frame.binary(new byte[1]));

            assertThat(peer.readFrame()).isEqualTo(Frame.close(1003, "binary messages are not accepted here"));
            assertThat(logs.lines())
                    .filteredOn(line -> line.contains("1003"))
                    .singleElement()
                    .asString()
                    .startsWith("FINE");
            assertThat(logs.lines()).noneMatch(line -> line.startsWith("SEVERE"));
        }
    }

    @Test
    void aHandlerThatAnotherConnectionHasFailedClosesItsOwn() {
        try (WebSocketServer server = Speaking.server(http)
                        .blockingWebSocket("/", socket -> {
                            throw new ConnectionClosedException(CloseReason.ABNORMAL, CloseReason.ABNORMAL);
                        })
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            assertThat(peer.readFrame()).isEqualTo(Frame.close(1011, "internal error"));
        }
    }

    @Test
    void aHandlerThatReturnsWhileMessagesWaitStillClosesInOrder() {
        CountDownLatch full = new CountDownLatch(1);
        try (WebSocketServer server = Speaking.server(http)
                        .blockingWebSocket("/", socket -> full.await())
                        .start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            for (int i = 0; i < 10; i++) {
                peer.send(Frame.binary(new byte[50_000]));
            }
            full.countDown();

            assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, ""));
            long before = System.nanoTime();
            peer.send(Frame.close(1000, ""));
            assertThat(peer.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .as("not at the closing timeout")
                    .isLessThan(Limits.DEFAULT.closingTimeout());
        }
    }

    @Test
    void aRoutesLimitsHoldForItsBlockingHandlerToo() {
        CountDownLatch over = new CountDownLatch(1);
        CompletableFuture<BlockingWebSocket> opened = new CompletableFuture<>();
        WebSocketRoute route = WebSocketRoute.blocking(socket -> {
                    opened.complete(socket);
                    over.await();
                })
                .limits(Limits.DEFAULT.withHighWaterMark(1000));
        try (WebSocketServer server =
                        Speaking.server(http).webSocket("/", route).start();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port()).open("/")) {
            peer.send(Frame.binary(new byte[2000])).readFrameIfAny(Duration.ofMillis(100));
            peer.send(Frame.ping("held back"));
            assertThat(peer.readFrameIfAny(Duration.ofMillis(200))).isEmpty();
            assertThat(Ends.await(opened).receive().size()).isEqualTo(2000);
            assertThat(peer.readFrame()).isEqualTo(Frame.pong("held back"));
            over.countDown();
        }
    }
}
