package dev.marline.protocol.extension;

/** Undoes the peer's transformation of the messages that one end of a connection receives. It belongs to the connection's thread. */
public interface MessageDecoder extends AutoCloseable {
    /**
     * A message begins.
     *
     * @param reservedBits those of the extension's bits that are set in its first frame
     * @return whether it is to be decoded; if not, it is left as it is
     */
    boolean begin(int reservedBits);

    /**
     * Takes the next piece of the message, which may be empty, and hands on what that comes to. Frames do not show: a piece may be a
     * part of one, and the last piece is marked.
     *
     * @param sink takes the decoded bytes; the last call to it says that the message is complete, within the last call to this
     * @throws DecodingException if the peer has sent what cannot be decoded: the connection fails
     */
    void decode(byte[] bytes, int offset, int length, boolean endOfMessage, MessageSink sink) throws DecodingException;

    /** Nothing is received any more: gives back what this holds. May be called twice, also from inside the sink. */
    @Override
    default void close() {}
}
