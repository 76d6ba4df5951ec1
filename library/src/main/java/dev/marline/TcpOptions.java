package dev.marline;

import java.time.Duration;

/**
 * How the system watches over TCP connections: of a server those that it accepts, of a client those that it opens. Unix domain sockets
 * and HTTP/3 have none of it.
 *
 * <pre>{@code
 * TcpOptions.DEFAULT
 *         .withKeepAlive(Duration.ofSeconds(60), Duration.ofSeconds(10), 3)
 *         .withUserTimeout(Duration.ofSeconds(30))
 * }</pre>
 *
 * <p>WebSockets have Pings, which see more: see {@link Limits#pingInterval}. This is for what is no WebSocket yet, for connections whose
 * Pings are off, and for a network whose idea of a dead connection has to be met.
 *
 * @param keepAliveIdle SO_KEEPALIVE and TCP_KEEPIDLE: how long a connection is silent before the system asks whether the peer is there,
 *     whole seconds, 1 to 32,767; 0 for never
 * @param keepAliveInterval TCP_KEEPINTVL: how long it waits between two questions, whole seconds, 1 to 32,767
 * @param keepAliveProbes TCP_KEEPCNT: after how many questions without an answer the connection is lost, 1 to 127
 * @param userTimeout TCP_USER_TIMEOUT (RFC 5482): how long sent bytes may stay unacknowledged before the connection is lost, at least a
 *     millisecond; 0 for the system's own, which is a quarter of an hour or more
 */
public record TcpOptions(
        Duration keepAliveIdle, Duration keepAliveInterval, int keepAliveProbes, Duration userTimeout) {
    /** Neither of both. */
    public static final TcpOptions DEFAULT = new TcpOptions(Duration.ZERO, Duration.ofSeconds(75), 9, Duration.ZERO);

    private static final int MAX_SECONDS = 32_767;

    /**
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public TcpOptions {
        if (!keepAliveIdle.isZero()) {
            requireSeconds("keepAliveIdle", keepAliveIdle);
        }
        requireSeconds("keepAliveInterval", keepAliveInterval);
        if (keepAliveProbes < 1 || keepAliveProbes > 127) {
            throw new IllegalArgumentException("keepAliveProbes is " + keepAliveProbes + ", expected 1 to 127");
        }
        if (!userTimeout.isZero()
                && (userTimeout.compareTo(Duration.ofMillis(1)) < 0
                        || userTimeout.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0)) {
            throw new IllegalArgumentException("userTimeout is " + userTimeout + ", expected 1 to " + Integer.MAX_VALUE
                    + " milliseconds, or 0 for the system's own");
        }
    }

    private static void requireSeconds(String name, Duration value) {
        if (value.getNano() != 0 || value.getSeconds() < 1 || value.getSeconds() > MAX_SECONDS) {
            throw new IllegalArgumentException(name + " is " + value + ", expected whole seconds, 1 to " + MAX_SECONDS);
        }
    }

    /**
     * Has the system ask silent peers whether they are there.
     *
     * @param idle after how long a silence
     * @param interval how long between two questions
     * @param probes after how many without an answer the connection is lost
     */
    public TcpOptions withKeepAlive(Duration idle, Duration interval, int probes) {
        return new TcpOptions(idle, interval, probes, userTimeout);
    }

    /** Loses a connection when what was sent is not acknowledged for so long. */
    public TcpOptions withUserTimeout(Duration timeout) {
        return new TcpOptions(keepAliveIdle, keepAliveInterval, keepAliveProbes, timeout);
    }
}
