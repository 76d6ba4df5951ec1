package dev.marline.transport.tls;

import javax.net.ssl.SSLException;

/** The peer has begun a second TLS handshake on a connection. */
public final class RenegotiationException extends SSLException {
    private static final long serialVersionUID = 1L;

    RenegotiationException() {
        super("the peer wants to renegotiate TLS, which is refused");
    }
}
