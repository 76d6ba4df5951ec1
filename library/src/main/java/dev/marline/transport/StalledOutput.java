package dev.marline.transport;

import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Watches output that is over its high-water mark: whether the peer still takes any of it. Nothing has moved while the first
 * buffer in the queue is the same, with as many bytes unwritten.
 */
final class StalledOutput {
    private final long timeout;
    private @Nullable Object first;
    private long progress;
    private long since;

    StalledOutput(long timeoutNanos, @Nullable ChannelOutboundBuffer outbound, long now) {
        timeout = timeoutNanos;
        look(outbound, now);
    }

    long deadline() {
        return since + timeout;
    }

    /** Looks again; whether nothing has moved for as long as it may. */
    @SuppressWarnings("ReferenceEquality") // the same buffer, not an equal one
    boolean isOverdue(@Nullable ChannelOutboundBuffer outbound, long now) {
        boolean moved = outbound == null || outbound.current() != first || outbound.currentProgress() != progress;
        if (moved) {
            look(outbound, now);
            return false;
        }
        return now >= deadline();
    }

    private void look(@Nullable ChannelOutboundBuffer outbound, long now) {
        first = outbound == null ? null : outbound.current();
        progress = outbound == null ? 0 : outbound.currentProgress();
        since = now;
    }
}
