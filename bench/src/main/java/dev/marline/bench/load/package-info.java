/** What puts load on the servers, and measures them. */
@NullMarked
package dev.marline.bench.load;

import org.jspecify.annotations.NullMarked;
