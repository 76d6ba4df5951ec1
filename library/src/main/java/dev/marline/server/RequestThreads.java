package dev.marline.server;

import dev.marline.transport.websocket.BlockingThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/** The threads in which pages, checks and blocking handlers of one server run. They may block. */
final class RequestThreads implements Executor {
    private final ExecutorService threads = BlockingThreads.newExecutor();
    private final ThreadLocal<Boolean> marked = ThreadLocal.withInitial(() -> false);

    @Override
    public void execute(Runnable task) {
        threads.execute(() -> {
            marked.set(true);
            try {
                task.run();
            } finally {
                marked.remove();
            }
        });
    }

    /** Returns whether the calling thread runs a handler of this server. */
    boolean areCurrent() {
        return marked.get();
    }

    /** Interrupts all of them, and takes no more tasks. */
    void interruptAll() {
        threads.shutdownNow();
    }
}
