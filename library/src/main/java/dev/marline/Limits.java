package dev.marline;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How much a peer may take, and how long. Every limit is on by default.
 *
 * <pre>{@code
 * Limits limits = Limits.DEFAULT.withMaxMessageBytes(16 << 20).withPingInterval(Duration.ofSeconds(10));
 * }</pre>
 *
 * @param maxMessageBytes the largest message received, in bytes, after inflation; a larger one fails the connection with 1009
 * @param maxFragments the most frames that one message may come in; more fail the connection with 1009
 * @param highWaterMark bytes of output waiting at which a socket is not writable any more and, on a server, reading from its peer
 *     pauses; at half of it both end
 * @param maxBufferedOutput bytes of output waiting at which the peer counts as a slow consumer, and the connection is aborted. A
 *     message sent while less than the high-water mark waits is always taken, however large
 * @param stalledOutputTimeout how long output may wait, over the high-water mark, without the peer taking any of it; after that the
 *     connection is aborted too. Also how long a client may take nothing of a response
 * @param maxHeaderBytes the largest head of an HTTP request or response; more is answered with 431
 * @param maxHeaders the most header fields in one; more are answered with 431
 * @param handshakeTimeout how long connecting, TLS and the opening handshake may take together, the wait for other attempts to
 *     connect to the same address included; also how long an HTTP
 *     connection may take to send a request
 * @param idleTimeout how long a server keeps an HTTP connection open between requests. Longer than what load balancers keep theirs, which
 *     is 60 seconds for many, so that none sends a request while the server closes
 * @param pingInterval how often a Ping is sent; {@link Duration#ZERO} for never
 * @param pongTimeout how long after a Ping a peer may stay silent
 * @param closingTimeout how long each step of the closing handshake may take
 * @param maxConnections the most connections that a server has at once; more are answered with 503
 * @param maxConnectionsPerAddress the most of them from one address, where those that a trusted proxy has connected for are
 *     counted for theirs; loopback addresses and trusted proxies are exempt, and an IPv6 address counts as its network of 64 bits
 * @param maxConcurrentStreams the most requests, WebSockets among them, that an HTTP/2 or HTTP/3 connection may carry at once
 * @param maxPendingHandshakes the most connections, and streams of HTTP/2 and HTTP/3, that a server waits for a request of; for one
 *     that is too many the one is ended that it has waited for longest
 * @param maxTotalInput the most bytes that messages of which a part has come, and input that waits, may take over all connections of a
 *     server or client; beyond it, the connections that hold the most are closed with 1013. 0, the default, stands for a quarter of the
 *     heap, or half of the direct memory if that is less
 * @param maxTotalOutput the most bytes of output that may wait over all connections of a server or client; beyond it, the connections
 *     for which the most waits are aborted. 0, the default, stands for a quarter of the heap, or of the direct memory if that is less
 * @param addressSharePercent the most of {@code maxTotalInput} and of {@code maxTotalOutput} that the clients of one address may use,
 *     in percent. An IPv6 address counts as its network of 64 bits; trusted proxies are exempt, and their clients count
 * @param maxStreamsPerAddress the most streams of HTTP/2 and HTTP/3, each with a request or a WebSocket, on all connections from one
 *     address; more are answered with 503. Loopback addresses and trusted proxies are exempt
 */
public record Limits(
        int maxMessageBytes,
        int maxFragments,
        int highWaterMark,
        int maxBufferedOutput,
        Duration stalledOutputTimeout,
        int maxHeaderBytes,
        int maxHeaders,
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration pingInterval,
        Duration pongTimeout,
        Duration closingTimeout,
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxConcurrentStreams,
        int maxPendingHandshakes,
        long maxTotalInput,
        long maxTotalOutput,
        int addressSharePercent,
        int maxStreamsPerAddress) {

    /** No array can be much larger. */
    private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

    private static final Duration MAX_TIME = Duration.ofDays(365);

    public static final Limits DEFAULT = new Limits(
            1 << 20,
            131_072,
            64 << 10,
            16 << 20,
            Duration.ofSeconds(60),
            16 << 10,
            100,
            Duration.ofSeconds(10),
            Duration.ofSeconds(75),
            Duration.ofSeconds(30),
            Duration.ofSeconds(20),
            Duration.ofSeconds(5),
            100_000,
            1_000,
            1_000,
            10_000,
            0,
            0,
            50,
            10_000);

    /**
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public Limits {
        requireRange("maxMessageBytes", maxMessageBytes, 0, MAX_BYTES);
        requireRange("maxFragments", maxFragments, 1, Integer.MAX_VALUE);
        requireRange("highWaterMark", highWaterMark, 1, MAX_BYTES);
        requireRange("maxBufferedOutput", maxBufferedOutput, highWaterMark, MAX_BYTES);
        requireTime("stalledOutputTimeout", stalledOutputTimeout);
        requireRange("maxHeaderBytes", maxHeaderBytes, 256, MAX_BYTES);
        requireRange("maxHeaders", maxHeaders, 1, Integer.MAX_VALUE);
        requireTime("handshakeTimeout", handshakeTimeout);
        requireTime("idleTimeout", idleTimeout);
        if (!pingInterval.isZero()) {
            requireTime("pingInterval", pingInterval);
        }
        requireTime("pongTimeout", pongTimeout);
        requireTime("closingTimeout", closingTimeout);
        requireRange("maxConnections", maxConnections, 1, Integer.MAX_VALUE);
        requireRange("maxConnectionsPerAddress", maxConnectionsPerAddress, 1, Integer.MAX_VALUE);
        requireRange("maxConcurrentStreams", maxConcurrentStreams, 1, Integer.MAX_VALUE);
        requireRange("maxPendingHandshakes", maxPendingHandshakes, 1, Integer.MAX_VALUE);
        requireTotal("maxTotalInput", maxTotalInput);
        requireTotal("maxTotalOutput", maxTotalOutput);
        requireRange("addressSharePercent", addressSharePercent, 1, 100);
        requireRange("maxStreamsPerAddress", maxStreamsPerAddress, 1, Integer.MAX_VALUE);
    }

    private static void requireRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + least + " to " + most);
        }
    }

    private static void requireTotal(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", expected at least 1, or 0 for what suits the JVM's memory");
        }
    }

    private static void requireTime(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(MAX_TIME) > 0) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", expected more than 0 and at most " + MAX_TIME);
        }
    }

    public Limits withMaxMessageBytes(int maxMessageBytes) {
        return with(changed -> changed.maxMessageBytes = maxMessageBytes);
    }

    public Limits withMaxFragments(int maxFragments) {
        return with(changed -> changed.maxFragments = maxFragments);
    }

    public Limits withHighWaterMark(int highWaterMark) {
        return with(changed -> changed.highWaterMark = highWaterMark);
    }

    public Limits withMaxBufferedOutput(int maxBufferedOutput) {
        return with(changed -> changed.maxBufferedOutput = maxBufferedOutput);
    }

    public Limits withStalledOutputTimeout(Duration stalledOutputTimeout) {
        return with(changed -> changed.stalledOutputTimeout = stalledOutputTimeout);
    }

    public Limits withMaxHeaderBytes(int maxHeaderBytes) {
        return with(changed -> changed.maxHeaderBytes = maxHeaderBytes);
    }

    public Limits withMaxHeaders(int maxHeaders) {
        return with(changed -> changed.maxHeaders = maxHeaders);
    }

    public Limits withHandshakeTimeout(Duration handshakeTimeout) {
        return with(changed -> changed.handshakeTimeout = handshakeTimeout);
    }

    public Limits withIdleTimeout(Duration idleTimeout) {
        return with(changed -> changed.idleTimeout = idleTimeout);
    }

    public Limits withPingInterval(Duration pingInterval) {
        return with(changed -> changed.pingInterval = pingInterval);
    }

    public Limits withPongTimeout(Duration pongTimeout) {
        return with(changed -> changed.pongTimeout = pongTimeout);
    }

    public Limits withClosingTimeout(Duration closingTimeout) {
        return with(changed -> changed.closingTimeout = closingTimeout);
    }

    public Limits withMaxConnections(int maxConnections) {
        return with(changed -> changed.maxConnections = maxConnections);
    }

    public Limits withMaxConnectionsPerAddress(int maxConnectionsPerAddress) {
        return with(changed -> changed.maxConnectionsPerAddress = maxConnectionsPerAddress);
    }

    public Limits withMaxConcurrentStreams(int maxConcurrentStreams) {
        return with(changed -> changed.maxConcurrentStreams = maxConcurrentStreams);
    }

    public Limits withMaxPendingHandshakes(int maxPendingHandshakes) {
        return with(changed -> changed.maxPendingHandshakes = maxPendingHandshakes);
    }

    public Limits withMaxTotalInput(long maxTotalInput) {
        return with(changed -> changed.maxTotalInput = maxTotalInput);
    }

    public Limits withMaxTotalOutput(long maxTotalOutput) {
        return with(changed -> changed.maxTotalOutput = maxTotalOutput);
    }

    public Limits withAddressSharePercent(int addressSharePercent) {
        return with(changed -> changed.addressSharePercent = addressSharePercent);
    }

    public Limits withMaxStreamsPerAddress(int maxStreamsPerAddress) {
        return with(changed -> changed.maxStreamsPerAddress = maxStreamsPerAddress);
    }

    private Limits with(Consumer<Changed> change) {
        Changed changed = new Changed(this);
        change.accept(changed);
        return changed.limits();
    }

    /** A record's values, to change one of them. */
    private static final class Changed {
        private int maxMessageBytes;
        private int maxFragments;
        private int highWaterMark;
        private int maxBufferedOutput;
        private Duration stalledOutputTimeout;
        private int maxHeaderBytes;
        private int maxHeaders;
        private Duration handshakeTimeout;
        private Duration idleTimeout;
        private Duration pingInterval;
        private Duration pongTimeout;
        private Duration closingTimeout;
        private int maxConnections;
        private int maxConnectionsPerAddress;
        private int maxConcurrentStreams;
        private int maxPendingHandshakes;
        private long maxTotalInput;
        private long maxTotalOutput;
        private int addressSharePercent;
        private int maxStreamsPerAddress;

        Changed(Limits limits) {
            maxMessageBytes = limits.maxMessageBytes;
            maxFragments = limits.maxFragments;
            highWaterMark = limits.highWaterMark;
            maxBufferedOutput = limits.maxBufferedOutput;
            stalledOutputTimeout = limits.stalledOutputTimeout;
            maxHeaderBytes = limits.maxHeaderBytes;
            maxHeaders = limits.maxHeaders;
            handshakeTimeout = limits.handshakeTimeout;
            idleTimeout = limits.idleTimeout;
            pingInterval = limits.pingInterval;
            pongTimeout = limits.pongTimeout;
            closingTimeout = limits.closingTimeout;
            maxConnections = limits.maxConnections;
            maxConnectionsPerAddress = limits.maxConnectionsPerAddress;
            maxConcurrentStreams = limits.maxConcurrentStreams;
            maxPendingHandshakes = limits.maxPendingHandshakes;
            maxTotalInput = limits.maxTotalInput;
            maxTotalOutput = limits.maxTotalOutput;
            addressSharePercent = limits.addressSharePercent;
            maxStreamsPerAddress = limits.maxStreamsPerAddress;
        }

        Limits limits() {
            return new Limits(
                    maxMessageBytes,
                    maxFragments,
                    highWaterMark,
                    maxBufferedOutput,
                    stalledOutputTimeout,
                    maxHeaderBytes,
                    maxHeaders,
                    handshakeTimeout,
                    idleTimeout,
                    pingInterval,
                    pongTimeout,
                    closingTimeout,
                    maxConnections,
                    maxConnectionsPerAddress,
                    maxConcurrentStreams,
                    maxPendingHandshakes,
                    maxTotalInput,
                    maxTotalOutput,
                    addressSharePercent,
                    maxStreamsPerAddress);
        }
    }
}
