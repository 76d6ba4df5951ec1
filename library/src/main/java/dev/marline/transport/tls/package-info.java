/**
 * TLS from what {@link dev.marline.tls} says, by the JDK or BoringSSL, on TCP and in QUIC.
 */
@NullMarked
package dev.marline.transport.tls;

import org.jspecify.annotations.NullMarked;
