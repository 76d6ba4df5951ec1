package dev.marline.cli;

import dev.marline.Message;
import java.util.concurrent.atomic.LongAdder;

/** Counts what goes through the demo: messages received, and their bytes. */
final class Traffic {
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void count(Message message) {
        messages.increment();
        bytes.add(message.size());
    }

    long messages() {
        return messages.sum();
    }

    long bytes() {
        return bytes.sum();
    }
}
