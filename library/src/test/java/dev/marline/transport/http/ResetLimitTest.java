package dev.marline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ResetLimitTest {
    private static final int STREAMS = 10;
    private static final int MOST = STREAMS + ResetLimit.BEYOND;
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(ResetLimit.SECONDS);

    // Near its end, where the clock may be.
    private long now = Long.MAX_VALUE - WINDOW / 2;
    private final ResetLimit limit = new ResetLimit(STREAMS);

    private void resetAsManyAsAllowed() {
        for (int i = 0; i < MOST; i++) {
            assertThat(limit.isExceededBy(now)).as("after %d", i).isFalse();
        }
    }

    @Test
    void allStreamsAndSomeMoreMayBeResetAndNotOneMore() {
        resetAsManyAsAllowed();

        assertThat(limit.isExceededBy(now)).isTrue();
        assertThat(limit.isExceededBy(now + WINDOW)).isTrue();
    }

    @Test
    void afterAWhileTheyCountAnew() {
        resetAsManyAsAllowed();
        now += WINDOW + 1; // past the largest number

        resetAsManyAsAllowed();
        assertThat(limit.isExceededBy(now)).isTrue();
    }

    @Test
    void thoseThatAreSpreadOverALongTimeAreNeverTooMany() {
        for (int i = 0; i < 10 * MOST; i++) {
            now += WINDOW / MOST + 1;
            assertThat(limit.isExceededBy(now)).isFalse();
        }
    }

    @Test
    void asManyStreamsAsThereCanBeAreNoOverflow() {
        assertThat(new ResetLimit(Integer.MAX_VALUE).isExceededBy(now)).isFalse();
    }
}
