package dev.marline.transport.websocket;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Threads for code that may block: virtual ones where the JDK has them (21 and later), otherwise as many as there is work for. */
public final class BlockingThreads {
    private static final @Nullable MethodHandle VIRTUAL = findVirtual();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private BlockingThreads() {}

    /** Whether the threads are virtual. */
    public static boolean areVirtual() {
        return VIRTUAL != null;
    }

    /** An executor that has a thread for each task. */
    public static ExecutorService newExecutor() {
        if (VIRTUAL == null) {
            return Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task, "marline-blocking-" + NUMBER.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            });
        }
        try {
            return (ExecutorService) VIRTUAL.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("virtual threads cannot be had", e);
        }
    }

    private static @Nullable MethodHandle findVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
        } catch (NoSuchMethodException | IllegalAccessException olderThan21) {
            return null;
        }
    }
}
