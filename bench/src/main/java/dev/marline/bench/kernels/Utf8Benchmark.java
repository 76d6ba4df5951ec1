package dev.marline.bench.kernels;

import dev.marline.bench.load.Messages;
import dev.marline.protocol.Utf8;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Validation of UTF-8. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Utf8Benchmark {
    @Param({"64", "1024", "65536"})
    int size;

    @SuppressWarnings("NullAway.Init") // set before anything is measured, as the next
    private byte[] ascii;

    @SuppressWarnings("NullAway.Init")
    private byte[] mixed;

    @Setup
    public void fill() {
        ascii = new byte[size];
        Arrays.fill(ascii, (byte) 'a');
        mixed = Messages.text(1, size).get(0).toByteArray();
    }

    @Benchmark
    public boolean ascii() {
        return Utf8.isValid(ascii, 0, size);
    }

    @Benchmark
    public boolean mixed() {
        return Utf8.isValid(mixed, 0, size);
    }
}
