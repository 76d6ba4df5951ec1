package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.BroadcastMessage;
import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.StreamPeer;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * A server with little memory, in a process of its own, under attack by 600 connections with half-sent messages, by 600 such streams of
 * one HTTP/2 connection, and by 100 of 200 receivers of a broadcast who read nothing. With {@code -Dmarline.attackSeconds=600} it lasts
 * ten minutes.
 */
class SmallMemoryTest {
    private static final int SECONDS = Integer.getInteger("marline.attackSeconds", 5);

    private static final int HALF_SENT = 600;
    private static final int STREAMS = 600;
    private static final int RECEIVERS = 100;
    private static final byte[] MESSAGE =
            Arrays.copyOf(Frame.of(Opcode.TEXT, new byte[1_000_000]).encode(Role.CLIENT), 500_000);

    /** How long a good client may wait for an answer, on a machine that is busy with other things. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    // ---- the server

    /** Echoes, and sends 64 KiB to all receivers every 100 ms. Prints what it holds for each line that it reads. */
    static final class Server {
        private static final Set<WebSocket> RECEIVING = ConcurrentHashMap.newKeySet();

        public static void main(String[] none) {
            WebSocketServer server = WebSocketServer.builder()
                    .host("127.0.0.1")
                    .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                    .webSocket("/echo", (socket, message) -> socket.send(message))
                    .webSocket("/receive", new WebSocketListener() {
                        @Override
                        public void onOpen(WebSocket socket) {
                            RECEIVING.add(socket);
                        }

                        @Override
                        public void onMessage(WebSocket socket, Message message) {
                            // Receivers only send Pings.
                        }

                        @Override
                        public void onClose(WebSocket socket, CloseReason reason) {
                            RECEIVING.remove(socket);
                        }
                    })
                    .start();
            ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
            byte[] bytes = new byte[64 * 1024];
            ScheduledFuture<?> broadcasts = clock.scheduleAtFixedRate(
                    () -> {
                        BroadcastMessage message = new BroadcastMessage(Message.binary(bytes));
                        RECEIVING.forEach(socket -> socket.send(message));
                    },
                    100,
                    100,
                    TimeUnit.MILLISECONDS);
            System.out.println(server.port());
            try (Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8)) {
                while (lines.hasNextLine()) {
                    lines.nextLine();
                    System.gc();
                    System.out.println(server.webSockets() + " " + heap() / 1024 + " " + direct() / 1024);
                }
            }
            broadcasts.cancel(false);
            clock.shutdown();
            server.close(Duration.ofSeconds(5));
            System.out.println("closed");
        }

        private static long heap() {
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }

        private static long direct() {
            long ofTheJdk = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .mapToLong(BufferPoolMXBean::getMemoryUsed)
                    .sum();
            return ofTheJdk + Math.max(0, io.netty.util.internal.PlatformDependent.usedDirectMemory());
        }
    }

    private static RunningProgram startServer() {
        return RunningProgram.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:TieredStopAtLevel=1",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Server.class.getName());
    }

    /** What the server holds, after a collection: WebSockets, and KiB of the heap and of direct memory. */
    private record Held(int webSockets, int heap, int direct) {
        static Held by(RunningProgram server) {
            server.type("");
            String[] numbers = server.nextLine().split(" ", -1);
            return new Held(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
        }
    }

    // ---- the attack

    private static final class Attack implements AutoCloseable {
        private final int port;
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final List<Future<?>> attackers = new ArrayList<>();
        private final AtomicBoolean ended = new AtomicBoolean();

        /** How many were closed or refused. */
        private final AtomicInteger refused = new AtomicInteger();

        private final AtomicInteger halfSent = new AtomicInteger();
        private final AtomicInteger streams = new AtomicInteger();
        private final AtomicInteger stalled = new AtomicInteger();

        Attack(int port, String first, String second) {
            this.port = port;
            attackers.add(threads.submit(() -> holdHalfSent(first)));
            attackers.add(threads.submit(() -> holdStreams(second)));
            attackers.add(threads.submit(() -> stall(first)));
        }

        /** Keeps so many connections with half of a message, and makes new ones for those that are closed. */
        private void holdHalfSent(String from) {
            hold(
                    HALF_SENT,
                    halfSent,
                    () -> RawPeer.connectFrom(from, port).open("/echo").sendRaw(MESSAGE));
        }

        private void stall(String from) {
            hold(RECEIVERS, stalled, () -> RawPeer.connectFrom(from, port).open("/receive"));
        }

        private interface Opening {
            RawPeer open();
        }

        private void hold(int count, AtomicInteger opened, Opening opening) {
            RawPeer[] held = new RawPeer[count];
            try {
                while (!ended.get()) {
                    for (int i = 0; i < count && !ended.get(); i++) {
                        if (held[i] != null && isClosed(held[i])) {
                            held[i].close();
                            held[i] = null;
                            refused.incrementAndGet();
                        }
                        if (held[i] == null) {
                            held[i] = opened(opening);
                            opened.incrementAndGet();
                        }
                    }
                    LockSupport.parkNanos(10_000_000);
                }
            } finally {
                Arrays.stream(held).filter(each -> each != null).forEach(RawPeer::close);
            }
        }

        /** Null if the server refuses. */
        private RawPeer opened(Opening opening) {
            try {
                return opening.open();
            } catch (AssertionError | RuntimeException no) {
                refused.incrementAndGet();
                return null;
            }
        }

        /** A receiver that stalls has input all the time; whether it is closed shows when more is sent to it. */
        private static boolean isClosed(RawPeer peer) {
            try {
                peer.send(Frame.ping(""));
                return false;
            } catch (RuntimeException closed) {
                return true;
            }
        }

        private void holdStreams(String from) {
            while (!ended.get()) {
                try (RawPeer raw = RawPeer.connectFrom(from, port)) {
                    Http2Peer peer = Http2Peer.begin(raw).sendSettings();
                    peer.sendWindowUpdate(0, 1 << 30);
                    List<Http2Peer.Stream> opened = new ArrayList<>();
                    for (int i = 0; i < STREAMS; i++) {
                        Http2Peer.Stream stream = peer.newStream();
                        peer.sendFrame(
                                Http2Peer.HEADERS,
                                Http2Peer.END_HEADERS,
                                stream.id(),
                                Http2Peer.block(StreamPeer.extendedConnect("/echo")));
                        opened.add(stream);
                        streams.incrementAndGet();
                    }
                    for (int at = 0; at < 60_000 && !ended.get(); at += 15_000) {
                        for (Http2Peer.Stream stream : opened) {
                            if (!stream.hasEnded()) {
                                stream.send(Arrays.copyOfRange(MESSAGE, at, at + 15_000));
                            }
                        }
                        peer.readUpToNow();
                    }
                    long closed =
                            opened.stream().filter(Http2Peer.Stream::hasEnded).count();
                    refused.addAndGet((int) closed);
                    for (int i = 0; i < 50 && !ended.get(); i++) {
                        LockSupport.parkNanos(20_000_000);
                        peer.readUpToNow();
                    }
                } catch (AssertionError | RuntimeException no) {
                    refused.incrementAndGet();
                    LockSupport.parkNanos(100_000_000);
                }
            }
        }

        @Override
        public void close() {
            ended.set(true);
            threads.shutdown();
            for (Future<?> each : attackers) {
                try {
                    each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new AssertionError("an attacker does not end", e);
                }
            }
        }

        @Override
        public String toString() {
            return halfSent + " half-sent messages, " + streams + " streams, " + stalled + " stalled receivers, "
                    + refused + " closed or refused";
        }
    }

    // ---- good clients

    /** Receives the broadcast, and counts. */
    private static final class Receiver implements WebSocketListener {
        private final AtomicInteger messages = new AtomicInteger();
        private volatile CloseReason closed;

        @Override
        public void onMessage(WebSocket socket, Message message) {
            messages.incrementAndGet();
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            closed = reason;
        }
    }

    private static WebSocketClient goodClient() {
        try {
            return WebSocketClient.builder()
                    .localAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))
                    .limits(Limits.DEFAULT.withHandshakeTimeout(PATIENCE))
                    .build();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertEchoes(RawPeer peer, int size) {
        Frame message = Frame.binary(new byte[size]);
        Frame answer = peer.send(message).readFrame(PATIENCE);
        while (answer.opcode() == Opcode.PING) {
            answer = peer.send(Frame.of(Opcode.PONG, answer.payload())).readFrame(PATIENCE);
        }
        assertThat(answer).isEqualTo(message);
    }

    private static void assertMemoryIsBack(RunningProgram server, Held before, String what) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Held after = Held.by(server);
        while (after.webSockets() > before.webSockets()
                || after.heap() > before.heap() + 16 * 1024
                || after.direct() > before.direct() + 24 * 1024) {
            assertThat(System.nanoTime())
                    .as("before %s, now %s; %s", before, after, what)
                    .isLessThan(deadline);
            LockSupport.parkNanos(200_000_000);
            after = Held.by(server);
        }
        System.out.println(what + "; before " + before + ", after " + after);
    }

    private static void close(RunningProgram server) {
        server.endInput();
        String said = server.awaitEnd();
        assertThat(said).endsWith("closed").doesNotContain("LEAK", "OutOfMemoryError", "Exception");
    }

    @Test
    void goodClientsAreServedWhileOtherAddressesAttack() {
        try (RunningProgram server = startServer();
                WebSocketClient client = goodClient()) {
            int port = Integer.parseInt(server.nextLine());
            List<Receiver> receivers = new ArrayList<>();
            for (int i = 0; i < RECEIVERS; i++) {
                Receiver receiver = new Receiver();
                client.connect("ws://127.0.0.1:" + port + "/receive", receiver).join();
                receivers.add(receiver);
            }
            Held before = Held.by(server);
            int echoed = 0;
            String attackers;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            try (RawPeer echoing = RawPeer.connectFrom("127.0.0.1", port).open("/echo");
                    Attack attack = new Attack(port, "127.0.0.2", "127.0.0.3")) {
                while (System.nanoTime() < end || attack.refused.get() == 0) {
                    assertEchoes(echoing, 1000);
                    assertEchoes(echoing, 300_000);
                    try (RawPeer another =
                            RawPeer.connectFrom("127.0.0.1", port).open("/echo")) {
                        assertEchoes(another, 20_000);
                    }
                    echoed += 3;
                    assertThat(receivers).allMatch(receiver -> receiver.closed == null);
                    assertThat(System.nanoTime()).isLessThan(end + PATIENCE.toNanos());
                }
                attackers = attack.toString();
            }
            int least = receivers.stream()
                    .mapToInt(each -> each.messages.get())
                    .min()
                    .orElseThrow();
            int most = receivers.stream()
                    .mapToInt(each -> each.messages.get())
                    .max()
                    .orElseThrow();
            assertThat(least).isPositive();
            assertMemoryIsBack(
                    server,
                    before,
                    attackers + "; good clients got " + echoed + " echoes and from " + least + " to " + most
                            + " broadcasts each");
            assertThat(receivers).allMatch(receiver -> receiver.closed == null);
            close(server);
        }
    }

    @Test
    void whereAllComesFromOneAddressNewWorkIsRefusedAndTheServerSurvives() {
        try (RunningProgram server = startServer()) {
            int port = Integer.parseInt(server.nextLine());
            Held before = Held.by(server);
            int served = 0;
            int refused = 0;
            String attackers;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            try (Attack attack = new Attack(port, "127.0.0.1", "127.0.0.1")) {
                while (System.nanoTime() < end || attack.refused.get() == 0) {
                    try (RawPeer another =
                            RawPeer.connectFrom("127.0.0.1", port).open("/echo")) {
                        assertEchoes(another, 20_000);
                        served++;
                    } catch (AssertionError | RuntimeException no) {
                        refused++;
                    }
                    LockSupport.parkNanos(10_000_000);
                    assertThat(System.nanoTime()).isLessThan(end + PATIENCE.toNanos());
                }
                attackers = attack.toString();
            }
            assertMemoryIsBack(
                    server, before, attackers + "; of others " + served + " were served, and " + refused + " refused");
            try (RawPeer another = RawPeer.connectFrom("127.0.0.1", port).open("/echo")) {
                assertEchoes(another, 300_000);
            }
            close(server);
        }
    }
}
