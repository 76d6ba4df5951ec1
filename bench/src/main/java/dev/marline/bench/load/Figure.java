package dev.marline.bench.load;

/** What is measured. */
public enum Figure {
    /** Of the server, in microseconds for each message. */
    CPU_MICROS,

    /** Of the load generator, in microseconds for each message. */
    CLIENT_CPU_MICROS,

    MESSAGES_PER_SECOND,

    /** From before a message is sent to after it has come back, or has come to all; in microseconds, as the next two. */
    P50_MICROS,
    P99_MICROS,
    P999_MICROS,

    /** How much of a core the server used. */
    SERVER_CORES,

    /** How much of a core the load generator used. */
    CLIENT_CORES,

    /** How much of a core everything else on the machine used. */
    OTHER_CORES,

    /** Messages that had not come back two seconds after the last one was sent. */
    UNANSWERED,

    /** What lives on the server's heap for each connection, in bytes. */
    HEAP_BYTES,

    /** What is resident beside the heap for each connection, in bytes. */
    BESIDE_BYTES,

    /** Of the server, in microseconds for each opening handshake. */
    HANDSHAKE_CPU_MICROS,

    HANDSHAKES_PER_SECOND
}
