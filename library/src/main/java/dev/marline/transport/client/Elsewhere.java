package dev.marline.transport.client;

import dev.marline.protocol.handshake.HttpVersion;
import java.util.Set;

/** Continues an attempt on another connection. */
@FunctionalInterface
public interface Elsewhere {
    /**
     * Connects again for an attempt.
     *
     * @param offered the versions of HTTP that the server may choose from
     */
    void connect(OpeningAttempt attempt, Set<HttpVersion> offered);
}
