package dev.marline.transport.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The shutdown of a server or a client. It runs once, and calls in the meantime wait for its end. */
public final class Shutdown {
    private final String threadName;
    private final boolean daemon;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);
    private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    private volatile @Nullable Thread thread;

    /**
     * Prepares a shutdown.
     *
     * @param threadName the name of the thread that runs it for callers that must not wait
     * @param daemon whether the JVM may exit before that thread has ended
     */
    public Shutdown(String threadName, boolean daemon) {
        this.threadName = threadName;
        this.daemon = daemon;
    }

    public boolean hasBegun() {
        return begun.get();
    }

    /** Has something run when the shutdown is done. */
    public void whenDone(Runnable then) {
        end.thenRun(then);
    }

    /**
     * Runs the shutdown, or waits until another thread has run it. An interrupt ends the waiting, and the flag stays set.
     *
     * @param mayWait false if the shutdown needs the calling thread: then a new thread runs it, and this method returns at once
     */
    public void run(Runnable work, boolean mayWait) {
        if (begun.compareAndSet(false, true)) {
            if (mayWait) {
                runHere(work);
            } else {
                Thread worker = new Thread(() -> runHere(work), threadName);
                worker.setDaemon(daemon);
                worker.start();
            }
        } else if (mayWait && !Thread.currentThread().equals(thread)) {
            awaitEnd();
        }
    }

    private void runHere(Runnable work) {
        thread = Thread.currentThread();
        try {
            work.run();
        } finally {
            thread = null;
            done.countDown();
            // Last: what follows may wait for the end, an exit of the process for example.
            end.complete(null);
        }
    }

    private void awaitEnd() {
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
