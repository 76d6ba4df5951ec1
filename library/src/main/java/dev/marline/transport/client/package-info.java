/**
 * A client's connections, from looking up a host, through proxies, to a WebSocket that is open.
 */
@NullMarked
package dev.marline.transport.client;

import org.jspecify.annotations.NullMarked;
