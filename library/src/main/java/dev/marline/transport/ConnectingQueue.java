package dev.marline.transport;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Has attempts to connect to one host wait for each other. RFC 6455 §4.1: if there are several, "the client MUST serialize them so that
 * there is no more than one connection at a time running through the following steps", lest a page, or a program, opens a flood of
 * connections to a victim that never accepts them.
 */
final class ConnectingQueue {
    private final Executor executor;
    private final Map<Object, Queue<Runnable>> waiting = new HashMap<>();

    /** @param executor runs attempts that had to wait */
    ConnectingQueue(Executor executor) {
        this.executor = executor;
    }

    /** Makes an attempt, now or when it is its turn; it ends with {@link #leave}. */
    void enter(Object host, Runnable attempt) {
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
    void leave(Object host) {
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
