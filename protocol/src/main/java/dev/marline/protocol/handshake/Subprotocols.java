package dev.marline.protocol.handshake;

import java.util.HashSet;
import java.util.List;

/** The names that {@code Sec-WebSocket-Protocol} may have in it: RFC 6455 §4.1. */
public final class Subprotocols {
    private Subprotocols() {}

    /**
     * The same, if they can be offered or spoken.
     *
     * @throws IllegalArgumentException if one is not a token, a line break in it say, or there twice
     */
    public static List<String> checked(String... subprotocols) {
        for (String subprotocol : subprotocols) {
            if (!HeaderSyntax.isToken(subprotocol)) {
                throw new IllegalArgumentException(
                        "subprotocol '" + HeaderSyntax.printable(subprotocol) + "' is not a token (RFC 6455 4.1)");
            }
        }
        List<String> checked = List.of(subprotocols);
        if (new HashSet<>(checked).size() != checked.size()) {
            throw new IllegalArgumentException("a subprotocol is there twice: " + checked);
        }
        return checked;
    }
}
