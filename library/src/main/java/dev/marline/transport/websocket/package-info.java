/**
 * An open WebSocket on a channel: {@link dev.marline.transport.websocket.WebSocketHandler} is where its bytes come in and go out.
 */
@NullMarked
package dev.marline.transport.websocket;

import org.jspecify.annotations.NullMarked;
