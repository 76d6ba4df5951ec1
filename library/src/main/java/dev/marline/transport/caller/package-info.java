/**
 * Who makes a request, which proxies may tell.
 */
@NullMarked
package dev.marline.transport.caller;

import org.jspecify.annotations.NullMarked;
