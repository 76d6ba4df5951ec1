package dev.marline.foreign;

import static dev.marline.foreign.Said.binary;
import static dev.marline.foreign.Said.close;
import static dev.marline.foreign.Said.ping;
import static dev.marline.foreign.Said.pong;
import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.marline.HandshakeException;
import dev.marline.client.WebSocketClient;
import dev.marline.server.WebSocketServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** nginx and haproxy between a client and a server of Marline's. */
@ExtendWith(ForeignProcess.ShownOnFailure.class)
class ReverseProxyTest {
    @TempDir
    Path folder;

    /** What a proxy makes of the client's Host header. */
    enum Host {
        KEPT,
        REWRITTEN
    }

    enum Proxy {
        NGINX {
            @Override
            ForeignProcess start(Path folder, int port, Certificate tls, int server, Host host) {
                // As who runs it, in the foreground, with nothing outside its folder.
                Path file = write(folder.resolve("nginx.conf"), """
                        daemon off;
                        pid nginx.pid;
                        error_log stderr notice;
                        worker_processes 1;
                        events { worker_connections 64; }
                        http {
                            access_log off;
                            client_body_temp_path body;
                            proxy_temp_path proxy;
                            fastcgi_temp_path fastcgi;
                            uwsgi_temp_path uwsgi;
                            scgi_temp_path scgi;
                            server {
                                listen 127.0.0.1:%d %s;
                                %s
                                location / {
                                    proxy_pass http://localhost:%d;
                                    proxy_http_version 1.1;
                                    proxy_set_header Upgrade $http_upgrade;
                                    proxy_set_header Connection "upgrade";
                                    %s
                                }
                            }
                        }
                        """.formatted(
                        port,
                        tls == null ? "" : "ssl",
                        tls == null
                                ? ""
                                : "ssl_certificate %s; ssl_certificate_key %s;".formatted(tls.certificate(), tls.key()),
                        server,
                        // If it is not told otherwise, it sends the name that it knows the server by.
                        host == Host.KEPT ? "proxy_set_header Host $http_host;" : ""));
                ForeignProcess nginx = ForeignProcess.start(
                        Tools.find("nginx"), "-p", folder.toString(), "-e", "stderr", "-c", file.toString());
                nginx.awaitLine("start worker process ");
                return nginx;
            }
        },
        HAPROXY {
            @Override
            ForeignProcess start(Path folder, int port, Certificate tls, int server, Host host) {
                Path file = write(folder.resolve("haproxy.cfg"), """
                        defaults
                            mode http
                            timeout connect 30s
                            timeout client 60s
                            timeout server 60s
                            timeout tunnel 60s
                        frontend front
                            bind 127.0.0.1:%d %s
                            %s
                            default_backend marline
                        backend marline
                            server marline 127.0.0.1:%d
                        """.formatted(
                                port,
                                tls == null ? "" : "ssl crt " + tls.together(),
                                host == Host.KEPT ? "" : "http-request set-header Host localhost:" + server,
                                server));
                ForeignProcess haproxy =
                        ForeignProcess.start(Tools.find("haproxy"), "-W", "-db", "-f", file.toString());
                haproxy.awaitLine("Loading success");
                return haproxy;
            }
        };

        abstract ForeignProcess start(Path folder, int port, Certificate tls, int server, Host host);
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server of Marline's with a proxy before it, and a client. */
    private final class Chain implements AutoCloseable {
        final MarlineServer server;
        final ForeignProcess process;
        final WebSocketClient client;
        final String address;

        Chain(Proxy proxy, Setup setup, Host host, WebSocketServer.Builder builder, int port) {
            server = MarlineServer.start(builder);
            process = proxy.start(folder, port, setup.tls(), server.port(), host);
            client = MarlineClient.builder(setup).build();
            address = setup.address(port);
        }

        Chain(Proxy proxy, Setup setup) {
            this(proxy, setup, Host.KEPT, WebSocketServer.builder(), FreePort.find());
        }

        MarlineEnd connect() {
            return MarlineClient.connect(client, address);
        }

        @Override
        public void close() {
            client.close();
            process.close();
            server.close();
        }
    }

    private static void assertThatTheyTalk(MarlineEnd client, MarlineEnd server) {
        Random random = new Random(1);
        for (int size : List.of(0, 1, 125, 126, 4096, 65535, 65536, 1 << 20)) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            client.says(binary(bytes));
            server.hears(binary(bytes));
            server.says(text("é".repeat(size / 2)));
            client.hears(text("é".repeat(size / 2)));
        }
        client.says(ping("there?"));
        server.hears(ping("there?"));
        client.hears(pong("there?"));
    }

    @ParameterizedTest
    @EnumSource
    void messagesAndAClientsCloseComeThrough(Proxy proxy) {
        try (Chain chain = new Chain(proxy, Setup.PLAIN)) {
            MarlineEnd client = chain.connect();
            MarlineEnd server = chain.server.accept();
            assertThatTheyTalk(client, server);
            client.says(close(4001, "done"));
            server.hears(close(4001, "done"));
            client.hearsClose(4001);
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesComeThroughWhereTheProxySpeaksTlsForTheServer(Proxy proxy) {
        Setup setup = Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
        try (Chain chain = new Chain(proxy, setup)) {
            assertThatTheyTalk(chain.connect(), chain.server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCloseOfAServerThatStopsComesThrough(Proxy proxy) {
        try (Chain chain = new Chain(proxy, Setup.PLAIN)) {
            MarlineEnd client = chain.connect();
            MarlineEnd server = chain.server.accept();
            chain.server.close();
            client.hearsClose(1001);
            server.hearsClose(1001);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pagesOfTheProxysOwnOriginConnectWhereItKeepsTheHost(Proxy proxy) {
        int port = FreePort.find();
        Setup setup = Setup.PLAIN.withHeaders(Map.of("Origin", "http://localhost:" + port));
        try (Chain chain = new Chain(proxy, setup, Host.KEPT, WebSocketServer.builder(), port)) {
            assertThatTheyTalk(chain.connect(), chain.server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void pagesBehindTlsConnectWhereTheProxyKeepsTheHost(Proxy proxy) {
        int port = FreePort.find();
        Setup setup = Setup.PLAIN
                .withTls(Certificate.make(folder, "DNS:localhost"))
                .withHeaders(Map.of("Origin", "https://localhost:" + port));
        try (Chain chain = new Chain(proxy, setup, Host.KEPT, WebSocketServer.builder(), port)) {
            assertThatTheyTalk(chain.connect(), chain.server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereTheProxyRewritesTheHostThePagesOriginHasToBeAllowed(Proxy proxy) {
        int port = FreePort.find();
        String origin = "http://localhost:" + port;
        Setup setup = Setup.PLAIN.withHeaders(Map.of("Origin", origin));
        try (Chain chain = new Chain(proxy, setup, Host.REWRITTEN, WebSocketServer.builder(), port)) {
            HandshakeException refused = catchThrowableOfType(HandshakeException.class, chain::connect);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains(".allowOrigins(\"" + origin + "\")");
        }
        WebSocketServer.Builder allowing = WebSocketServer.builder().allowOrigins(origin);
        try (Chain chain = new Chain(proxy, setup, Host.REWRITTEN, allowing, port)) {
            assertThatTheyTalk(chain.connect(), chain.server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsNotThereIsTheProxysBadGateway(Proxy proxy) {
        try (Chain chain = new Chain(proxy, Setup.PLAIN)) {
            chain.server.close();
            HandshakeException refused = catchThrowableOfType(HandshakeException.class, chain::connect);
            assertThat(refused.status()).isIn(502, 503);
        }
    }
}
