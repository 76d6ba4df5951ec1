/**
 * The WebSocket engine of RFC 6455: bytes in, bytes and events out, for both roles. It has no sockets, no threads and
 * no clock: time is an argument, and what it wants from its transport is an answer to a question.
 *
 * <p>Start at {@link dev.marline.protocol.Connection}; {@link dev.marline.protocol.Lifecycle} is the life of a
 * connection from the opening handshake's end to the last byte.
 */
@NullMarked
package dev.marline.protocol;

import org.jspecify.annotations.NullMarked;
