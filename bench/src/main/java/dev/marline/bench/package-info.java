/** Marline beside other WebSocket servers, and its kernels by themselves. */
@NullMarked
package dev.marline.bench;

import org.jspecify.annotations.NullMarked;
