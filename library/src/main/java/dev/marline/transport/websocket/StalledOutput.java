package dev.marline.transport.websocket;

import io.netty.channel.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Watches output that waits: whether the peer still takes any of it. */
public final class StalledOutput {
    private static final int LOOKS_WITHIN_TIMEOUT = 8;

    private final long timeout;
    private final Carrier carrier;
    private final Channel channel;

    /** Null before the first look, with which the time begins. */
    private @Nullable Object progress;

    private long since;
    private long nextLook;

    public StalledOutput(Duration timeout, Carrier carrier, Channel channel, long now) {
        this.timeout = timeout.toNanos();
        this.carrier = carrier;
        this.channel = channel;
        since = now;
        nextLook = now + this.timeout / LOOKS_WITHIN_TIMEOUT;
    }

    /** When to {@link #look} again. */
    public long deadline() {
        return nextLook;
    }

    /** Looks again if it is time; whether the peer has taken some since the look before. */
    public boolean look(long now) {
        if (now < nextLook) {
            return false;
        }
        nextLook = now + timeout / LOOKS_WITHIN_TIMEOUT;
        Object latest = carrier.outboundProgress(channel);
        Object before = progress;
        if (latest.equals(before)) {
            return false;
        }
        progress = latest;
        since = now;
        return before != null;
    }

    /** Looks again if it is time; whether the peer has taken nothing for the whole timeout. */
    public boolean isOverdue(long now) {
        look(now);
        return now - since >= timeout;
    }
}
