/**
 * The opening handshake of RFC 6455 §4, both sides, as functions over header fields, and the addresses of §3. Nothing here knows
 * a socket or an HTTP version's bytes.
 */
@NullMarked
package dev.marline.protocol.handshake;

import org.jspecify.annotations.NullMarked;
