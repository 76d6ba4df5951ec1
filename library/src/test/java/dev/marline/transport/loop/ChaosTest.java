package dev.marline.transport.loop;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Logs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Errors at random, as when memory runs out, from allocations, callbacks, writes and deadlines, in a server and a client under load: every
 * connection works or is closed, no event loop ends, and nothing is left behind.
 */
class ChaosTest {
    private static final long DURATION = TimeUnit.SECONDS.toNanos(30);
    private static final int CONNECTIONS = 24;
    private static final int UNDER_WAY = 4;

    private final long seed = new Random().nextLong();
    private final AtomicInteger thrown = new AtomicInteger();
    private final AtomicInteger echoed = new AtomicInteger();
    private final AtomicInteger broken = new AtomicInteger();
    private final Logs logs = Logs.capture();
    private volatile boolean failing;

    /** A generator for each thread, so that a loop throws in the same order whatever the others do. */
    private final ThreadLocal<Random> random = ThreadLocal.withInitial(
            () -> new Random(seed ^ Thread.currentThread().getName().hashCode()));

    private void perhapsThrow(int oneIn) {
        if (failing
                && Thread.currentThread() instanceof LoopThread
                && random.get().nextInt(oneIn) == 0) {
            thrown.incrementAndGet();
            throw new OutOfMemoryError("as the test wants it, seed " + seed);
        }
    }

    /** The server's side: echoes. */
    private final class Echo implements WebSocketListener {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            perhapsThrow(5000);
            socket.send(message);
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            perhapsThrow(50);
        }
    }

    /** A client's connection, which sends messages of many sizes and expects them back. */
    private final class Load implements WebSocketListener {
        private final Random sizes = new Random(seed);
        private final List<byte[]> sent = new ArrayList<>();
        private final Semaphore closed = new Semaphore(0);
        private volatile boolean last;

        private byte[] next() {
            byte[] bytes = new byte[1 << sizes.nextInt(16)];
            sizes.nextBytes(bytes);
            return bytes;
        }

        private void send(WebSocket socket) {
            byte[] bytes = next();
            sent.add(bytes);
            socket.send(bytes);
        }

        @Override
        public void onOpen(WebSocket socket) {
            for (int i = 0; i < UNDER_WAY; i++) {
                send(socket);
            }
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            byte[] bytes = new byte[message.size()];
            message.bytes().get(bytes);
            if (!Arrays.equals(bytes, sent.remove(0))) {
                broken.incrementAndGet();
            }
            echoed.incrementAndGet();
            perhapsThrow(5000);
            if (!last) {
                send(socket);
            } else if (sent.isEmpty()) {
                socket.close();
            }
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            closed.release();
        }
    }

    /** Memory that runs out at random. */
    private final class ScarceMemory extends LoopMemory {
        @Override
        public byte[] take(int atLeast) {
            perhapsThrow(100);
            return super.take(atLeast);
        }
    }

    @AfterEach
    void close() {
        FaultInjection.hook = null;
        FaultInjection.memory = LoopMemory::new;
        logs.close();
    }

    @Test
    @Timeout(180)
    void everyConnectionWorksOrIsClosedAndNothingIsLeftBehind() throws Exception {
        FaultInjection.hook = place -> perhapsThrow(
                switch (place) {
                    case ALLOCATION -> 20;
                    case WRITE -> 200;
                    case DEADLINE -> 50;
                });
        FaultInjection.memory = ScarceMemory::new;
        Limits limits =
                Limits.DEFAULT.withPingInterval(Duration.ofMillis(200)).withHandshakeTimeout(Duration.ofSeconds(5));
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        try (WebSocketServer server = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .threads(2)
                        .transport(Transport.AUTO)
                        .limits(limits)
                        .extensions(deflate)
                        .webSocket("/", new Echo())
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .threads(2)
                        .limits(limits)
                        .extensions(deflate)
                        .build()) {
            failing = true;
            long end = System.nanoTime() + DURATION;
            List<Load> all = new ArrayList<>();
            List<Load> open = new ArrayList<>();
            while (System.nanoTime() < end) {
                open.removeIf(load -> load.closed.availablePermits() > 0);
                while (open.size() < CONNECTIONS) {
                    Load load = new Load();
                    try {
                        client.connect("ws://127.0.0.1:" + server.port() + "/", load)
                                .get(20, TimeUnit.SECONDS);
                    } catch (ExecutionException e) {
                        assertThat(e.getCause()).as("seed " + seed).isInstanceOf(WebSocketException.class);
                        continue;
                    } catch (TimeoutException e) {
                        throw new AssertionError("an attempt has no end, seed " + seed, e);
                    }
                    all.add(load);
                    open.add(load);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            failing = false;
            all.forEach(load -> load.last = true);

            String known =
                    "seed " + seed + ", " + thrown + " errors, " + echoed + " messages, " + all.size() + " connections";
            for (Load load : all) {
                assertThat(load.closed.tryAcquire(30, TimeUnit.SECONDS))
                        .as("a connection neither works nor is closed; " + known)
                        .isTrue();
            }
            assertThat(broken).as(known).hasValue(0);
            assertThat(thrown.get()).as(known).isGreaterThan(10);
            assertThat(echoed.get()).as(known).isGreaterThan(100);
            eventually("all is counted out; " + known, () -> server.webSockets() == 0 && client.webSockets() == 0);
            eventually("all connections are closed; " + known, () -> server.connections() == 0);
            assertThat(server.closed().toCompletableFuture()).as(known).isNotDone();
            Load after = new Load();
            after.last = true;
            client.connect("ws://127.0.0.1:" + server.port() + "/", after).get(20, TimeUnit.SECONDS);
            assertThat(after.closed.tryAcquire(30, TimeUnit.SECONDS)).as(known).isTrue();
        }
    }
}
