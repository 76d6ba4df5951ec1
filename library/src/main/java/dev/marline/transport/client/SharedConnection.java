package dev.marline.transport.client;

/** A client's connection that carries the WebSockets to one origin, as many as the server allows. */
public interface SharedConnection {
    /**
     * Opens a WebSocket on this connection; from any thread.
     *
     * @param elsewhere continues the attempt if the server allows no more WebSockets here, refuses this one, or the connection is on its
     *     end
     */
    void open(OpeningAttempt attempt, Elsewhere elsewhere);

    /** Opens no more WebSockets on this connection, whose server is silent; on its event loop. Those that are open stay. */
    void evict();
}
