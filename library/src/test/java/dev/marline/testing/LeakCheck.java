package dev.marline.testing;

import io.netty.buffer.ByteBufAllocator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which Netty reports a buffer that nobody released. Registered as a service, so that it looks after
 * every class. Netty finds leaks when the garbage collector has been there and another buffer is allocated.
 */
public final class LeakCheck extends Handler implements AfterAllCallback {
    // Held, or the logging framework forgets it with its handler.
    private static final Logger LOGGER = Logger.getLogger("io.netty.util.ResourceLeakDetector");
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    public LeakCheck() {
        LOGGER.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
        String said = String.valueOf(entry.getMessage());
        if (said.contains("LEAK")) {
            LEAKS.add(said);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    @Override
    public void afterAll(ExtensionContext context) {
        if (context.getParent().flatMap(ExtensionContext::getTestClass).isPresent()) {
            return; // the class around a nested one is still busy
        }
        String leaks = look();
        if (!leaks.isEmpty()) {
            throw new AssertionError(
                    "buffers were not released in or before " + context.getDisplayName() + ": " + leaks);
        }
    }

    /** What has leaked so far and was not told yet. */
    public static String look() {
        System.gc();
        for (int i = 0; i < 100; i++) {
            ByteBufAllocator.DEFAULT.directBuffer(16).release();
            ByteBufAllocator.DEFAULT.heapBuffer(16).release();
        }
        StringBuilder leaks = new StringBuilder();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            leaks.append('\n').append(leak);
        }
        return leaks.toString();
    }
}
