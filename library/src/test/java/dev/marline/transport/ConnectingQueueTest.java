package dev.marline.transport;

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

    private void enter(String host, String attempt) {
        connecting.enter(host, () -> attempts.add(attempt));
    }

    private void leave(String host) {
        connecting.leave(host);
        for (Runnable next = executor.poll(); next != null; next = executor.poll()) {
            next.run();
        }
    }
}
