package dev.marline.server;

import dev.marline.BlockingWebSocket;

/**
 * Serves one WebSocket in a thread of its own: virtual where the JDK has them.
 *
 * <p>When it returns, the connection is closed with 1000. What it throws is logged, and the connection closed with 1011; but
 * {@link dev.marline.ConnectionClosedException} just ends it: the connection is closed already.
 */
@FunctionalInterface
public interface BlockingHandler {
    void handle(BlockingWebSocket socket) throws Exception;
}
