package dev.marline.protocol.testing;

import dev.marline.protocol.Memory;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Memory that knows what is out on loan. Arrays come and go filled with junk, so that whoever relies on their first contents, or
 * reads one after giving it back, reads nonsense.
 */
public final class CountingMemory implements Memory {
    private static final byte JUNK = (byte) 0xDE;

    private final Set<byte[]> lent = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Class<?>, Object> shared = new HashMap<>();
    private int taken;
    private int largest;

    @Override
    public byte[] take(int atLeast) {
        byte[] array = new byte[atLeast];
        Arrays.fill(array, JUNK);
        lent.add(array);
        taken++;
        largest = Math.max(largest, atLeast);
        return array;
    }

    @Override
    public void give(byte[] array) {
        if (!lent.remove(array)) {
            throw new AssertionError("an array of " + array.length + " bytes is given back that is not on loan");
        }
        Arrays.fill(array, JUNK);
    }

    @Override
    public <T> T shared(Class<T> type, Supplier<T> create) {
        return type.cast(shared.computeIfAbsent(type, any -> create.get()));
    }

    /** How many arrays are taken and not given back. */
    public int lent() {
        return lent.size();
    }

    /** How many bytes those arrays have. */
    public long lentBytes() {
        return lent.stream().mapToLong(array -> array.length).sum();
    }

    /** How many arrays were taken so far. */
    public int taken() {
        return taken;
    }

    /** The length of the longest array taken so far. */
    public int largest() {
        return largest;
    }
}
