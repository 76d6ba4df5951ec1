package dev.marline.transport.websocket;

import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Calls from other threads to one connection, on their way to its event loop: in the order in which they were added, and with one
 * wake-up of the loop for as many as there are by then.
 */
public final class CallQueue {
    /** About what a queued call costs beside its payload, so that many empty messages count, too. */
    private static final int OVERHEAD = 64;

    /** How many calls are made at a time, so that what they send gets out while others keep adding more. */
    private static final int BATCH = 1024;

    private record Call(int bytes, Runnable action) {}

    private final EventLoop loop;
    private final Consumer<Throwable> onThrown;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Runnable run = this::run;

    /** @param onThrown told on the loop what a call has thrown */
    CallQueue(EventLoop loop, Consumer<Throwable> onThrown) {
        this.loop = loop;
        this.onThrown = onThrown;
    }

    /** How many bytes of output are queued, their overhead included. */
    long bytes() {
        return bytes.get();
    }

    /** Adds a call that sends so many bytes; false if the loop is gone. */
    boolean addOutput(int size, Runnable action) {
        return add(new Call(size + OVERHEAD, action));
    }

    /** Adds a call; false if the loop is gone. */
    boolean add(Runnable action) {
        return add(new Call(0, action));
    }

    /** Has the loop do something before what is queued. */
    void runFirst(Runnable action) {
        if (!loop.isShutdown()) {
            execute(action);
        }
    }

    private boolean add(Call call) {
        bytes.addAndGet(call.bytes);
        try {
            calls.add(call);
        } catch (Throwable thrown) {
            bytes.addAndGet(-call.bytes);
            throw thrown;
        }
        return wake();
    }

    private boolean wake() {
        if (woken.getAndSet(true)) {
            return true;
        }
        try {
            return execute(run);
        } catch (Throwable thrown) {
            woken.set(false); // so that the next one tries again
            throw thrown;
        }
    }

    private boolean execute(Runnable action) {
        try {
            loop.execute(action);
            return true;
        } catch (RejectedExecutionException shutDown) {
            return false;
        }
    }

    private void run() {
        // Before the first look: whoever adds a call from here on wakes the loop again.
        woken.set(false);
        for (int i = 0; i < BATCH; i++) {
            Call call = calls.poll();
            if (call == null) {
                return;
            }
            try {
                call.action.run();
            } catch (Throwable thrown) {
                onThrown.accept(thrown);
            } finally {
                // Not before: what is on its way into the channel waits, too.
                bytes.addAndGet(-call.bytes);
            }
        }
        try {
            wake();
        } catch (Throwable thrown) {
            onThrown.accept(thrown);
        }
    }
}
