package dev.marline.transport.http;

import dev.marline.Limits;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What both ends of HTTP/3 want of QUIC. */
public final class Quic {
    /** How much may come on a stream before any of it is taken; QUIC lets it grow for a stream that is read fast. */
    public static final long STREAM_WINDOW = 64 * 1024;

    /**
     * How much may come on all streams before any of it is taken. QUIC opens this window, too, only when something is taken, so that it
     * is as large as it may be: so many streams have to be paused and full before they hold up others.
     */
    private static final long CONNECTION_WINDOW = 16 * 1024 * 1024;

    /** What a control stream, and those of QPACK, need. */
    private static final long CONTROL_STREAMS = 8;

    private Quic() {}

    public static <B extends QuicCodecBuilder<B>> B configure(B builder, Limits limits) {
        return builder.maxIdleTimeout(idleTimeout(limits).toMillis(), TimeUnit.MILLISECONDS)
                .initialMaxData(CONNECTION_WINDOW)
                .initialMaxStreamDataUnidirectional(STREAM_WINDOW)
                .initialMaxStreamsUnidirectional(CONTROL_STREAMS)
                .activeMigration(false);
    }

    /** The peer's address and port, while the connection is open: a channel's own addresses are connection ids. */
    public static SocketAddress remoteAddress(QuicChannel connection) {
        return Objects.requireNonNull(connection.remoteSocketAddress(), "the connection is not open");
    }

    public static SocketAddress localAddress(QuicChannel connection) {
        return Objects.requireNonNullElse(
                connection.localSocketAddress(), connection.parent().localAddress());
    }

    /**
     * Longer than any silence between Pings, or between requests; where there are no Pings, there is no telling a silent peer from one
     * that is gone.
     */
    private static Duration idleTimeout(Limits limits) {
        if (limits.pingInterval().isZero()) {
            return Duration.ZERO;
        }
        Duration betweenPings = limits.pingInterval().plus(limits.pongTimeout());
        Duration betweenRequests = limits.idleTimeout().plus(limits.closingTimeout());
        return (betweenPings.compareTo(betweenRequests) < 0 ? betweenRequests : betweenPings)
                .plus(limits.handshakeTimeout());
    }
}
