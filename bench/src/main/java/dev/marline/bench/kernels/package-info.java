/** Parts of Marline by themselves. */
@NullMarked
package dev.marline.bench.kernels;

import org.jspecify.annotations.NullMarked;
