package dev.marline.transport.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class ConnectingQueueTest {
    private final Queue<Runnable> executor = new ArrayDeque<>();
    private final ConnectingQueue connecting = new ConnectingQueue(executor::add);
    private final List<String> attempts = new ArrayList<>();

    @Test
    void theSecondAttemptWaitsForTheEndOfTheFirst() {
        enter("host", "first");
        enter("host", "second");
        enter("host", "third");
        assertThat(attempts).containsExactly("first");
        leave("host");
        assertThat(attempts).containsExactly("first", "second");
        leave("host");
        assertThat(attempts).containsExactly("first", "second", "third");
        leave("host");
        enter("host", "fourth");
        assertThat(attempts).endsWith("fourth");
    }

    @Test
    void attemptsToDifferentHostsDoNotWaitForEachOther() {
        enter("one", "a");
        enter("two", "b");
        assertThat(attempts).containsExactly("a", "b");
    }

    @Test
    void anAttemptThatMayConnectToSeveralWaitsForAll() {
        enter("b", "first");
        enter(List.of("c", "b"), "either");
        enter("c", "second");
        assertThat(attempts).containsExactly("first", "second");
        leave("b");
        leave("c");
        assertThat(attempts).endsWith("either");
        enter("b", "third");
        enter("c", "fourth");
        assertThat(attempts).endsWith("either");
        leave("b", "c");
        assertThat(attempts).endsWith("third", "fourth");
    }

    @Test
    void anAttemptThatWaitsDelaysNoneToItsOtherHost() {
        enter("silent", "first");
        enter(List.of("good", "silent"), "either");
        enter("good", "second");
        assertThat(attempts).containsExactly("first", "second");
        leave("good");
        leave("silent");
        assertThat(attempts).containsExactly("first", "second", "either");
        leave("good", "silent");
        enter("silent", "third");
        enter("good", "fourth");
        assertThat(attempts).endsWith("third", "fourth");
    }

    /** Each holds what the other wants if both take what they find. */
    @Test
    void twoThatMayConnectToTheSameDoNotWaitForEachOther() {
        enter("a", "first");
        enter(List.of("a", "b"), "one");
        enter(List.of("b", "a"), "other");
        leave("a");
        assertThat(attempts).containsExactly("first", "one");
        leave("a", "b");
        assertThat(attempts).containsExactly("first", "one", "other");
    }

    private void enter(String host, String attempt) {
        enter(List.of(host), attempt);
    }

    private void enter(List<String> hosts, String attempt) {
        connecting.enter(hosts, () -> attempts.add(attempt));
    }

    private void leave(String... hosts) {
        connecting.leave(List.of(hosts));
        for (Runnable next = executor.poll(); next != null; next = executor.poll()) {
            next.run();
        }
    }
}
