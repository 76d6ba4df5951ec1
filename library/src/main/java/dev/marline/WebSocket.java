package dev.marline;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * One end of a WebSocket connection.
 *
 * <p>Everything here may be called from any thread, callbacks of the {@link WebSocketListener} among them, and nothing blocks. What
 * one thread sends goes in the order in which it sent it. A {@code send} has taken the message when it returns: buffers and arrays are
 * the caller's again. It returns false, and never throws, when the connection is closing or closed; true means taken, not delivered.
 *
 * <p>What waits to be sent is bounded: see {@link Limits#highWaterMark} and {@link Limits#maxBufferedOutput}.
 */
public interface WebSocket {
    /** Sends a message with its own type. */
    boolean send(Message message);

    /**
     * Sends a text message.
     *
     * @throws IllegalArgumentException if the text has half of a surrogate pair
     */
    boolean send(String text);

    /** Sends a binary message. */
    boolean send(byte[] binary);

    /** Sends the bytes between the buffer's position and limit as a binary message; the buffer stays as it is. */
    boolean send(ByteBuffer binary);

    /**
     * Sends a Ping.
     *
     * @param payload at most 125 bytes, else {@link IllegalArgumentException}
     */
    boolean ping(ByteBuffer payload);

    /**
     * Sends a Pong that nobody asked for; those that answer a Ping go by themselves.
     *
     * @param payload at most 125 bytes, else {@link IllegalArgumentException}
     */
    boolean pong(ByteBuffer payload);

    /** Starts the closing handshake with code 1000. */
    default boolean close() {
        return close(1000, "");
    }

    /**
     * Starts the closing handshake: sends a Close, after which nothing more is sent. Messages that the peer sent before its own Close
     * still arrive, also if reading was paused.
     *
     * @param code 1000 to 1003, 1007 to 1014, or 3000 to 4999, which are the application's own: 4000 to 4999 need no registration
     * @param reason some words; at most 123 bytes of UTF-8 are sent, cut between characters
     * @return false if the connection was closing or closed already
     * @throws IllegalArgumentException if the code may not be sent (RFC 6455 §7.4), or the reason has half of a surrogate pair
     */
    boolean close(int code, String reason);

    /** Ends the connection at once, without a Close; the peer sees 1006. */
    void abort();

    /** Whether messages can be sent: the connection is neither closing nor closed. */
    boolean isOpen();

    /** Whether less than the high-water mark waits to be sent. When not, {@link WebSocketListener#onWritable} tells when it does. */
    boolean isWritable();

    /** How many bytes wait to be sent. */
    long bufferedBytes();

    /**
     * Stops reading from the connection until {@link #resumeReading()}, so that the peer's sending comes to a halt. Messages that
     * have been read already still arrive. Meanwhile no Pong is waited for. {@link #close(int, String)} ends the pause.
     */
    void pauseReading();

    /** Goes on reading. */
    void resumeReading();

    /** What was said in the opening handshake. */
    Handshake handshake();

    /** The subprotocol that both sides speak. */
    default Optional<String> subprotocol() {
        return handshake().subprotocol();
    }

    /** This end: an {@link java.net.InetSocketAddress}, or a {@link java.net.UnixDomainSocketAddress}. */
    SocketAddress localAddress();

    /**
     * The other end: an {@link java.net.InetSocketAddress}, or a {@link java.net.UnixDomainSocketAddress}. A client on a Unix domain
     * socket has no name: its path is empty.
     */
    SocketAddress remoteAddress();

    /** How long the last Ping and its Pong took, once there was one. */
    Optional<Duration> roundTripTime();
}
