/** TLS: who a server or a client is, whom it trusts, and what both make of that. */
@NullMarked
package dev.marline.tls;

import org.jspecify.annotations.NullMarked;
