package dev.marline.transport.websocket;

import io.netty.channel.Channel;

/** Watches output that is over its high-water mark: whether the peer still takes any of it. */
public final class StalledOutput {
    private final long timeout;
    private final Carrier carrier;
    private final Channel channel;
    private Object progress;
    private long since;

    StalledOutput(long timeoutNanos, Carrier carrier, Channel channel, long now) {
        timeout = timeoutNanos;
        this.carrier = carrier;
        this.channel = channel;
        progress = carrier.outboundProgress(channel);
        since = now;
    }

    long deadline() {
        return since + timeout;
    }

    /** Looks again; whether nothing has moved for as long as it may. */
    boolean isOverdue(long now) {
        Object latest = carrier.outboundProgress(channel);
        if (!latest.equals(progress)) {
            progress = latest;
            since = now;
            return false;
        }
        return now >= deadline();
    }
}
