/**
 * A WebSocket client: {@link dev.marline.client.WebSocketClient}.
 */
@NullMarked
package dev.marline.client;

import org.jspecify.annotations.NullMarked;
