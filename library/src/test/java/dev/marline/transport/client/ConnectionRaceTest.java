package dev.marline.transport.client;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.testing.Ends;
import dev.marline.testing.Patience;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Happy Eyeballs, RFC 8305. */
class ConnectionRaceTest {
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    private final List<Integer> started = new CopyOnWriteArrayList<>();
    private final Map<Integer, ConnectionRace.Contender> contenders = new ConcurrentHashMap<>();
    private final Map<Integer, EmbeddedChannel> channels = new ConcurrentHashMap<>();

    @AfterEach
    void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Begins a race to ports 1 to the last. */
    private void begin(int last) {
        OpeningAttempt attempt = new OpeningAttempt(
                WebSocketAddress.parse("ws://h/"),
                null,
                null,
                null,
                null,
                null,
                opened,
                new HandshakeDeadline(Limits.DEFAULT),
                false);
        List<SocketAddress> remotes = IntStream.rangeClosed(1, last)
                .<SocketAddress>mapToObj(port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .toList();
        new ConnectionRace(loop, attempt, remotes, (remote, contender) -> {
                    int port = ((InetSocketAddress) remote).getPort();
                    EmbeddedChannel channel = new EmbeddedChannel();
                    channels.put(port, channel);
                    contenders.put(port, contender);
                    contender.with(channel);
                    started.add(port);
                })
                .begin();
        eventually("the first has started", () -> started.contains(1));
    }

    private boolean wins(int port) {
        return loop.submit(() -> contenders.get(port).wins())
                .syncUninterruptibly()
                .getNow();
    }

    private void fail(int port, String why) {
        loop.submit(() -> contenders.get(port).failed(new IllegalStateException(why)))
                .syncUninterruptibly();
    }

    @Test
    void theFirstThatAnswersIsTheOnlyOne() {
        begin(2);
        assertThat(wins(1)).isTrue();
        assertThat(wins(1)).isFalse();
        assertThat(channels.get(1).isOpen()).isTrue();
        assertThat(started).containsExactly(1);
    }

    @Test
    void theNextStartsAQuarterOfASecondLaterAndTheFirstGoesOn() {
        long before = System.nanoTime();
        begin(3);
        eventually("the second has started", () -> started.contains(2));
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(250));
        assertThat(channels.get(1).isOpen()).isTrue();
        assertThat(wins(1)).isTrue();
        assertThat(channels.get(2).isOpen()).isFalse();
        assertThat(wins(2)).isFalse();
        assertThat(started).containsExactly(1, 2);
    }

    @Test
    void theNextStartsAtOnceWhenOneFails() {
        begin(3);
        fail(1, "one");
        fail(2, "two");
        assertThat(started).containsExactly(1, 2, 3);
        assertThat(wins(3)).isTrue();
        assertThat(opened).isNotDone();
    }

    @Test
    void allFailuresAreTold() {
        begin(2);
        fail(1, "one");
        fail(2, "two");
        assertThat(opened)
                .failsWithin(Patience.SECONDS, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContainingAll("ws://h/", "127.0.0.1: one", "127.0.0.1: two");
    }

    /** As a channel that was connecting does. */
    @Test
    void aLoserThatFailsAsItIsClosedIsNoFailure() {
        begin(2);
        eventually("the second has started", () -> started.contains(2));
        channels.get(1)
                .closeFuture()
                .addListener(closed -> contenders.get(1).failed(new IllegalStateException("closed")));
        assertThat(wins(2)).isTrue();
        assertThat(channels.get(1).isOpen()).isFalse();
        assertThat(opened).isNotDone();
    }

    @Test
    void whoeverGivesUpEndsAll() {
        begin(2);
        eventually("the second has started", () -> started.contains(2));
        opened.cancel(false);
        Ends.await(CompletableFuture.runAsync(() -> {}, loop));
        assertThat(channels.get(1).isOpen()).isFalse();
        assertThat(channels.get(2).isOpen()).isFalse();
    }

    @Test
    void theFamiliesAlternateAndTheFirstStaysTheFirst() {
        assertThat(interleaved("1.1.1.1", "2.2.2.2", "3.3.3.3", "::1", "::2"))
                .containsExactly("1.1.1.1", "::1", "2.2.2.2", "::2", "3.3.3.3");
        assertThat(interleaved("::1", "::2", "::3", "1.1.1.1")).containsExactly("::1", "1.1.1.1", "::2", "::3");
        assertThat(interleaved("::1", "1.1.1.1", "2.2.2.2", "3.3.3.3"))
                .containsExactly("::1", "1.1.1.1", "2.2.2.2", "3.3.3.3");
        assertThat(interleaved("1.1.1.1", "2.2.2.2")).containsExactly("1.1.1.1", "2.2.2.2");
        assertThat(interleaved()).isEmpty();
    }

    private static List<String> interleaved(String... literals) {
        return ConnectionRace.interleaved(
                        Stream.of(literals).map(ConnectionRaceTest::address).toList())
                .stream()
                .map(address -> address.getHostAddress().replaceFirst("^(0:)+", "::"))
                .toList();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
