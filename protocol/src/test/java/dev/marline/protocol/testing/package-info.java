/** What tests of the protocol are written with, here and in the modules above: frames as values, hex, a scripted connection. */
@NullMarked
package dev.marline.protocol.testing;

import org.jspecify.annotations.NullMarked;
