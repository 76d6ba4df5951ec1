/** The echo servers that are compared, one small class each. */
@NullMarked
package dev.marline.bench.server;

import org.jspecify.annotations.NullMarked;
