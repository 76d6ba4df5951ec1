package dev.marline.bench.load;

/** What messages are made of. */
public enum Payload {
    /** Random bytes. */
    BINARY,

    /** Text of characters that take one to four bytes. */
    TEXT,

    /** Text as JSON has it, which compresses well. */
    JSON
}
