package dev.marline.transport.http;

import java.util.concurrent.TimeUnit;

/**
 * Counts the streams of a connection that its peer has reset, or has had reset, and the like: all WebSockets may end so at once, and
 * be opened again, but a peer that does so again and again only makes work (CVE-2023-44487, CVE-2025-8671).
 */
public final class ResetLimit {
    /** How many may be reset beyond those that may be open. */
    static final int BEYOND = 200;

    static final int SECONDS = 30;

    private final int most;
    private long begin;
    private int count;

    public ResetLimit(int maxConcurrentStreams) {
        most = most(maxConcurrentStreams);
    }

    static int most(int maxConcurrentStreams) {
        return (int) Math.min(Integer.MAX_VALUE, (long) maxConcurrentStreams + BEYOND);
    }

    /** Counts one more; whether that is too many within {@link #SECONDS}. */
    public boolean isExceededBy(long now) {
        if (count == 0 || now - begin > TimeUnit.SECONDS.toNanos(SECONDS)) {
            begin = now;
            count = 0;
        }
        count++;
        return count > most;
    }
}
