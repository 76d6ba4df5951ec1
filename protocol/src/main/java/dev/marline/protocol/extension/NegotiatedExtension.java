package dev.marline.protocol.extension;

import dev.marline.protocol.Memory;

/** What both ends have agreed on about one extension, for one connection. */
public interface NegotiatedExtension {
    /** The first reserved bit, where it stands in a frame's first byte. */
    int RSV1 = 0x40;

    /** The second reserved bit. */
    int RSV2 = 0x20;

    /** The third reserved bit. */
    int RSV3 = 0x10;

    /**
     * Name and parameters as they stand in the server's answer. They say all that the other end has to know: a message that is encoded
     * once for many goes to all whose answers are equal.
     */
    ExtensionOffer answer();

    /**
     * The reserved bits that this extension gives a meaning to, in the first frame of a message: 0, or some of {@link #RSV1},
     * {@link #RSV2} and {@link #RSV3}. Of two extensions that claim the same bit, a connection uses one.
     */
    int reservedBits();

    /**
     * What transforms the messages that this end sends.
     *
     * @param memory of the thread that the connection belongs to
     */
    MessageEncoder newEncoder(Memory memory);

    /**
     * What undoes the peer's transformation.
     *
     * @param memory of the thread that the connection belongs to
     */
    MessageDecoder newDecoder(Memory memory);
}
