/**
 * What the connections of one event loop share: memory, deadlines, the list of what settles; and which transports there are.
 */
@NullMarked
package dev.marline.transport.loop;

import org.jspecify.annotations.NullMarked;
