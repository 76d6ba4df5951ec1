/**
 * The only place that knows Netty: event loops, sockets, TLS and HTTP below, the engine of {@link dev.marline.protocol} above. Server and
 * client see plain types of it.
 *
 * <p>From the bottom up: {@link dev.marline.transport.loop}, {@link dev.marline.transport.listening} and
 * {@link dev.marline.transport.tls}; {@link dev.marline.transport.caller}; {@link dev.marline.transport.websocket};
 * {@link dev.marline.transport.http}; and, which do not know each other, {@link dev.marline.transport.server} and
 * {@link dev.marline.transport.client}.
 */
package dev.marline.transport;
