package dev.marline.transport.loop;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where tests let the memory of event loops run out. */
final class FaultInjection {
    /** What may throw. */
    enum Place {
        ALLOCATION,
        WRITE,
        DEADLINE
    }

    /** What a test does at these places; null outside of tests. */
    static @Nullable Consumer<Place> hook;

    /** The memory of the event loops that start from here on. */
    static Supplier<LoopMemory> memory = LoopMemory::new;

    private FaultInjection() {}

    static void at(Place place) {
        Consumer<Place> injected = hook;
        if (injected != null) {
            injected.accept(place);
        }
    }
}
