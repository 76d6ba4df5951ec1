package dev.marline.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What curl is answered that asks for pages, and for WebSockets in the wrong way. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class CurlTest {
    @TempDir
    static Path folder;

    private static MarlineServer plain;
    private static MarlineServer secure;
    private static Certificate certificate;

    @BeforeAll
    static void start() {
        certificate = Certificate.make(folder, "DNS:localhost");
        plain = MarlineServer.start(WebSocketServer.builder());
        secure = MarlineServer.start(WebSocketServer.builder().tls(certificate.certificate(), certificate.key()));
    }

    @AfterAll
    static void stop() {
        plain.close();
        secure.close();
    }

    enum Scheme {
        HTTP(false, "--http1.1"),
        HTTPS(true, "--http1.1"),
        /** Without TLS, curl has to be told that HTTP/2 is spoken. */
        HTTP_2(false, "--http2-prior-knowledge"),
        HTTPS_2(true, "--http2");

        private final boolean isSecure;
        private final String version;

        Scheme(boolean isSecure, String version) {
            this.isSecure = isSecure;
            this.version = version;
        }

        MarlineServer server() {
            return isSecure ? secure : plain;
        }

        String address(String path) {
            return (isSecure ? "https" : "http") + "://localhost:" + server().port() + path;
        }

        /** The first line of a response; HTTP/2 has no words for a status. */
        String status(int code, String words) {
            return version.equals("--http1.1") ? "HTTP/1.1 " + code + " " + words + "\n" : "HTTP/2 " + code + " \n";
        }

        /** All of the response, with its head. */
        String curl(String path, String... options) {
            return run(Stream.concat(Stream.of("--include", version, address(path)), Stream.of(options)));
        }

        /** The response to a proper request for a WebSocket, but for what is different. */
        String open(String path, String... different) {
            List<String> headers = new ArrayList<>(List.of(
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
            for (String header : different) {
                String name = header.replaceFirst("[:;].*", "");
                headers.removeIf(line -> line.startsWith(name + ":"));
                headers.add(header);
            }
            return curl(
                    path,
                    headers.stream()
                            .flatMap(line -> Stream.of("--header", line))
                            .toArray(String[]::new));
        }
    }

    private static String run(Stream<String> options) {
        Stream<String> command = Stream.of(
                Tools.find("curl"),
                "--silent",
                "--show-error",
                "--max-time",
                String.valueOf(RunningProgram.PATIENCE_SECONDS),
                "--cacert",
                certificate.certificate().toString());
        try (RunningProgram curl =
                RunningProgram.start(Stream.concat(command, options).toArray(String[]::new))) {
            return curl.awaitEnd();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPageIsServed(Scheme scheme) {
        assertThat(scheme.curl("/page"))
                .startsWith(scheme.status(200, "OK"))
                .containsIgnoringCase("content-type: text/html; charset=utf-8")
                .endsWith(MarlineServer.PAGE.strip());
        assertThat(scheme.curl("/page", "--head"))
                .startsWith(scheme.status(200, "OK"))
                .containsIgnoringCase("content-length: " + MarlineServer.PAGE.getBytes(UTF_8).length)
                .doesNotContain("<title>");
    }

    @Test
    void anHttp10ClientIsServedToo() {
        assertThat(Scheme.HTTP.curl("/page", "--http1.0"))
                .startsWith("HTTP/1.")
                .contains(" 200 OK", MarlineServer.PAGE.strip());
        assertThat(Scheme.HTTPS.curl("/page", "--http1.0"))
                .startsWith("HTTP/1.")
                .contains(" 200 OK", MarlineServer.PAGE.strip());
    }

    /** RFC 9113 has taken away the upgrade to HTTP/2: who asks for it stays where they are (RFC 9110 §7.8). */
    @Test
    void withoutTlsNobodyIsUpgradedToHttp2() {
        assertThat(Scheme.HTTP.curl("/page", "--http2"))
                .startsWith("HTTP/1.1 200 OK\n")
                .endsWith(MarlineServer.PAGE.strip());
    }

    @ParameterizedTest
    // With prior knowledge, curl before 8.0 fails at the second request of a connection, whoever serves it.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HTTP_2")
    void oneConnectionServesManyPages(Scheme scheme) {
        String address = scheme.address("/page");
        String said = scheme.curl("/page", "--verbose", address, scheme.address("/none"), address);
        assertThat(said.split("Connected to localhost", -1)).hasSize(2);
        assertThat(said.split(MarlineServer.PAGE.strip(), -1)).hasSize(4);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrongWithARequestIsSaid(Scheme scheme) {
        assertThat(scheme.curl("/none"))
                .startsWith(scheme.status(404, "Not Found"))
                .contains("nothing at this path");
        assertThat(scheme.curl("/page", "--data", "some=form"))
                .startsWith(scheme.status(405, "Method Not Allowed"))
                .containsIgnoringCase("allow: GET, HEAD");
        assertThat(scheme.curl("/page", "--request", "GET", "--data", "some=form"))
                .startsWith(scheme.status(413, "Request Entity Too Large"))
                .contains("with a body");
    }

    @ParameterizedTest
    @EnumSource
    void headersOverTheLimitsAreRefused(Scheme scheme) {
        assertThat(scheme.curl("/page", "--header", "X-Long: " + "x".repeat(20_000)))
                .startsWith(scheme.status(431, "Request Header Fields Too Large"));
        assertThat(scheme.curl(
                        "/page",
                        Stream.iterate(0, n -> n < 101, n -> n + 1)
                                .flatMap(n -> Stream.of("--header", "X-" + n + ": 1"))
                                .toArray(String[]::new)))
                .startsWith(scheme.status(431, "Request Header Fields Too Large"));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "HTTPS"})
    void aMalformedRequestIsAnsweredAtOnce(Scheme scheme) {
        assertThat(scheme.curl("/page", "--header", "Not A Name: x")).startsWith("HTTP/1.1 400 Bad Request\n");
        assertThat(scheme.curl("/page", "--request", "NO METHOD")).startsWith("HTTP/1.1 400 Bad Request\n");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "HTTPS"})
    void whatIsWrongWithAHandshakeIsSaid(Scheme scheme) {
        assertThat(scheme.open("/none")).startsWith("HTTP/1.1 404 Not Found\n").contains("no WebSocket at this path");
        assertThat(scheme.curl("/talk"))
                .startsWith("HTTP/1.1 426 Upgrade Required\n")
                .containsIgnoringCase("upgrade: websocket");
        assertThat(scheme.open("/talk", "Sec-WebSocket-Version: 8"))
                .startsWith("HTTP/1.1 426 Upgrade Required\n")
                .containsIgnoringCase("sec-websocket-version: 13");
        assertThat(scheme.open("/talk", "Sec-WebSocket-Key: short")).startsWith("HTTP/1.1 400 Bad Request\n");
        assertThat(scheme.open("/talk", "Sec-WebSocket-Key;")).startsWith("HTTP/1.1 400 Bad Request\n");
        assertThat(scheme.open("/talk", "Connection: websocket")).startsWith("HTTP/1.1 400 Bad Request\n");
        assertThat(scheme.open("/talk", "Origin: null"))
                .startsWith("HTTP/1.1 403 Forbidden\n")
                .contains(".allowAnyOrigin()");
        assertThat(scheme.open("/talk", "Origin: https://elsewhere.example"))
                .startsWith("HTTP/1.1 403 Forbidden\n")
                .contains(".allowOrigins(\"https://elsewhere.example\")");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "HTTPS"})
    void aRightHandshakeIsAnsweredAsTheRfcsExampleIs(Scheme scheme) {
        // curl does not know the protocol: it waits until the WebSocket is closed.
        try (RunningProgram curl = RunningProgram.start(Stream.of(
                        List.of(Tools.find("curl"), "--silent", "--http1.1", "--verbose", "--no-buffer"),
                        List.of("--cacert", certificate.certificate().toString(), scheme.address("/talk")),
                        List.of("--header", "Upgrade: WebSocket", "--header", "Connection: keep-alive, upgrade"),
                        List.of("--header", "Sec-WebSocket-Version: 13"),
                        List.of("--header", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
                .flatMap(List::stream)
                .toArray(String[]::new))) {
            curl.awaitLine("HTTP/1.1 101 Switching Protocols");
            curl.awaitLine("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            MarlineEnd end = scheme.server().accept();
            end.says(Said.text("hello\n"));
            curl.awaitLine("hello");
            end.socket().abort();
            curl.awaitEnd();
        }
    }
}
