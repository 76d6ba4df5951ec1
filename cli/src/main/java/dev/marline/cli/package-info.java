/** The command {@code marline}: {@code demo}, {@code echo} and {@code connect}. */
@NullMarked
package dev.marline.cli;

import org.jspecify.annotations.NullMarked;
