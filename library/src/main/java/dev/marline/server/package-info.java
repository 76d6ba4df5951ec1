/**
 * A WebSocket server, with pages on the same port: {@link dev.marline.server.WebSocketServer}.
 */
@NullMarked
package dev.marline.server;

import org.jspecify.annotations.NullMarked;
