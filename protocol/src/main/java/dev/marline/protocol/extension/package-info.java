/** Extensions: how they are agreed on, and how they transform messages. RFC 6455 §9. */
@NullMarked
package dev.marline.protocol.extension;

import org.jspecify.annotations.NullMarked;
