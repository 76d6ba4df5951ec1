package dev.marline.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** CPU time that was used, user's and system's, in nanoseconds. */
final class CpuTime {
    /** Linux counts in hundredths of a second where it tells others. */
    private static final long TICK_NANOS = 10_000_000;

    private static final Path STAT = Path.of("/proc/stat");

    // Where /proc/stat has the times of all processors: see proc(5).
    private static final int USER = 1;
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final int SOFT_IRQ = 7;

    private CpuTime() {}

    /** By a process. */
    static long of(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** By the whole machine. */
    static long ofAll() throws IOException {
        if (!Files.exists(STAT)) {
            return 0;
        }
        String[] fields = Files.readAllLines(STAT).get(0).split(" +", -1);
        long ticks = 0;
        for (int i = USER; i <= SOFT_IRQ; i++) {
            if (i != IDLE && i != IO_WAIT) {
                ticks += Long.parseLong(fields[i]);
            }
        }
        return ticks * TICK_NANOS;
    }
}
