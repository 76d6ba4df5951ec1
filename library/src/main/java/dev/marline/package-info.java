/**
 * What users of Marline hold in their hands: a {@link dev.marline.WebSocket} and its {@link dev.marline.Message messages}, the
 * same on a server ({@link dev.marline.server}) and in a client ({@link dev.marline.client}).
 *
 * <p>There are two styles. A {@link dev.marline.WebSocketListener} is called back on the connection's event loop, and must not
 * block there; a {@link dev.marline.BlockingWebSocket} belongs to a thread of its own, which reads and writes it in a loop.
 */
@NullMarked
package dev.marline;

import org.jspecify.annotations.NullMarked;
