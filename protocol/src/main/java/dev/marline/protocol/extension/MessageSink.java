package dev.marline.protocol.extension;

/** Takes a message piece by piece. */
@FunctionalInterface
public interface MessageSink {
    /**
     * Takes the next bytes of a message; the array is the caller's again as soon as this returns.
     *
     * @throws DecodingException if the connection cannot take the message, because it gets too large say; whoever decodes stops there
     */
    void write(byte[] bytes, int offset, int length, boolean endOfMessage) throws DecodingException;
}
