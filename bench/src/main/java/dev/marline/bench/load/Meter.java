package dev.marline.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.jspecify.annotations.Nullable;

/** Counts the messages that arrive, in the thread of one event loop, and measures a stretch of time of it in another. */
final class Meter {
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int DIGITS = 3;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration GLANCE = Duration.ofMillis(100);

    private final AtomicLong messages = new AtomicLong();
    private final SingleWriterRecorder latencies = new SingleWriterRecorder(LONGEST_NANOS, DIGITS);
    private final AtomicReference<@Nullable LoadException> failure = new AtomicReference<>();
    private volatile boolean stopped;

    /** A message has arrived. */
    void arrived() {
        // One thread writes: this is all the order that the reader needs.
        messages.lazySet(messages.getPlain() + 1);
    }

    /** A message has taken so long. */
    void took(long nanos) {
        latencies.recordValue(Math.min(nanos, LONGEST_NANOS));
    }

    /** The load has failed; the first time counts. */
    void fail(String why) {
        failure.compareAndSet(null, new LoadException(why));
    }

    /** A connection has ended, which is a failure while the load is on. */
    void ended(String why) {
        if (!stopped) {
            fail(why);
        }
    }

    /** The load is taken off. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    long messages() {
        return messages.get();
    }

    /**
     * Lets the load go on for a while, then measures it for another.
     *
     * @throws LoadException if it fails meanwhile
     */
    Map<Figure, Double> measure(ServerProcess server, Duration warmUp, Duration time)
            throws IOException, InterruptedException {
        watch(warmUp);
        latencies.reset();
        long start = System.nanoTime();
        long count = messages.get();
        long ofServer = server.cpuNanos();
        long ofClient = CpuTime.of(ProcessHandle.current());
        long ofAll = CpuTime.ofAll();
        watch(time);
        double elapsed = System.nanoTime() - start;
        count = messages.get() - count;
        ofServer = server.cpuNanos() - ofServer;
        ofClient = CpuTime.of(ProcessHandle.current()) - ofClient;
        ofAll = CpuTime.ofAll() - ofAll;
        Histogram latency = latencies.getIntervalHistogram();
        if (count == 0) {
            throw new LoadException("no messages came back");
        }
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.CPU_MICROS, ofServer / NANOS_PER_MICRO / count);
        figures.put(Figure.CLIENT_CPU_MICROS, ofClient / NANOS_PER_MICRO / count);
        figures.put(Figure.MESSAGES_PER_SECOND, count * NANOS_PER_SECOND / elapsed);
        figures.put(Figure.P50_MICROS, latency.getValueAtPercentile(50) / NANOS_PER_MICRO);
        figures.put(Figure.P99_MICROS, latency.getValueAtPercentile(99) / NANOS_PER_MICRO);
        figures.put(Figure.P999_MICROS, latency.getValueAtPercentile(99.9) / NANOS_PER_MICRO);
        figures.put(Figure.SERVER_CORES, ofServer / elapsed);
        figures.put(Figure.CLIENT_CORES, ofClient / elapsed);
        figures.put(Figure.OTHER_CORES, Math.max(0, (ofAll - ofServer - ofClient) / elapsed));
        return figures;
    }

    /** Waits, but no longer than until the load fails. */
    void watch(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        do {
            LoadException failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            long left = end - System.nanoTime();
            Thread.sleep(Math.max(0, Math.min(GLANCE.toMillis(), left / 1_000_000)));
        } while (System.nanoTime() < end);
    }
}
