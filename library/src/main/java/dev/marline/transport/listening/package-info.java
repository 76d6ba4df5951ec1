/**
 * What a server listens on: TCP ports, Unix domain sockets, sockets that were inherited.
 */
@NullMarked
package dev.marline.transport.listening;

import org.jspecify.annotations.NullMarked;
