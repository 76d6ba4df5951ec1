package dev.marline.transport.client;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.Executor;

/**
 * Has attempts to connect to one host, an address or what only a proxy knows by its name, wait for each other. RFC 6455 §4.1: if there are several, "the client MUST serialize them so that
 * there is no more than one connection at a time running through the following steps", lest a page, or a program, opens a flood of
 * connections to a victim that never accepts them.
 */
public final class ConnectingQueue {
    private final Executor executor;
    private final Map<String, Queue<Runnable>> waiting = new HashMap<>();

    /** @param executor runs attempts that had to wait */
    ConnectingQueue(Executor executor) {
        this.executor = executor;
    }

    /** Makes an attempt that may connect to any of these hosts, now or when it is its turn at all; it ends with {@link #leave}. */
    void enter(Collection<String> hosts, Runnable attempt) {
        // One after the other in the same order for all, lest two that are here for the same hosts wait for each other.
        enter(List.copyOf(new TreeSet<>(hosts)), 0, attempt);
    }

    private void enter(List<String> hosts, int next, Runnable attempt) {
        if (next == hosts.size()) {
            attempt.run();
        } else {
            enter(hosts.get(next), () -> enter(hosts, next + 1, attempt));
        }
    }

    private void enter(String host, Runnable attempt) {
        synchronized (waiting) {
            Queue<Runnable> line = waiting.putIfAbsent(host, new ArrayDeque<>());
            if (line != null) {
                line.add(attempt);
                return;
            }
        }
        attempt.run();
    }

    /** An attempt has succeeded or failed: the next one has its turn. */
    void leave(Collection<String> hosts) {
        new TreeSet<>(hosts).forEach(this::leave);
    }

    private void leave(String host) {
        Runnable next;
        synchronized (waiting) {
            Queue<Runnable> line = waiting.get(host);
            next = line == null ? null : line.poll();
            if (next == null) {
                waiting.remove(host);
                return;
            }
        }
        executor.execute(next);
    }
}
