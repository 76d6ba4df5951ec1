package dev.marline.transport.loop;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;

/** A thread of an event loop. Its class tells it from threads that may wait, before the loop has had any connection. */
final class LoopThread extends FastThreadLocalThread {
    private LoopThread(ThreadGroup group, Runnable task, String name) {
        super(group, task, name);
    }

    /** Makes the threads of one group of event loops. */
    static final class Factory extends DefaultThreadFactory {
        Factory(String name, boolean daemon) {
            super(name, daemon);
        }

        @Override
        protected Thread newThread(Runnable task, String name) {
            return new LoopThread(threadGroup, task, name);
        }
    }
}
