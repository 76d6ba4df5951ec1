package dev.marline.protocol;

import java.nio.ByteBuffer;

/**
 * What a {@link Connection} has to tell. Calls come from inside {@link Connection#receive} and the other calls that feed the
 * connection; from inside each of these the connection may be used again, to send, close or fail it.
 *
 * <p>Arrays and buffers are lent: they hold other bytes as soon as a call returns.
 */
public interface ConnectionEvents {
    /**
     * A whole message has arrived.
     *
     * @param opcode {@link Opcode#TEXT}, and then the bytes are valid UTF-8, or {@link Opcode#BINARY}
     */
    void onMessage(int opcode, byte[] bytes, int offset, int length);

    /** A whole binary message has arrived, between the position and the limit of the buffer that {@link Connection#receiveWhole} was given. */
    void onLargeMessage(ByteBuffer bytes);

    /** A Ping has arrived. The connection answers it by itself after this call. */
    void onPing(byte[] bytes, int offset, int length);

    /** A Pong has arrived, asked for or not. */
    void onPong(byte[] bytes, int offset, int length);

    /**
     * A message that comes in several pieces is about to take more memory. If it may not, the connection is failed with 1013, and no
     * memory has been taken. A message that is received whole takes none.
     *
     * @param bytes how much it takes then, in all
     * @return whether it may; true by default
     */
    default boolean mayHold(int bytes) {
        return true;
    }

    /**
     * This end has failed the connection, RFC 6455 §7.1.7. {@link #onClosed} follows when the transport is gone.
     *
     * @param closeCode the code in the Close that goes to the peer, if one still can
     * @param why what the peer did
     */
    void onFailed(int closeCode, String why);

    /**
     * The transport is gone: the last call.
     *
     * @param code the code of the peer's Close, {@link CloseCode#NO_STATUS} if that had none, {@link CloseCode#ABNORMAL} if there
     *     was no Close (RFC 6455 §7.1.5)
     * @param clean whether the closing handshake was completed before
     */
    void onClosed(int code, String reason, boolean clean);
}
