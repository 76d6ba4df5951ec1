package dev.marline.protocol.extension;

/** Undoes the peer's transformation of the messages that one end of a connection receives. It belongs to the connection's thread. */
public interface MessageDecoder extends AutoCloseable {
    /**
     * A message begins.
     *
     * @param reservedBits those of the extension's bits that are set in its first frame
     * @return whether it is to be decoded; if not, it is left as it is. By default those are decoded that have a bit set
     */
    default boolean begin(int reservedBits) {
        return reservedBits != 0;
    }

    /**
     * Takes the next piece of the message, which may be empty, and writes what that comes to into the sink, in any number of calls.
     * Where pieces end means nothing. With the last piece, the last call to the sink has to say that it ends the message; the
     * application gets the message within that call, and may close the connection there, so whatever is to be given back at a message's
     * end is given back before. What the sink throws is to be let through.
     *
     * @param sink takes the decoded bytes
     * @throws DecodingException if the peer has sent what cannot be decoded: the connection fails
     */
    void decode(byte[] bytes, int offset, int length, boolean endOfMessage, MessageSink sink) throws DecodingException;

    /** Nothing is received any more: gives back what this holds. May be called twice, also from inside the sink. */
    @Override
    default void close() {}
}
