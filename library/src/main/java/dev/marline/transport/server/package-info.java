/**
 * A server's connections, from accepting them to handing them over as WebSockets.
 */
@NullMarked
package dev.marline.transport.server;

import org.jspecify.annotations.NullMarked;
