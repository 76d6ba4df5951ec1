package dev.marline.transport;

/** A server's connection that can be asked to end. */
@FunctionalInterface
interface Drainable {
    /** Takes no new requests, and closes the connection as soon as none of those it has is owed an answer; from any thread. */
    void drain();
}
