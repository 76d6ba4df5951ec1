/** permessage-deflate: compression of messages with DEFLATE (RFC 1951), as RFC 7692 has it. */
@NullMarked
package dev.marline.protocol.deflate;

import org.jspecify.annotations.NullMarked;
