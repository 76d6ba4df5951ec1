package dev.marline.bench.kernels;

import dev.marline.protocol.Memory;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Memory as an event loop has it: what can be shared is there once, and arrays are used again. */
final class ThreadMemory implements Memory {
    private final Map<Class<?>, Object> shared = new HashMap<>();
    private byte[] array = new byte[64 * 1024];

    @Override
    public byte[] take(int atLeast) {
        byte[] taken = array.length >= atLeast ? array : new byte[atLeast];
        array = new byte[0];
        return taken;
    }

    @Override
    public void give(byte[] given) {
        array = given;
    }

    @Override
    public <T> T shared(Class<T> type, Supplier<T> create) {
        return type.cast(shared.computeIfAbsent(type, absent -> create.get()));
    }
}
