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
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.Listener;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Proxies between a client and a server of Marline's, some of which speak HTTP/2 to both, or only to the client. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ReverseProxyTest {
    @TempDir
    Path folder;

    /** What a proxy makes of the client's Host header. */
    enum Host {
        KEPT,
        REWRITTEN
    }

    /**
     * A proxy, ready to be started.
     *
     * @param port where it listens
     * @param tls its certificate; null to go without TLS
     * @param front the version of HTTP that it is spoken to in: with TLS another can be negotiated
     * @param server where Marline's server listens
     * @param back the version that it speaks to that
     */
    private record Site(
            Path folder,
            int port,
            @Nullable Certificate tls,
            HttpVersion front,
            SocketAddress server,
            HttpVersion back,
            Host host) {
        /** Where the server listens, as a proxy calls it. */
        String server(String separator, String unix) {
            return server instanceof InetSocketAddress tcp ? "localhost" + separator + tcp.getPort() : unix + server;
        }

        boolean isHttp2InFront() {
            return front == HttpVersion.HTTP_2;
        }

        boolean isHttp2Behind() {
            return back == HttpVersion.HTTP_2;
        }
    }

    private enum Program {
        NGINX {
            @Override
            RunningProgram start(Site site) {
                return ProxyPrograms.nginxHttp(site.folder, """
                        server {
                            listen 127.0.0.1:%d %s;
                            %s
                            location / {
                                proxy_pass http://%s;
                                proxy_http_version 1.1;
                                proxy_set_header Upgrade $http_upgrade;
                                proxy_set_header Connection "upgrade";
                                %s
                            }
                        }
                        """.formatted(
                                site.port,
                                site.tls == null ? "" : "ssl",
                                site.tls == null
                                        ? ""
                                        : "ssl_certificate %s; ssl_certificate_key %s;"
                                                .formatted(site.tls.certificate(), site.tls.key()),
                                site.server(":", "unix:"),
                                // If it is not told otherwise, it sends the name that it knows the server by.
                                site.host == Host.KEPT ? "proxy_set_header Host $http_host;" : ""));
            }
        },
        HAPROXY {
            @Override
            RunningProgram start(Site site) {
                String alpn = site.isHttp2InFront() ? " alpn h2,http/1.1" : "";
                String tls = site.tls == null ? "" : "ssl crt " + site.tls.together() + alpn;
                return ProxyPrograms.haproxy(site.folder, """
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
                            server marline %s %s
                        """.formatted(
                                site.port,
                                site.tls == null && site.isHttp2InFront() ? "proto h2" : tls,
                                site.host == Host.KEPT ? "" : "http-request set-header Host " + site.server(":", ""),
                                site.server(":", "unix@"),
                                site.isHttp2Behind() ? "proto h2" : ""));
            }
        },
        NGHTTPX {
            @Override
            RunningProgram start(Site site) {
                List<String> command = new ArrayList<>(List.of(
                        Tools.find("nghttpx"),
                        "--conf=/dev/null",
                        "--single-process",
                        "--workers=1",
                        "--no-ocsp",
                        "--log-level=NOTICE",
                        "--errorlog-file=/dev/stderr",
                        "--frontend=127.0.0.1," + site.port + (site.tls == null ? ";no-tls" : ""),
                        "--backend=" + site.server(",", "unix:") + ";;proto="
                                + (site.isHttp2Behind() ? "h2" : "http/1.1")));
                if (site.host == Host.REWRITTEN) {
                    command.add("--host-rewrite");
                }
                if (site.tls != null) {
                    command.add(site.tls.key().toString());
                    command.add(site.tls.certificate().toString());
                }
                RunningProgram nghttpx = RunningProgram.start(command.toArray(String[]::new));
                nghttpx.awaitLine("Created worker thread");
                return nghttpx;
            }
        };

        abstract RunningProgram start(Site site);
    }

    enum Proxy {
        NGINX(Program.NGINX, HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_1),
        HAPROXY(Program.HAPROXY, HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_1),
        HAPROXY_HTTP2(Program.HAPROXY, HttpVersion.HTTP_2, HttpVersion.HTTP_2),
        HAPROXY_HTTP2_TO_1(Program.HAPROXY, HttpVersion.HTTP_2, HttpVersion.HTTP_1_1),
        /** Does not tell a server that the client has ended after it: that waits for its closingTimeout each time. */
        NGHTTPX_HTTP2(Program.NGHTTPX, HttpVersion.HTTP_2, HttpVersion.HTTP_2),
        NGHTTPX_HTTP2_TO_1(Program.NGHTTPX, HttpVersion.HTTP_2, HttpVersion.HTTP_1_1);

        private final Program program;

        /** The version of HTTP that clients speak to it. */
        private final HttpVersion front;

        /** The version that it speaks to Marline's server. */
        private final HttpVersion back;

        Proxy(Program program, HttpVersion front, HttpVersion back) {
            this.program = program;
            this.front = front;
            this.back = back;
        }

        RunningProgram start(Path folder, int port, @Nullable Certificate tls, SocketAddress server, Host host) {
            return program.start(new Site(folder, port, tls, front, server, back, host));
        }
    }

    /** A server of Marline's with a proxy before it, and a client. */
    private final class Chain implements AutoCloseable {
        final MarlineServer server;
        final RunningProgram process;
        final WebSocketClient client;
        final String address;
        private final Proxy proxy;

        Chain(Proxy proxy, Setup setup, Host host, WebSocketServer.Builder builder, int port) {
            this(proxy, setup, host, MarlineServer.start(builder), port);
        }

        Chain(Proxy proxy, Setup setup, Host host, MarlineServer server, int port) {
            this.proxy = proxy;
            this.server = server;
            process = proxy.start(folder, port, setup.tls(), server.address(), host);
            client = MarlineClient.builder(setup, proxy.front).build();
            address = setup.address(port);
        }

        Chain(Proxy proxy, Setup setup) {
            this(proxy, setup, Host.KEPT, WebSocketServer.builder(), FreePort.find());
        }

        MarlineEnd connect() {
            MarlineEnd end = MarlineClient.connect(client, address);
            assertThat(end.handshake().request().version()).isEqualTo(proxy.front);
            return end;
        }

        MarlineEnd accept() {
            MarlineEnd end = server.accept();
            assertThat(end.handshake().request().version()).isEqualTo(proxy.back);
            return end;
        }

        @Override
        public void close() {
            client.close();
            process.close();
            server.close();
        }
    }

    private static void assertThatTheyTalk(End client, End server) {
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
            MarlineEnd server = chain.accept();
            assertThatTheyTalk(client, server);
            client.says(close(4001, "done"));
            server.hears(close(4001, "done"));
            client.hearsClose(4001);
        }
    }

    /** Who is root here gives the worker of nginx another user, who has to be let in. */
    @ParameterizedTest
    @EnumSource
    void messagesComeThroughToAServerOnAUnixDomainSocket(Proxy proxy) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Listener listener = Listener.unix(folder.resolve("server.sock")).permissions("rw-rw-rw-");
        int port = FreePort.find();
        Setup page = Setup.PLAIN.withHeaders(Map.of("Origin", "http://localhost:" + port));
        MarlineServer server = MarlineServer.start(Setup.PLAIN, listener);
        try (Chain chain = new Chain(proxy, page, Host.KEPT, server, port)) {
            assertThatTheyTalk(chain.connect(), chain.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesComeThroughWhereTheProxySpeaksTlsForTheServer(Proxy proxy) {
        Setup setup = Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
        try (Chain chain = new Chain(proxy, setup)) {
            assertThatTheyTalk(chain.connect(), chain.accept());
        }
    }

    /** Each proxy with a foreign client of each version of HTTP: with TLS it is the client that chooses. */
    static Stream<Arguments> foreignClients() {
        return Stream.of(Proxy.values())
                .flatMap(proxy -> Stream.of(Pairing.WS_CLIENT, Pairing.WS_HTTP2_CLIENT)
                        .filter(pairing -> pairing.http == HttpVersion.HTTP_1_1 || pairing.http == proxy.front)
                        .map(pairing -> Arguments.of(proxy, pairing)));
    }

    @ParameterizedTest
    @MethodSource("foreignClients")
    void aForeignClientsMessagesAndCloseComeThrough(Proxy proxy, Pairing pairing) {
        Setup setup = Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
        try (Chain chain = new Chain(proxy, setup);
                ForeignEnd client = pairing.connect(setup, chain.address)) {
            client.awaitOpen();
            MarlineEnd server = chain.accept();
            assertThatTheyTalk(client, server);
            client.says(close(4001, "done"));
            server.hears(close(4001, "done"));
            client.hearsClose(4001);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCloseOfAServerThatStopsComesThrough(Proxy proxy) {
        try (Chain chain = new Chain(proxy, Setup.PLAIN)) {
            MarlineEnd client = chain.connect();
            MarlineEnd server = chain.accept();
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
            assertThatTheyTalk(chain.connect(), chain.accept());
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
            assertThatTheyTalk(chain.connect(), chain.accept());
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
            assertThatTheyTalk(chain.connect(), chain.accept());
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
