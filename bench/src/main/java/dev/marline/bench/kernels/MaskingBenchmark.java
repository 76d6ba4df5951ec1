package dev.marline.bench.kernels;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Masking in place, RFC 6455 §5.3. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MaskingBenchmark {
    /** The class is the engine's own: the benchmark goes in by a handle, which costs nothing once it is compiled. */
    private static final MethodHandle MASK = mask();

    private static final int KEY = 0x12345678;

    @Param({"32", "1024", "65536"})
    int size;

    @SuppressWarnings("NullAway.Init") // set before anything is measured
    private byte[] payload;

    private static MethodHandle mask() {
        try {
            Class<?> masking = Class.forName("dev.marline.protocol.Masking");
            return MethodHandles.privateLookupIn(masking, MethodHandles.lookup())
                    .findStatic(
                            masking,
                            "mask",
                            MethodType.methodType(void.class, byte[].class, int.class, int.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Setup
    public void fill() {
        payload = new byte[size];
    }

    @Benchmark
    public byte[] inPlace() throws Throwable {
        MASK.invokeExact(payload, 0, size, KEY);
        return payload;
    }
}
