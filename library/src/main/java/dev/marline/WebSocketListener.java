package dev.marline;

import java.nio.ByteBuffer;

/**
 * Hears what happens on a {@link WebSocket}. A lambda is a listener that hears the messages:
 *
 * <pre>{@code
 * WebSocketListener echo = (socket, message) -> socket.send(message);
 * }</pre>
 *
 * <p>All calls for one socket come from one thread, its event loop's, which has other sockets to serve: a callback must not block. A
 * callback that throws is logged and reported to {@link #onError}, and the connection is closed with 1011; or with 1003 and without a
 * line at ERROR, if it throws an {@link UnsuitableMessageException}, as the peer sent what the application does not take.
 */
@FunctionalInterface
public interface WebSocketListener {
    /** A message has arrived. It is valid until this returns: see {@link Message}. */
    void onMessage(WebSocket socket, Message message) throws Exception;

    /** The opening handshake is done: the first call. */
    default void onOpen(WebSocket socket) throws Exception {}

    /** A Ping has arrived; its Pong goes by itself. The payload, at most 125 bytes, is valid until this returns. */
    default void onPing(WebSocket socket, ByteBuffer payload) throws Exception {}

    /** A Pong has arrived, asked for or not. The payload, at most 125 bytes, is valid until this returns. */
    default void onPong(WebSocket socket, ByteBuffer payload) throws Exception {}

    /** The output has drained, and {@link WebSocket#isWritable} is true again. */
    default void onWritable(WebSocket socket) throws Exception {}

    /**
     * Something went wrong that ends the connection: a {@link ProtocolException} of the peer's making, a slow consumer, a lost
     * connection's {@link java.io.IOException}, or what another callback has thrown. It is called at most once, when nothing can be sent
     * any more, and {@link #onClose} follows.
     */
    default void onError(WebSocket socket, Throwable cause) throws Exception {}

    /**
     * The connection is closed: the last call.
     *
     * @param reason what the peer said, see {@link CloseReason}
     */
    default void onClose(WebSocket socket, CloseReason reason) throws Exception {}
}
