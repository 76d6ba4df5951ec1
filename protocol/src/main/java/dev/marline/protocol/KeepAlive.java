package dev.marline.protocol;

/**
 * Sends a Ping now and then (RFC 6455 §5.5.2: "as a keepalive or as a means to verify that the remote endpoint is still
 * responsive"), measures the round-trip time and tells when the peer has been silent for too long.
 *
 * <p>Any byte that arrives counts as life: a peer in the middle of a large frame cannot put its Pong inside it.
 */
final class KeepAlive {
    static final int PAYLOAD_BYTES = 4;

    /** How often at least something is sent while reading is paused. */
    static final long PAUSED_INTERVAL = 5_000_000_000L;

    private final ConnectionLimits limits;

    /** Or, before the first one, the beginning. */
    private long pingSent;

    private long lastHeard;

    /** Of a pause: its beginning, or the last heartbeat in it. */
    private long lastHeartbeat;

    private long roundTrip = Connection.UNKNOWN;
    private int pings;
    private boolean waiting;
    private boolean paused;
    private boolean congested;

    /** Until when the systems between the ends may hold output that the peer reads before the last Ping. */
    private long backlogEnd;

    KeepAlive(ConnectionLimits limits, long now) {
        this.limits = limits;
        this.pingSent = now;
        this.lastHeard = now;
        this.backlogEnd = now;
    }

    void heard(long now) {
        lastHeard = now;
    }

    /** While reading is paused the peer's Pong could not be seen, so its absence means nothing. */
    void paused(boolean paused, long now) {
        this.paused = paused;
        lastHeard = now;
        lastHeartbeat = now;
    }

    /** While much output waits, the peer has to read it before it comes to the Ping, and the output's own timeout applies. */
    void congested(boolean congested) {
        this.congested = congested;
    }

    void backlogUntil(long time) {
        backlogEnd = Math.max(backlogEnd, time);
    }

    /** Whether a Ping has been sent whose Pong is waited for. */
    boolean isWaitingForPong() {
        return waiting && !paused && !congested;
    }

    long nextDeadline() {
        if (limits.pingInterval() == 0) {
            return Connection.NO_DEADLINE;
        }
        long nextPing = pingSent + limits.pingInterval();
        if (paused) {
            return waiting ? nextHeartbeat() : Math.min(nextPing, nextHeartbeat());
        }
        if (!waiting) {
            return nextPing;
        }
        return congested
                ? Connection.NO_DEADLINE
                : Math.max(Math.max(pingSent, lastHeard), backlogEnd) + limits.pongTimeout();
    }

    private long nextHeartbeat() {
        return lastHeartbeat + Math.min(limits.pingInterval(), PAUSED_INTERVAL);
    }

    /**
     * Whether it is time for a Pong that nobody asked for (RFC 6455 §5.5.3: "a unidirectional heartbeat"). While reading is paused, some
     * systems tell that the connection has been reset only to those who write.
     */
    boolean isHeartbeatDue(long now) {
        return limits.pingInterval() != 0 && paused && now >= nextHeartbeat();
    }

    void heartbeat(long now) {
        lastHeartbeat = now;
    }

    boolean isPingDue(long now) {
        return limits.pingInterval() != 0 && !waiting && now >= pingSent + limits.pingInterval();
    }

    boolean isPeerGone(long now) {
        return isWaitingForPong() && now >= nextDeadline();
    }

    /** The payload of the Ping that is sent now. */
    byte[] ping(long now) {
        pings++;
        waiting = true;
        pingSent = now;
        lastHeartbeat = now;
        return new byte[] {(byte) (pings >>> 24), (byte) (pings >>> 16), (byte) (pings >>> 8), (byte) pings};
    }

    /** Takes a Pong: if it answers the last Ping, the round-trip time is known and the next Ping may go. */
    void pong(byte[] bytes, int offset, int length, long now) {
        if (waiting && length == PAYLOAD_BYTES && number(bytes, offset) == pings) {
            waiting = false;
            roundTrip = now - pingSent;
        }
    }

    long roundTrip() {
        return roundTrip;
    }

    private static int number(byte[] bytes, int offset) {
        return bytes[offset] << 24
                | (bytes[offset + 1] & 0xFF) << 16
                | (bytes[offset + 2] & 0xFF) << 8
                | (bytes[offset + 3] & 0xFF);
    }
}
