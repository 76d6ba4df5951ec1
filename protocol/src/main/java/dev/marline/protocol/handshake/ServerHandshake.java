package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The server's side of the opening handshake: RFC 6455 §4.2. */
public final class ServerHandshake {
    private static final String VERSION = "13";

    private ServerHandshake() {}

    /**
     * Answers a request.
     *
     * @param subprotocols those the server speaks, the preferred first
     * @param extensions those it is ready to use, {@linkplain ExtensionNegotiation#checked checked}
     */
    public static HandshakeAnswer answer(
            HandshakeRequest request, List<String> subprotocols, List<Extension> extensions) {
        Headers headers = request.headers();
        HandshakeAnswer.Refused refused = check(request);
        if (refused != null) {
            return refused;
        }
        // RFC 6455 §4.1: the elements "MUST be non-empty strings [of token characters] and MUST all be unique strings".
        List<String> offered = headers.list("Sec-WebSocket-Protocol");
        if (!HeaderSyntax.areTokens(offered) || new HashSet<>(offered).size() != offered.size()) {
            return HandshakeAnswer.Refused.of(400, "Sec-WebSocket-Protocol must list different tokens (RFC 6455 4.1)");
        }
        // RFC 6455 §9.1: "an endpoint that receives invalid values must fail".
        Optional<List<ExtensionOffer>> offers = ExtensionHeader.parse(headers.all(ExtensionHeader.NAME));
        if (offers.isEmpty()) {
            return HandshakeAnswer.Refused.of(400, "Sec-WebSocket-Extensions breaks its grammar (RFC 6455 9.1)");
        }
        String subprotocol = choose(subprotocols, offered);
        Headers response = Headers.of(
                "Upgrade",
                "websocket",
                "Connection",
                "Upgrade",
                "Sec-WebSocket-Accept",
                SecWebSocketKey.accept(headers.all("Sec-WebSocket-Key").get(0)));
        if (subprotocol != null) {
            response = response.with("Sec-WebSocket-Protocol", subprotocol);
        }
        List<NegotiatedExtension> accepted = ExtensionNegotiation.accept(extensions, offers.get());
        if (!accepted.isEmpty()) {
            response = response.with(
                    ExtensionHeader.NAME,
                    accepted.stream()
                            .map(extension -> extension.answer().toString())
                            .collect(Collectors.joining(", ")));
        }
        return new HandshakeAnswer.Accepted(subprotocol, accepted, response);
    }

    /** Whether the request is, or was meant to be, an opening handshake and not a plain request for a page. */
    public static boolean isIntended(Headers headers) {
        return headers.listContains("Upgrade", "websocket")
                || headers.listContains("Connection", "websocket")
                || (headers.listContains("Connection", "Upgrade") && !headers.contains("Upgrade"))
                || headers.contains("Sec-WebSocket-Key")
                || headers.contains("Sec-WebSocket-Version");
    }

    /** RFC 6455 §4.2.1: what a request must have; null if it has. */
    private static HandshakeAnswer.@Nullable Refused check(HandshakeRequest request) {
        Headers headers = request.headers();
        if (!request.method().equals("GET")) {
            return new HandshakeAnswer.Refused(
                    405,
                    Headers.of("Allow", "GET"),
                    "a WebSocket opens with GET, not " + HeaderSyntax.printable(request.method()));
        }
        if (request.minorVersion() < 1) {
            return upgradeRequired("this is a WebSocket: it needs HTTP/1.1 or later (RFC 6455 4.1)");
        }
        if (headers.all("Host").size() != 1) {
            return HandshakeAnswer.Refused.of(
                    400, "Host must be there once, not " + headers.all("Host").size() + " times (RFC 6455 4.1)");
        }
        boolean upgrade = headers.listContains("Upgrade", "websocket");
        if (!upgrade || !headers.listContains("Connection", "Upgrade")) {
            if (!isIntended(headers)) {
                return upgradeRequired("this is a WebSocket: open it with a WebSocket client");
            }
            String missing = upgrade ? "Connection: Upgrade" : "Upgrade: websocket";
            return HandshakeAnswer.Refused.of(400, "the request has no '" + missing + "' (RFC 6455 4.1)");
        }
        List<String> versions = headers.all("Sec-WebSocket-Version");
        if (versions.size() > 1) {
            return HandshakeAnswer.Refused.of(400, "Sec-WebSocket-Version must not be there twice (RFC 6455 11.3.5)");
        }
        // RFC 6455 §4.2.2: for another version, "an appropriate HTTP error code (such as 426 Upgrade Required) and a
        // Sec-WebSocket-Version header field indicating the version(s) the server is capable of understanding".
        if (versions.isEmpty() || !versions.get(0).strip().equals(VERSION)) {
            return new HandshakeAnswer.Refused(
                    426,
                    Headers.of("Sec-WebSocket-Version", VERSION, "Upgrade", "websocket", "Connection", "Upgrade"),
                    "Sec-WebSocket-Version must be 13 (RFC 6455 4.2.1)");
        }
        List<String> keys = headers.all("Sec-WebSocket-Key");
        if (keys.size() != 1 || !SecWebSocketKey.isValid(keys.get(0))) {
            return HandshakeAnswer.Refused.of(
                    400, "Sec-WebSocket-Key must be there once, the base64 of 16 bytes (RFC 6455 4.2.1)");
        }
        return null;
    }

    private static HandshakeAnswer.Refused upgradeRequired(String body) {
        return new HandshakeAnswer.Refused(426, Headers.of("Upgrade", "websocket", "Connection", "Upgrade"), body);
    }

    private static @Nullable String choose(List<String> preferred, List<String> offered) {
        for (String subprotocol : preferred) {
            if (offered.contains(subprotocol)) {
                return subprotocol;
            }
        }
        return null;
    }
}
