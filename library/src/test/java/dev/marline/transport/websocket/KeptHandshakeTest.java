package dev.marline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Handshake;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Certificates;
import dev.marline.tls.TlsIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptHandshakeTest {
    @Test
    void isWhatItWas() {
        Headers request = Headers.of(
                "Host", "example.com", "host", "other case", "X-Own", "", "Cookie", "name=\u00e9", "Cookie", "a=b");
        Handshake handshake = new Handshake(
                new HandshakeRequest("GET", "/room/7?\u00e4", HttpVersion.HTTP_1_1, request),
                Headers.of("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                Map.of("room", "7", "user", "\ud83d\ude00"),
                "chat",
                List.of());
        assertThat(KeptHandshake.read(KeptHandshake.keep(handshake))).isEqualTo(handshake);
    }

    @Test
    void hasTheSecWebSocketAcceptThatFollowsFromTheKeyAndAnyOther() {
        Headers request = Headers.of("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        for (String accept : List.of("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "another")) {
            Handshake handshake = new Handshake(
                    new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, request),
                    Headers.of("Upgrade", "websocket", "Sec-WebSocket-Accept", accept),
                    Map.of(),
                    null,
                    List.of());
            assertThat(KeptHandshake.read(KeptHandshake.keep(handshake))).isEqualTo(handshake);
        }
    }

    @Test
    void mayHaveNothingButARequest() {
        Handshake handshake = new Handshake(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, Headers.EMPTY),
                Headers.EMPTY,
                Map.of(),
                null,
                List.of());
        assertThat(KeptHandshake.read(KeptHandshake.keep(handshake))).isEqualTo(handshake);
    }

    @Test
    void hasTheCertificatesThatTheClientHasShown(@TempDir Path folder) throws IOException {
        List<X509Certificate> shown = new ArrayList<>();
        for (String name : List.of("dns:client.example", "dns:authority.example")) {
            Certificates made = new Certificates(Files.createTempDirectory(folder, "certificate"), name);
            shown.addAll(TlsIdentity.pem(made.certificate(), made.key()).certificates());
        }
        Handshake handshake = new Handshake(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, Headers.EMPTY),
                Headers.EMPTY,
                Map.of(),
                null,
                shown);
        Handshake read = KeptHandshake.read(KeptHandshake.keep(handshake));
        assertThat(read).isEqualTo(handshake);
        assertThat(read.clientCertificates()).hasSize(2);
    }

    @Test
    void takesAsManyAndAsLongHeadersAsTheLimitsAllow() {
        Headers headers = Headers.EMPTY;
        for (int i = 0; i < 300; i++) {
            headers = headers.with("X-" + i, "v".repeat(1000));
        }
        headers = headers.with("X-Long", "v".repeat(100_000));
        Handshake handshake = new Handshake(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers),
                Headers.EMPTY,
                Map.of(),
                null,
                List.of());
        assertThat(KeptHandshake.read(KeptHandshake.keep(handshake))).isEqualTo(handshake);
    }

    @Test
    void takesTextsOfEveryLength() {
        for (int length = 0; length <= 300; length++) {
            Headers headers = Headers.of("X-Text", "v".repeat(length), "X-After", "after");
            Handshake handshake = new Handshake(
                    new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers),
                    Headers.EMPTY,
                    Map.of(),
                    null,
                    List.of());
            assertThat(KeptHandshake.read(KeptHandshake.keep(handshake)))
                    .as("length %d", length)
                    .isEqualTo(handshake);
        }
    }
}
