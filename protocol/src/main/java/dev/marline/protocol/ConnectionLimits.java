package dev.marline.protocol;

/**
 * How much a {@link Connection} takes from its peer and how long it waits for it. Times are in nanoseconds; 0 switches pings off.
 *
 * @param maxMessageBytes the largest message in bytes; a larger one fails the connection with 1009
 * @param maxFragments the most frames that one message may come in; more fail the connection with 1009
 * @param pingInterval how long after a Ping the next one goes
 * @param pongTimeout how long after a Ping, without a byte from the peer, it counts as gone
 * @param closingTimeout how long a step of the closing handshake may take
 */
public record ConnectionLimits(
        long maxMessageBytes, int maxFragments, long pingInterval, long pongTimeout, long closingTimeout) {
    public ConnectionLimits {
        if (maxMessageBytes < 0 || maxMessageBytes > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("maxMessageBytes is " + maxMessageBytes + ", expected 0 to 2147483583");
        }
        if (maxFragments < 1) {
            throw new IllegalArgumentException("maxFragments is " + maxFragments + ", expected at least 1");
        }
        if (pingInterval < 0 || pongTimeout <= 0 || closingTimeout <= 0) {
            throw new IllegalArgumentException("times must be positive, and pingInterval positive or 0: " + pingInterval
                    + ", " + pongTimeout + ", " + closingTimeout);
        }
    }
}
