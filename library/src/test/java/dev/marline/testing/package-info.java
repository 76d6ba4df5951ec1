/** What tests are made of: a scripted peer on a plain socket, a listener that remembers, certificates, logs, programs that run. */
package dev.marline.testing;
