package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.AddressTeller;
import dev.marline.testing.Certificates;
import dev.marline.testing.Eventually;
import dev.marline.testing.FreePort;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxies with the configurations of {@code docs/how-to/proxies.md}, and a client whose address they are to tell. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class WhoIsCallingTest {
    /** Another one of this machine than the proxies', which is 127.0.0.1. */
    private static final String CLIENT = "127.0.0.5";

    private static final Path GUIDE = Path.of("../docs/how-to/proxies.md");

    @TempDir
    static Path certificateFolder;

    @TempDir
    Path folder;

    private static Certificates certificates;
    private static Path certificateAndKey;

    private final int port = FreePort.find();

    @BeforeAll
    static void makeCertificates() throws IOException {
        certificates = new Certificates(certificateFolder, "dns:localhost");
        certificateAndKey = Files.writeString(
                certificateFolder.resolve("together.pem"),
                Files.readString(certificates.certificate()) + Files.readString(certificates.key()));
    }

    /** What the guide has a proxy set up with, but for ports and files. */
    enum Guide {
        NGINX_HEADERS("nginx", 0),
        NGINX_PROXY_PROTOCOL("nginx", 1),
        HAPROXY_HEADERS("haproxy", 0),
        HAPROXY_FORWARDED("haproxy", 1),
        HAPROXY_PROXY_PROTOCOL_2("haproxy", 2),
        HAPROXY_PROXY_PROTOCOL_1("haproxy", 2);

        private final String language;
        private final int number;

        Guide(String language, int number) {
            this.language = language;
            this.number = number;
        }

        RunningProgram start(Path folder, int port, int server) throws IOException {
            Pattern block = Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
            List<String> blocks = block.matcher(Files.readString(GUIDE))
                    .results()
                    .map((MatchResult result) -> result.group(1))
                    .toList();
            String configuration = blocks.get(number)
                    .replace("127.0.0.1:8080", "127.0.0.1:" + server)
                    .replace("listen 443", "listen 127.0.0.1:" + port)
                    .replace("bind :443", "bind 127.0.0.1:" + port)
                    .replace("/etc/ssl/example.crt", certificates.certificate().toString())
                    .replace("/etc/ssl/example.key", certificates.key().toString())
                    .replace("/etc/haproxy/example.pem", certificateAndKey.toString())
                    .replace("send-proxy-v2", this == HAPROXY_PROXY_PROTOCOL_1 ? "send-proxy" : "send-proxy-v2");
            return switch (this) {
                case NGINX_HEADERS -> ProxyPrograms.nginxHttp(folder, configuration);
                case NGINX_PROXY_PROTOCOL ->
                    ProxyPrograms.nginx(
                            folder, "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n" + configuration);
                default -> ProxyPrograms.haproxy(folder, configuration);
            };
        }
    }

    private static WebSocketServer.Builder builder() {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(Setup.LIMITS)
                .webSocket("/who", new AddressTeller())
                .get("/who", request -> HttpResponse.text(request.client().toString()));
    }

    private RawPeer connect() {
        return RawPeer.connectFrom(CLIENT, port).startTls(certificates.context());
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_HEADERS", "HAPROXY_HEADERS", "HAPROXY_FORWARDED"})
    void aProxyThatEndsTlsTellsTheClientAndTheHostItHasAskedFor(Guide guide) throws IOException {
        ForwardedHeaders kind =
                guide == Guide.HAPROXY_FORWARDED ? ForwardedHeaders.FORWARDED : ForwardedHeaders.X_FORWARDED;
        try (WebSocketServer server = builder().forwarded(kind, "127.0.0.1").start();
                RunningProgram proxy = guide.start(folder, port, server.port());
                RawPeer client = connect();
                RawPeer liar = connect();
                RawPeer foreignPage = connect();
                Logs quiet = Logs.capture()) {
            assertThat(client.open("/who", "Origin: https://localhost")
                            .readFrame()
                            .text())
                    .isEqualTo("/" + CLIENT + ":0");
            assertThat(liar.open(
                                    "/who",
                                    "Origin: https://localhost",
                                    "X-Forwarded-For: 192.0.2.1",
                                    "X-Forwarded-Host: evil.example",
                                    "Forwarded: for=192.0.2.1;host=evil.example")
                            .readFrame()
                            .text())
                    .isEqualTo("/" + CLIENT + ":0");
            assertThat(foreignPage
                            .sendHead(RawPeer.handshake("/who", "Origin: http://localhost"))
                            .readHead()
                            .status())
                    .isEqualTo(403);
            assertThat(quiet.lines()).singleElement().asString().contains(CLIENT);
            assertThat(proxy.toString()).contains("running");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_PROXY_PROTOCOL", "HAPROXY_PROXY_PROTOCOL_1", "HAPROXY_PROXY_PROTOCOL_2"})
    void aProxyThatPassesTlsOnTellsTheClientInTheProxyProtocol(Guide guide) throws IOException {
        try (WebSocketServer server = builder()
                        .tls(certificates.certificate(), certificates.key())
                        .proxyProtocol("127.0.0.1")
                        .start();
                RunningProgram proxy = guide.start(folder, port, server.port());
                RawPeer client = connect()) {
            assertThat(client.open("/who", "Origin: https://localhost")
                            .readFrame()
                            .text())
                    .startsWith("/" + CLIENT + ":")
                    .isNotEqualTo("/" + CLIENT + ":0");
            assertThat(proxy.toString()).contains("running");
        }
    }

    @Test
    void aHealthCheckThatSaysItIsLocalIsNoError() throws IOException {
        try (Logs logs = Logs.capture();
                WebSocketServer server = builder()
                        .tls(certificates.certificate(), certificates.key())
                        .proxyProtocol("127.0.0.1")
                        .start();
                RunningProgram proxy = Guide.HAPROXY_PROXY_PROTOCOL_2.start(folder, port, server.port())) {
            Eventually.eventually("HAProxy has checked", () -> server.connections() > 0);
            Eventually.eventually("and gone", () -> server.connections() == 0);

            assertThat(logs.lines()).isEmpty();
            assertThat(proxy.toString()).contains("running").doesNotContain("DOWN");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curlMayBeginWithTheProxyProtocol(String version) {
        try (Logs logs = Logs.capture();
                WebSocketServer server = builder()
                        .host("localhost")
                        .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                        .tls(certificates.certificate(), certificates.key())
                        .proxyProtocol(CLIENT)
                        .start()) {
            String address = "https://localhost:" + server.port() + "/who";
            // It names itself, with its own address.
            assertThat(curl(address, version, "--haproxy-protocol")).startsWith("/" + CLIENT + ":");
            assertThat(logs.lines()).isEmpty();
            assertThat(curl(address, version)).contains("(35)").doesNotContain("/" + CLIENT);
            Eventually.eventually("it is logged", () -> !logs.lines().isEmpty());
        }
    }

    private static String curl(String address, String... options) {
        Stream<String> command = Stream.of(
                Tools.find("curl"),
                "--silent",
                "--show-error",
                "--ipv4",
                "--interface",
                CLIENT,
                "--cacert",
                certificates.certificate().toString(),
                address);
        try (RunningProgram curl =
                RunningProgram.start(Stream.concat(command, Stream.of(options)).toArray(String[]::new))) {
            return curl.awaitEnd();
        }
    }
}
