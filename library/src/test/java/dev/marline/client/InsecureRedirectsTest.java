package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.HandshakeException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import dev.marline.testing.Ends;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redirects between wss and ws. */
class InsecureRedirectsTest {
    @TempDir
    Path folder;

    private Certificates certificates;
    private WebSocketServer plain;
    private WebSocketServer secure;

    @BeforeEach
    void start() {
        certificates = new Certificates(folder, "dns:localhost");
        plain = WebSocketServer.builder()
                .webSocket("/", (socket, message) -> {})
                .start();
        secure = redirectingTo("ws://localhost:" + plain.port() + "/");
    }

    @AfterEach
    void close() {
        plain.close();
        secure.close();
    }

    private WebSocketServer redirectingTo(String location) {
        WebSocketRoute route = WebSocketRoute.listener((socket, message) -> {})
                .check(request -> HandshakeCheck.refuse(
                        HttpResponse.error(301, "elsewhere").header("Location", location)));
        return WebSocketServer.builder()
                .tls(certificates.certificate(), certificates.key())
                .webSocket("/", route)
                .start();
    }

    private WebSocketClient.Builder client() {
        return WebSocketClient.builder().trust(certificates.certificate()).followRedirects(1);
    }

    private String address() {
        return "wss://localhost:" + secure.port();
    }

    @Test
    void noneFromWssToWsIsFollowed() {
        try (WebSocketClient client = client().build()) {
            assertThat(failureOf(client.connect(address(), (socket, message) -> {})))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContainingAll("wss://localhost", "ws://localhost", "allowInsecureRedirects");
        }
    }

    @Test
    void oneFromWssToWsIsFollowedWhenAllowed() {
        try (WebSocketClient client = client().allowInsecureRedirects().build()) {
            assertThat(Ends.await(client.connect(address(), (socket, message) -> {}))
                            .isOpen())
                    .isTrue();
            assertThat(plain.webSockets()).isEqualTo(1);
        }
    }

    @Test
    void http3HasNowhereToGoWithoutTls() {
        WebSocketRoute route = WebSocketRoute.listener((socket, message) -> {})
                .check(request -> HandshakeCheck.refuse(
                        HttpResponse.error(301, "elsewhere").header("Location", "ws://localhost/")));
        try (WebSocketServer server = WebSocketServer.builder()
                        .http(HttpVersion.HTTP_3)
                        .tls(certificates.certificate(), certificates.key())
                        .webSocket("/", route)
                        .start();
                WebSocketClient client = client().http(HttpVersion.HTTP_3)
                        .allowInsecureRedirects()
                        .build()) {
            assertThat(failureOf(client.connect("wss://localhost:" + server.port(), (socket, message) -> {})))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContaining("not a wss address, as HTTP/3 needs");
        }
    }
}
