package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A server's answer to an opening handshake. */
public sealed interface HandshakeAnswer {
    /**
     * Switch protocols.
     *
     * @param subprotocol the one that was chosen, null for none
     * @param extensions those accepted, in the order that they apply in
     * @param headers of the response with status 101
     */
    record Accepted(@Nullable String subprotocol, List<NegotiatedExtension> extensions, Headers headers)
            implements HandshakeAnswer {}

    /**
     * Do not.
     *
     * @param status of the response
     * @param headers that this status calls for
     * @param body says in a line of text why
     */
    record Refused(int status, Headers headers, String body) implements HandshakeAnswer {
        public static Refused of(int status, String body) {
            return new Refused(status, Headers.EMPTY, body);
        }
    }
}
