package dev.marline.transport.loop;

import dev.marline.protocol.Memory;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The arrays that the connections of one event loop lend from each other, in sizes of powers of two. What is given back is kept up
 * to a bound, the rest is the garbage collector's.
 */
public class LoopMemory implements Memory {
    private static final int SMALLEST_SHIFT = 11;
    private static final int LARGEST_SHIFT = 20;

    /** Some large messages under way at a time, unless the heap or the direct memory is small. */
    static final long MAX_KEPT = Math.min(
            16L << 20,
            Math.min(Runtime.getRuntime().maxMemory(), MemoryBudgets.maxDirectMemory())
                    / 64
                    / Runtime.getRuntime().availableProcessors());

    private final ArrayDeque<byte[]>[] free;
    private final Map<Class<?>, Object> shared = new HashMap<>();
    private long kept;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type has no other way
    LoopMemory() {
        free = new ArrayDeque[LARGEST_SHIFT - SMALLEST_SHIFT + 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    @Override
    public byte[] take(int atLeast) {
        int shift = Math.max(SMALLEST_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(0, atLeast - 1)));
        if (shift > LARGEST_SHIFT) {
            return new byte[atLeast];
        }
        byte[] array = free[shift - SMALLEST_SHIFT].pollLast();
        if (array == null) {
            return new byte[1 << shift];
        }
        kept -= array.length;
        return array;
    }

    @Override
    public void give(byte[] array) {
        int shift = Integer.numberOfTrailingZeros(array.length);
        boolean pooled = array.length == 1 << shift && shift >= SMALLEST_SHIFT && shift <= LARGEST_SHIFT;
        if (pooled && kept + array.length <= MAX_KEPT) {
            try {
                free[shift - SMALLEST_SHIFT].addLast(array);
                kept += array.length;
            } catch (OutOfMemoryError e) {
                // Not even for the place to keep it: it is the garbage collector's.
            }
        }
    }

    @Override
    public <T> T shared(Class<T> type, Supplier<T> create) {
        return type.cast(shared.computeIfAbsent(type, absent -> create.get()));
    }
}
