package dev.marline.transport.client;

import dev.marline.Limits;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.loop.LoopContext;
import java.time.Duration;

/**
 * When a WebSocket has to be open: the handshake timeout, which bounds all that opening it takes, looking up hosts, proxies, redirects
 * and passwords too. To wait for one's turn takes none of it.
 */
public final class HandshakeDeadline {
    private final Duration timeout;
    private volatile long nanos;

    /** With the handshake timeout ahead. */
    public HandshakeDeadline(Limits limits) {
        timeout = limits.handshakeTimeout();
        nanos = LoopContext.nanoTime() + timeout.toNanos();
    }

    /** Gives back the time since then. By who has the attempt in hand alone. */
    void giveBackSince(long since) {
        nanos = nanos + LoopContext.nanoTime() - since;
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
