package dev.marline.transport.server;

/** A server's connection that can be asked to end. */
@FunctionalInterface
public interface Drainable {
    /** Takes no new requests, and closes the connection as soon as none of those it has is owed an answer; from any thread. */
    void drain();
}
