package dev.marline.protocol.extension;

import java.util.List;
import java.util.Optional;

/**
 * An extension that this end is ready to use: RFC 6455 §9. Whoever implements it takes part in the opening handshake on either side,
 * and where the other side agrees, in the transformation of every message.
 *
 * <p>One instance serves all connections of all threads.
 */
public interface Extension {
    /** The registered name, a token: {@code permessage-deflate} say. */
    String name();

    /**
     * What a client offers: one or several ways to use this extension, the preferred first; by default its name without parameters.
     * RFC 6455 §9.1: the server picks one of them, or none.
     */
    default List<ExtensionOffer> offers() {
        return List.of(new ExtensionOffer(name()));
    }

    /**
     * On a server, looks at one of the client's offers of this extension.
     *
     * @return what is agreed on; empty to decline an offer that cannot be met as a whole, whatever it was that could not
     */
    Optional<NegotiatedExtension> accept(ExtensionOffer offer);

    /**
     * On a client, looks at the server's answer to the {@link #offers}; by default as a server does at an offer.
     *
     * @return what is agreed on; empty if the answer does not fit the offers, which fails the opening handshake
     */
    default Optional<NegotiatedExtension> confirm(ExtensionOffer answer) {
        return accept(answer);
    }
}
