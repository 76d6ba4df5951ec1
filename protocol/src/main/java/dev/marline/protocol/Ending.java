package dev.marline.protocol;

/** What a {@link Connection} wants of its transport, once the bytes that it has given it so far are written. */
public enum Ending {
    /** Nothing: bytes go both ways. */
    NONE,

    /**
     * Shut down the output, and go on reading and discarding until the peer ends its side. A socket closed with unread bytes is
     * reset, and a reset can overtake the Close and destroy it.
     */
    SHUT_DOWN_OUTPUT,

    /** Close: nothing more will come. */
    CLOSE,

    /** Close without waiting for what is not written yet: it has had its time. */
    CLOSE_NOW
}
