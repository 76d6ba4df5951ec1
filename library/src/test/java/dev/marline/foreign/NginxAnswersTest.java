package dev.marline.foreign;

import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.HandshakeException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.Headers;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.PasswordAuthentication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of Marline's that nginx sends elsewhere, asks for a password, or sets a cookie. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class NginxAnswersTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();
    private final int tlsPort = FreePort.find();
    private Certificate certificate;
    private MarlineServer server;
    private RunningProgram nginx;

    @BeforeEach
    void start() throws IOException {
        certificate = Certificate.make(folder, "DNS:localhost");
        server = MarlineServer.start();
        // Its worker gives up root's rights, and reads the file as somebody else. It is the line of
        // ProxyAuthenticationTest.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("users"), "sailor:$apr1$salt$50bAs.fEBSNL7tL0JQ5gV.\n");
        nginx = ProxyPrograms.nginxHttp(
                folder, """
                absolute_redirect off;
                server {
                    listen 127.0.0.1:%1$d;
                    listen 127.0.0.1:%2$d ssl;
                    ssl_certificate %3$s;
                    ssl_certificate_key %4$s;
                    location /talk {
                        proxy_pass http://localhost:%5$d;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection "upgrade";
                    }
                    location ~ ^/moved/(?<redirect>30[12378])$ {
                        add_header Set-Cookie "moved=$redirect; Path=/" always;
                        if ($redirect = 301) { return 301 /talk; }
                        if ($redirect = 302) { return 302 ../talk; }
                        if ($redirect = 303) { return 303 $scheme://$http_host/talk; }
                        if ($redirect = 307) { return 307 //$http_host/talk; }
                        return 308 http://localhost:%5$d/talk;
                    }
                    location /around { return 302 /around; }
                    location /insecure { return 302 http://localhost:%1$d/talk; }
                    location /guarded/talk {
                        auth_basic "the pier";
                        auth_basic_user_file users;
                        proxy_pass http://localhost:%5$d/talk;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection "upgrade";
                    }
                    location /guarded/moved {
                        auth_basic "the pier";
                        auth_basic_user_file users;
                        try_files /none @moved;
                    }
                    location @moved { return 302 http://localhost:%5$d/talk; }
                }
                """.formatted(port, tlsPort, certificate.certificate(), certificate.key(), server.port()));
    }

    @AfterEach
    void end() {
        nginx.close();
        server.close();
    }

    private static Authenticator sailor(String password) {
        return new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                assertThat(getRequestingPrompt()).isEqualTo("the pier");
                return new PasswordAuthentication("sailor", password.toCharArray());
            }
        };
    }

    private String address(String path) {
        return "ws://localhost:" + port + path;
    }

    private String secureAddress(String path) {
        return "wss://localhost:" + tlsPort + path;
    }

    /** What the server was told in the handshake of a WebSocket that works. */
    private Headers talk(WebSocketClient client, String address) {
        MarlineEnd end = MarlineClient.connect(client, address);
        MarlineEnd accepted = server.accept();
        end.says(text("here I am"));
        accepted.hears(text("here I am"));
        return accepted.socket().handshake().request().headers();
    }

    @ParameterizedTest
    @CsvSource({"301, true", "302, true", "303, true", "307, true", "308, false"})
    void redirectsAreFollowedWithTheirCookies(int status, boolean sameOrigin) {
        CookieManager cookies = new CookieManager();
        try (WebSocketClient client = MarlineClient.builder()
                .followRedirects(1)
                .cookies(cookies)
                .header("Cookie", "own=1")
                .build()) {
            // A cookie is for a host, whatever its port (RFC 6265 §8.5); what the application gives is for an origin.
            assertThat(talk(client, address("/moved/" + status)).first("Cookie"))
                    .hasValue((sameOrigin ? "own=1; " : "") + "moved=" + status);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307})
    void redirectsAreFollowedOverTls(int status) {
        try (WebSocketClient client = MarlineClient.builder()
                .trust(certificate.certificate())
                .followRedirects(1)
                .build()) {
            talk(client, secureAddress("/moved/" + status));
        }
    }

    @Test
    void aCircleEnds() {
        try (WebSocketClient client = MarlineClient.builder().followRedirects(5).build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, address("/around")))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContainingAll("redirects to " + address("/around"), "before", "5 allowed");
        }
    }

    @Test
    void noneFromWssToWsIsFollowed() {
        WebSocketClient.Builder builder =
                MarlineClient.builder().trust(certificate.certificate()).followRedirects(1);
        try (WebSocketClient client = builder.build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, secureAddress("/insecure")))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContaining("without TLS");
        }
        try (WebSocketClient client = builder.allowInsecureRedirects().build()) {
            talk(client, secureAddress("/insecure"));
        }
    }

    @Test
    void theAuthenticatorAnswersNginx() {
        try (WebSocketClient client =
                MarlineClient.builder().authenticator(sailor("rope")).build()) {
            talk(client, address("/guarded/talk"));
        }
    }

    @Test
    void aWrongPasswordIsAClearError() {
        try (WebSocketClient client =
                MarlineClient.builder().authenticator(sailor("wrong")).build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, address("/guarded/talk")))
                    .isInstanceOfSatisfying(
                            HandshakeException.class,
                            refused -> assertThat(refused.status()).isEqualTo(401));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void authorizationIsNotSentOnToARedirectsTarget(boolean inTheAddress) {
        WebSocketClient.Builder builder = MarlineClient.builder().followRedirects(1);
        String user = inTheAddress ? "sailor:rope@" : "";
        if (!inTheAddress) {
            builder.authenticator(sailor("rope"));
        }
        try (WebSocketClient client = builder.build()) {
            Headers told = talk(client, address("/guarded/moved").replace("//", "//" + user));
            assertThat(told.contains("Authorization")).isFalse();
        }
    }
}
