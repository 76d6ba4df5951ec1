/**
 * HTTP's messages and the streams of HTTP/2 and HTTP/3, the same for both ends.
 */
@NullMarked
package dev.marline.transport.http;

import org.jspecify.annotations.NullMarked;
