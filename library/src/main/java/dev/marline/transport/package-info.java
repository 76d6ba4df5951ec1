/**
 * The only place that knows Netty: event loops, sockets, TLS and HTTP/1.1 below, the engine of {@link dev.marline.protocol}
 * above. Server and client see plain types of it.
 *
 * <p>{@link dev.marline.transport.WebSocketHandler} is where the bytes of an open WebSocket come in and go out;
 * {@link dev.marline.transport.LoopContext} is what the connections of one event loop share.
 */
@NullMarked
package dev.marline.transport;

import org.jspecify.annotations.NullMarked;
