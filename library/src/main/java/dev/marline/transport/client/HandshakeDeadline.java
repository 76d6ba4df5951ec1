package dev.marline.transport.client;

import dev.marline.Limits;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.loop.LoopContext;
import java.time.Duration;

/**
 * When a WebSocket has to be open: the handshake timeout, which bounds all that opening it takes, looking up hosts, waiting for other
 * attempts, proxies, redirects and passwords too.
 */
public final class HandshakeDeadline {
    private final Duration timeout;
    private final long nanos;

    /** With the handshake timeout ahead. */
    public HandshakeDeadline(Limits limits) {
        timeout = limits.handshakeTimeout();
        nanos = LoopContext.nanoTime() + timeout.toNanos();
    }

    /** As {@link LoopContext#nanoTime} has it. */
    long nanos() {
        return nanos;
    }

    public boolean isPast() {
        return nanosLeft() == 0;
    }

    long nanosLeft() {
        return Math.max(0, nanos - LoopContext.nanoTime());
    }

    /** What whoever waits is told when it has passed. */
    public WebSocketException missedBy(WebSocketAddress address) {
        return new WebSocketException("connecting to " + address + " took longer than " + timeout.toMillis() + " ms");
    }
}
