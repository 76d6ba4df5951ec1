package dev.marline.foreign;

import static dev.marline.foreign.Said.binary;
import static dev.marline.foreign.Said.close;
import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of Marline's that goes through SOCKS5 proxies: Dante, and microsocks where a user and password are wanted. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class SocksProxyTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();

    private RunningProgram startDante(String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("danted.conf"), """
                logoutput: stderr
                internal: 127.0.0.1 port = %1$d
                external: lo
                clientmethod: none
                socksmethod: none
                user.privileged: %2$s
                user.unprivileged: %2$s
                client pass {
                    from: 0.0.0.0/0 to: 0.0.0.0/0
                }
                %3$s
                socks pass {
                    from: 0.0.0.0/0 to: 0.0.0.0/0
                    log: connect
                }
                """.formatted(
                        port, System.getProperty("user.name"), String.join("\n", more)));
        RunningProgram dante = RunningProgram.start(Tools.find("danted"), "-f", file.toString());
        dante.awaitLine(" running");
        return dante;
    }

    /** Wants a sailor and his password. Nothing says that it is there, so it is asked until it is. */
    private RunningProgram startMicrosocks() {
        RunningProgram microsocks = RunningProgram.start(
                Map.of(),
                List.of(Tools.find("microsocks"), "-i", "127.0.0.1", "-p", "" + port, "-u", "sailor", "-P", "rope"));
        FreePort.awaitTaken(port);
        return microsocks;
    }

    private static void assertThatTheyTalk(WebSocketClient client, Setup setup, MarlineServer server) {
        MarlineEnd end = MarlineClient.connect(client, setup.address(server.port()));
        MarlineEnd accepted = server.accept();
        end.says(text("through the proxy"));
        accepted.hears(text("through the proxy"));
        byte[] large = new byte[1 << 20];
        accepted.says(binary(large));
        end.hears(binary(large));
        end.says(close(4001, "done"));
        accepted.hears(close(4001, "done"));
        end.hearsClose(4001);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "wss"})
    void aWebSocketGoesThroughDante(String scheme) throws IOException {
        Setup setup =
                scheme.equals("ws") ? Setup.PLAIN : Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
        try (RunningProgram dante = startDante();
                MarlineServer server = MarlineServer.start(setup);
                WebSocketClient client = MarlineClient.builder(setup)
                        .proxy("socks5://localhost:" + port)
                        .build()) {
            assertThatTheyTalk(client, setup, server);
            dante.awaitLine("pass(1): tcp/connect");
        }
    }

    /** With the user of its address, which a proxy that wants none is not told. */
    @Test
    void aProxyMayWantNoUser() throws IOException {
        try (RunningProgram dante = startDante();
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5h://sailor:rope@localhost:" + port)
                        .build()) {
            assertThatTheyTalk(client, Setup.PLAIN, server);
            dante.awaitLine("pass(1): tcp/connect");
        }
    }

    @Test
    void aServerThatTheProxyForbidsIsAClearError() throws IOException {
        try (RunningProgram dante = startDante("socks block {\n from: 0.0.0.0/0 to: 0.0.0.0/0\n log: connect\n}");
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5://localhost:" + port)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("proxy socks5://localhost:" + port, "connection not allowed by ruleset");
            dante.awaitLine("block(1): tcp/connect");
        }
    }

    @Test
    void aServerThatTheProxyCannotReachIsAClearError() throws IOException {
        int nobody = FreePort.find();
        try (RunningProgram dante = startDante();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5://localhost:" + port)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(nobody)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("proxy socks5://localhost:" + port, "connection refused");
            assertThat(dante.toString()).contains("(running)");
        }
    }

    @Test
    void theProxyIsToldItsUserAndPassword() {
        try (RunningProgram microsocks = startMicrosocks();
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5://sailor:rope@localhost:" + port)
                        .build()) {
            assertThatTheyTalk(client, Setup.PLAIN, server);
            microsocks.awaitLine("connected to localhost:" + server.port());
        }
    }

    @Test
    void theAuthenticatorAnswersAProxy() {
        List<String> questions = new ArrayList<>();
        Authenticator authenticator = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                questions.add(getRequestorType() + " " + getRequestingProtocol() + " " + getRequestingHost() + ":"
                        + getRequestingPort());
                return new PasswordAuthentication("sailor", "rope".toCharArray());
            }
        };
        try (RunningProgram microsocks = startMicrosocks();
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxySelector(selecting(
                                new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("localhost", port))))
                        .authenticator(authenticator)
                        .build()) {
            assertThatTheyTalk(client, Setup.PLAIN, server);
            assertThat(questions).containsExactly("PROXY socks5 localhost:" + port);
            microsocks.awaitLine("connected to localhost:" + server.port());
        }
    }

    private static ProxySelector selecting(Proxy proxy) {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return List.of(proxy);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException cause) {
                throw new AssertionError(cause);
            }
        };
    }

    @Test
    void aWrongPasswordIsAClearError() {
        try (RunningProgram microsocks = startMicrosocks();
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5://sailor:wrong@localhost:" + port)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("proxy socks5://localhost:" + port, "does not take the user and password")
                    .hasMessageNotContaining("wrong");
            assertThat(microsocks.toString()).contains("(running)");
        }
    }

    @Test
    void withoutAUserItIsAClearError() {
        try (RunningProgram microsocks = startMicrosocks();
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = MarlineClient.builder()
                        .proxy("socks5://localhost:" + port)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("proxy socks5://localhost:" + port, "user and password");
            assertThat(microsocks.toString()).contains("(running)");
        }
    }
}
