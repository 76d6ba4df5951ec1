/** What the library's own tests are made of: a scripted peer on a plain socket, a listener that remembers, certificates, logs. */
package dev.marline.testing;
