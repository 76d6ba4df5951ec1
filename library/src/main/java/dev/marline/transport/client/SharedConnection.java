package dev.marline.transport.client;

/** A client's connection that carries the WebSockets to one origin, as many as the server allows. */
@FunctionalInterface
public interface SharedConnection {
    /**
     * Opens a WebSocket on this connection; from any thread.
     *
     * @param otherwise what to do if the server allows no more of them here, or the connection is on its end
     */
    void open(OpeningAttempt attempt, Runnable otherwise);
}
