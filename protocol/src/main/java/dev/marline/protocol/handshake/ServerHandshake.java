package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The server's side of the opening handshake: RFC 6455 §4.2, and over HTTP/2 and HTTP/3 RFC 8441 §5 and RFC 9220 §3. */
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
        HandshakeAnswer.Refused refused =
                request.version().isUpgraded() ? checkUpgrade(request) : checkExtendedConnect(request);
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
        Headers response = request.version().isUpgraded()
                ? Headers.of("Upgrade", "websocket", "Connection", "Upgrade")
                : Headers.EMPTY;
        // RFC 8441 §5: an extended CONNECT needs no key, and its answer no proof that one was understood. A client that
        // sends one wants it answered.
        Optional<String> key = headers.first("Sec-WebSocket-Key");
        if (key.isPresent()) {
            response = response.with("Sec-WebSocket-Accept", SecWebSocketKey.accept(key.get()));
        }
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

    /**
     * Whether the request is, or was meant to be, an opening handshake and not a plain request for a page: its {@code Upgrade} names
     * {@code websocket}, or over HTTP/2 and HTTP/3 it has a {@code :protocol}. No other field matters. Reverse proxies are often
     * configured to send {@code Connection: upgrade} with every request.
     */
    public static boolean isIntended(HandshakeRequest request) {
        return switch (request.version()) {
            // RFC 9110 §7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request."
            case HTTP_1_0 -> false;
            case HTTP_1_1 -> request.headers().listContains("Upgrade", "websocket");
            case HTTP_2, HTTP_3 -> request.protocol() != null;
        };
    }

    /** The refusal of an extended CONNECT for another protocol than {@code websocket}, on whatever path; null for any other request. */
    public static HandshakeAnswer.@Nullable Refused refuseOtherProtocol(HandshakeRequest request) {
        String protocol = request.protocol();
        // RFC 9220 §3: "If a server receives an extended CONNECT request with a :protocol value it doesn't support, it
        // SHOULD respond with a 501 (Not Implemented) status code".
        return protocol == null || protocol.equalsIgnoreCase("websocket")
                ? null
                : HandshakeAnswer.Refused.of(
                        501,
                        "the protocol is '" + HeaderSyntax.printable(protocol) + "', only websocket is served here");
    }

    /** RFC 6455 §4.2.1: what a request must have; null if it has. */
    private static HandshakeAnswer.@Nullable Refused checkUpgrade(HandshakeRequest request) {
        Headers headers = request.headers();
        if (!request.method().equals("GET")) {
            return new HandshakeAnswer.Refused(
                    405,
                    Headers.of("Allow", "GET"),
                    "a WebSocket opens with GET, not " + HeaderSyntax.printable(request.method()));
        }
        if (request.version() == HttpVersion.HTTP_1_0) {
            return upgradeRequired("this is a WebSocket: it needs HTTP/1.1 or later (RFC 6455 4.1)");
        }
        String wrongHost = RequestTarget.objectionToHost(request);
        if (wrongHost != null) {
            return HandshakeAnswer.Refused.of(400, wrongHost);
        }
        if (!isIntended(request)) {
            return upgradeRequired(
                    "this is a WebSocket: open it with a WebSocket client; the request has no 'Upgrade: websocket'");
        }
        if (!headers.listContains("Connection", "Upgrade")) {
            return HandshakeAnswer.Refused.of(400, "the request has no 'Connection: Upgrade' (RFC 6455 4.1)");
        }
        // RFC 6455 §4.2.2: for another version, "an appropriate HTTP error code (such as 426 Upgrade Required) and a
        // Sec-WebSocket-Version header field indicating the version(s) the server is capable of understanding".
        HandshakeAnswer.Refused wrongVersion = checkVersion(
                headers,
                426,
                Headers.of("Sec-WebSocket-Version", VERSION, "Upgrade", "websocket", "Connection", "Upgrade"));
        return wrongVersion == null ? checkKey(headers, false) : wrongVersion;
    }

    /** RFC 8441 §4 and §5: what a request must have; null if it has. */
    private static HandshakeAnswer.@Nullable Refused checkExtendedConnect(HandshakeRequest request) {
        Headers headers = request.headers();
        String protocol = request.protocol();
        if (protocol == null) {
            return new HandshakeAnswer.Refused(
                    405,
                    Headers.of("Allow", "CONNECT"),
                    "this is a WebSocket: over " + request.version()
                            + " it opens with an extended CONNECT (RFC 8441 5)");
        }
        HandshakeAnswer.Refused otherProtocol = refuseOtherProtocol(request);
        if (otherProtocol != null) {
            return otherProtocol;
        }
        String wrongHost = RequestTarget.objectionToHost(request);
        if (wrongHost != null) {
            return HandshakeAnswer.Refused.of(400, wrongHost);
        }
        // Not 426: RFC 9110 §15.5.22 has it send Upgrade, which RFC 9113 §8.2.2 forbids.
        HandshakeAnswer.Refused wrongVersion = checkVersion(headers, 400, Headers.of("Sec-WebSocket-Version", VERSION));
        return wrongVersion == null ? checkKey(headers, true) : wrongVersion;
    }

    private static HandshakeAnswer.@Nullable Refused checkVersion(Headers headers, int status, Headers supported) {
        List<String> versions = headers.all("Sec-WebSocket-Version");
        if (versions.size() > 1) {
            return HandshakeAnswer.Refused.of(400, "Sec-WebSocket-Version must not be there twice (RFC 6455 11.3.5)");
        }
        if (versions.isEmpty() || !versions.get(0).strip().equals(VERSION)) {
            return new HandshakeAnswer.Refused(status, supported, "Sec-WebSocket-Version must be 13 (RFC 6455 4.2.1)");
        }
        return null;
    }

    private static HandshakeAnswer.@Nullable Refused checkKey(Headers headers, boolean mayBeMissing) {
        List<String> keys = headers.all("Sec-WebSocket-Key");
        if (mayBeMissing && keys.isEmpty()) {
            return null;
        }
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
