package dev.marline;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;

/**
 * A WebSocket for a thread of its own, where {@link #receive} waits for a message and {@link #send} for room: that is all the
 * backpressure there is to think of. Messages are values and can be kept.
 *
 * <pre>{@code
 * for (Message message : socket) {
 *     socket.send(message);
 * }
 * }</pre>
 *
 * <p>Threads may share it. Calls that wait throw {@link IllegalStateException} on an event loop. When their thread is interrupted,
 * it stays interrupted, and they throw {@link WebSocketException}; {@code close} returns instead.
 */
public interface BlockingWebSocket extends Iterable<Message>, AutoCloseable {
    /**
     * Waits for a message.
     *
     * @throws ConnectionClosedException if the connection closes, or has closed, and all messages have been received
     */
    Message receive();

    /**
     * Waits so long for a message.
     *
     * @return nothing if none came
     * @throws ConnectionClosedException as in {@link #receive()}
     */
    Optional<Message> receive(Duration timeout);

    /**
     * Sends a message, when there is room for it below the high-water mark.
     *
     * @throws ConnectionClosedException if the connection is closing or closed
     */
    void send(Message message);

    /** Sends a text message, as {@link #send(Message)} does. */
    void send(String text);

    /** Sends a binary message, as {@link #send(Message)} does. */
    void send(byte[] binary);

    /** Sends a binary message, as {@link #send(Message)} does. */
    void send(ByteBuffer binary);

    /**
     * The messages as they come. The iteration ends when the connection closes normally.
     *
     * @return an iterator that throws {@link ConnectionClosedException} when it closes otherwise
     */
    @Override
    Iterator<Message> iterator();

    /** Closes with 1000: see {@link #close(int, String)}. */
    @Override
    void close();

    /**
     * Closes and waits until the connection is closed, which takes no longer than {@link Limits#closingTimeout}. If the thread is
     * interrupted, the connection closes without it: this returns at once and throws nothing.
     *
     * <p>Messages that the peer sent before its own Close can still be received. Those that come while the connection closes wait up
     * to {@link Limits#maxMessageBytes} bytes and one message more; beyond that they are discarded, which the message of the
     * {@link ConnectionClosedException} tells that {@code receive} throws after the last one.
     *
     * @param code as in {@link WebSocket#close(int, String)}
     */
    void close(int code, String reason);

    /** The same socket without the waiting, for what has no place here: pings, addresses, the handshake, abort. */
    WebSocket unblocked();
}
