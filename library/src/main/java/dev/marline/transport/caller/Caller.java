package dev.marline.transport.caller;

import dev.marline.protocol.handshake.Headers;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request, and whom it asks, as far as that is not for the request itself to say.
 *
 * @param address the client's; where a trusted proxy does not know it, the proxy's
 * @param scheme how the client has asked, {@code https} say, if a trusted proxy tells
 * @param forwardedHost what the client has asked for, if a trusted proxy tells
 * @param certificates who the client, or the proxy, is; none if it has not shown that by TLS
 */
public record Caller(
        SocketAddress address,
        @Nullable String scheme,
        @Nullable String forwardedHost,
        List<X509Certificate> certificates) {
    /** The host, and perhaps port, that the client has asked for; "" for none. */
    public String host(Headers request) {
        return forwardedHost == null ? request.first("Host").orElse("") : forwardedHost;
    }
}
