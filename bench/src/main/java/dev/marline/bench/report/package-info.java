/** The comparison of servers, and what is written about it. */
@NullMarked
package dev.marline.bench.report;

import org.jspecify.annotations.NullMarked;
