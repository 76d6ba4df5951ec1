package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.handshake.ExtensionNegotiation.Confirmation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of the opening handshake: RFC 6455 §4.1, and over HTTP/2 and HTTP/3 RFC 8441 §5 and RFC 9220 §3. One instance makes
 * one request and checks the answer to it.
 */
public final class ClientHandshake {
    private final WebSocketAddress address;
    private final List<String> subprotocols;
    private final boolean subprotocolRequired;
    private final List<Extension> extensions;
    private final Headers extra;
    private final String key;
    private final @Nullable Authorization authorization;

    /**
     * A handshake.
     *
     * @param subprotocols those offered, the preferred first
     * @param subprotocolRequired whether the handshake fails when some are offered and the server takes none, as in browsers
     * @param extensions those offered, in the order that they would apply in, {@linkplain ExtensionNegotiation#checked checked}
     * @param extra the application's own headers
     * @param nonce 16 random bytes
     * @throws IllegalArgumentException if a subprotocol is not a token or there twice, or an extra header is the handshake's own
     */
    public ClientHandshake(
            WebSocketAddress address,
            List<String> subprotocols,
            boolean subprotocolRequired,
            List<Extension> extensions,
            Headers extra,
            byte[] nonce) {
        for (Headers.Field field : extra) {
            if (belongsToHandshake(field.name().toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                        "header " + field.name() + " belongs to the handshake and cannot be set");
            }
        }
        this.address = address;
        this.subprotocols = Subprotocols.checked(subprotocols.toArray(String[]::new));
        this.subprotocolRequired = subprotocolRequired;
        this.extensions = List.copyOf(extensions);
        this.extra = extra;
        this.key = SecWebSocketKey.encode(nonce);
        this.authorization = null;
    }

    private ClientHandshake(ClientHandshake same, Authorization authorization) {
        address = same.address;
        subprotocols = same.subprotocols;
        subprotocolRequired = same.subprotocolRequired;
        extensions = same.extensions;
        extra = same.extra.without("Authorization");
        key = same.key;
        this.authorization = authorization;
    }

    /** The same, which answers the server's challenge instead of what user or header it had. */
    public ClientHandshake with(Authorization answer) {
        return new ClientHandshake(this, answer);
    }

    private static boolean belongsToHandshake(String name) {
        return name.equals("host")
                || name.equals("upgrade")
                || name.equals("connection")
                || name.equals("content-length")
                || name.equals("transfer-encoding")
                || name.startsWith("sec-websocket-");
    }

    /** The request, as it is made in a version of HTTP. */
    public HandshakeRequest request(HttpVersion version) {
        Headers headers = Headers.of("Host", address.hostHeader());
        if (version.isUpgraded()) {
            headers = headers.with("Upgrade", "websocket")
                    .with("Connection", "Upgrade")
                    .with("Sec-WebSocket-Key", key);
        }
        headers = headers.with("Sec-WebSocket-Version", "13");
        if (!subprotocols.isEmpty()) {
            headers = headers.with("Sec-WebSocket-Protocol", String.join(", ", subprotocols));
        }
        if (!extensions.isEmpty()) {
            String offers = extensions.stream()
                    .flatMap(extension -> extension.offers().stream())
                    .map(ExtensionOffer::toString)
                    .collect(Collectors.joining(", "));
            headers = headers.with(ExtensionHeader.NAME, offers);
        }
        String method = version.isUpgraded() ? "GET" : "CONNECT";
        if (authorization != null) {
            headers = headers.with("Authorization", authorization.value(method, address.target()));
        } else if (address.userInfo() != null && !extra.contains("Authorization")) {
            headers = headers.with("Authorization", Authorization.basic(address.userInfo()));
        }
        headers = headers.with(extra);
        return version.isUpgraded()
                ? new HandshakeRequest(method, address.target(), version, headers)
                : new HandshakeRequest(method, address.target(), version, headers, "websocket");
    }

    /**
     * Checks the response as RFC 6455 §4.1, or RFC 8441 §5, asks.
     *
     * @param version that of the request
     * @return what is wrong with it, or nothing
     */
    public Optional<String> problemWith(HttpVersion version, int status, Headers headers) {
        String problem = version.isUpgraded() ? problemWithUpgrade(status, headers) : problemWithConnect(status);
        if (problem == null && confirm(headers) instanceof Confirmation.Failed failed) {
            problem = failed.why();
        }
        return Optional.ofNullable(
                problem == null ? problemWithSubprotocol(headers.all("Sec-WebSocket-Protocol")) : problem);
    }

    /** The subprotocol that a response without a problem has chosen. */
    public Optional<String> subprotocol(Headers headers) {
        return headers.first("Sec-WebSocket-Protocol").map(String::strip);
    }

    /** The extensions that a response without a problem has agreed to, in the order that they apply in. */
    public List<NegotiatedExtension> extensions(Headers headers) {
        return confirm(headers) instanceof Confirmation.Confirmed confirmed ? confirmed.extensions() : List.of();
    }

    private Confirmation confirm(Headers headers) {
        return ExtensionNegotiation.confirm(extensions, headers.all(ExtensionHeader.NAME));
    }

    private @Nullable String problemWithUpgrade(int status, Headers headers) {
        if (status != 101) {
            return "the server answered with status " + status + " instead of 101";
        }
        List<String> upgrade = headers.list("Upgrade");
        if (upgrade.size() != 1 || !upgrade.get(0).equalsIgnoreCase("websocket")) {
            return "the response has no 'Upgrade: websocket' but " + HeaderSyntax.printable(upgrade.toString())
                    + " (RFC 6455 4.1)";
        }
        if (!headers.listContains("Connection", "Upgrade")) {
            return "the response has no 'Connection: Upgrade' (RFC 6455 4.1)";
        }
        List<String> accept = headers.all("Sec-WebSocket-Accept");
        if (accept.size() != 1 || !accept.get(0).strip().equals(SecWebSocketKey.accept(key))) {
            return "Sec-WebSocket-Accept is " + HeaderSyntax.printable(accept.toString()) + ", expected "
                    + SecWebSocketKey.accept(key) + " (RFC 6455 4.1)";
        }
        return null;
    }

    // RFC 9110 §9.3.6: any 2xx status says that CONNECT has succeeded.
    private static @Nullable String problemWithConnect(int status) {
        return status / 100 == 2 ? null : "the server answered with status " + status + " instead of 200";
    }

    // RFC 6455 §4.1: a subprotocol that "was not present in the client's
    // handshake" fails the connection, and §11.3.4 allows the header once.
    private @Nullable String problemWithSubprotocol(List<String> chosen) {
        if (chosen.size() > 1) {
            return "the response has Sec-WebSocket-Protocol " + chosen.size() + " times (RFC 6455 11.3.4)";
        }
        if (chosen.size() == 1 && !subprotocols.contains(chosen.get(0).strip())) {
            return "the server chose subprotocol '" + HeaderSyntax.printable(chosen.get(0))
                    + "', which was not offered (RFC 6455 4.1)";
        }
        if (chosen.isEmpty() && subprotocolRequired && !subprotocols.isEmpty()) {
            return "the server took none of the subprotocols " + subprotocols;
        }
        return null;
    }
}
