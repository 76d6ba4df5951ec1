package dev.marline.protocol.testing;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.HandshakeAnswer;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.ServerHandshake;
import dev.marline.protocol.handshake.WebSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The opening handshake of RFC 6455 §1.2 and §1.3, without what is optional, and both ends of it with extensions. */
public final class SampleHandshake {
    /** What the sample key of RFC 6455 §1.3 is made of. */
    private static final String NONCE = "the sample nonce";

    public static final Headers REQUEST = Headers.of(
            "Host", "server.example.com",
            "Upgrade", "websocket",
            "Connection", "Upgrade",
            "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version", "13");

    public static final Headers RESPONSE = Headers.of(
            "Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

    private static final String EXTENSIONS = "Sec-WebSocket-Extensions";

    private SampleHandshake() {}

    public static byte[] nonce() {
        return NONCE.getBytes(StandardCharsets.US_ASCII);
    }

    /** What a server with these extensions answers to the request with these offers, one header each. */
    public static HandshakeAnswer answer(List<Extension> extensions, String... offers) {
        Headers headers = REQUEST;
        for (String offer : offers) {
            headers = headers.with(EXTENSIONS, offer);
        }
        return ServerHandshake.answer(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers), List.of(), extensions);
    }

    /** A client with these extensions, whose request and its response are the sample. */
    public static ClientHandshake client(List<Extension> extensions) {
        return new ClientHandshake(
                WebSocketAddress.parse("ws://server.example.com"),
                List.of(),
                false,
                extensions,
                Headers.EMPTY,
                nonce());
    }

    /** The response with these extensions, one header each. */
    public static Headers response(String... extensions) {
        Headers headers = RESPONSE;
        for (String extension : extensions) {
            headers = headers.with(EXTENSIONS, extension);
        }
        return headers;
    }
}
