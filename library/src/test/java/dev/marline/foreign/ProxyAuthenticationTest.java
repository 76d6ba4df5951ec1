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
import java.net.PasswordAuthentication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of Marline's that goes through squid, which wants a user and password and can be spoken to over TLS. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ProxyAuthenticationTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();
    private final int tlsPort = FreePort.find();
    private Certificate certificate;
    private MarlineServer server;

    enum Scheme {
        /** As {@code openssl passwd -apr1 -salt salt rope} has it. */
        BASIC("/usr/lib/squid/basic_ncsa_auth", "sailor:$apr1$salt$50bAs.fEBSNL7tL0JQ5gV."),
        /** The MD5 of {@code sailor:harbour:rope}. */
        DIGEST("/usr/lib/squid/digest_file_auth -c", "sailor:harbour:c50d08e7e17a89d2392e3e96288bc646");

        private final String helper;
        private final String users;

        Scheme(String helper, String users) {
            this.helper = helper;
            this.users = users;
        }

        /** Lines of squid's configuration. */
        String lines(Path folder) throws IOException {
            String name = name().toLowerCase(Locale.ROOT);
            Path file = Files.writeString(folder.resolve(name + ".users"), users + "\n");
            return "auth_param " + name + " program " + helper + " " + file + "\nauth_param " + name
                    + " realm harbour\nauth_param " + name + " children 1\n";
        }
    }

    @BeforeEach
    void start() throws IOException {
        // Squid gives up root's rights, and reads its files as somebody else.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        certificate = Certificate.make(folder, "DNS:localhost");
        Files.setPosixFilePermissions(certificate.key(), PosixFilePermissions.fromString("rw-r--r--"));
        server = MarlineServer.start();
    }

    @AfterEach
    void end() {
        server.close();
    }

    private record Squid(RunningProgram process) implements AutoCloseable {
        void awaitLine(String text) {
            process.awaitLine(text);
        }

        @Override
        public String toString() {
            return process.toString();
        }

        /** Squid that is asked to end takes two seconds. */
        @Override
        public void close() {
            process.kill();
            process.close();
        }
    }

    private Squid startProxy(Scheme... schemes) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Scheme scheme : schemes) {
            lines.append(scheme.lines(folder));
        }
        Path file = Files.writeString(folder.resolve("squid.conf"), """
                http_port 127.0.0.1:%d
                https_port 127.0.0.1:%d tls-cert=%s tls-key=%s
                %s
                acl known proxy_auth REQUIRED
                http_access allow known
                http_access deny all
                pid_filename none
                cache deny all
                cache_mem 0
                access_log none
                cache_log /dev/null
                netdb_filename none
                pinger_enable off
                shutdown_lifetime 0
                visible_hostname localhost
                """.formatted(
                        port, tlsPort, certificate.certificate(), certificate.key(), lines));
        RunningProgram squid = RunningProgram.start(Tools.find("squid"), "-N", "-d", "1", "-f", file.toString());
        squid.awaitLine("Accepting HTTPS Socket connections");
        FreePort.awaitTaken(port);
        return new Squid(squid);
    }

    private void assertThatTheyTalk(WebSocketClient client) {
        MarlineEnd end = MarlineClient.connect(client, Setup.PLAIN.address(server.port()));
        MarlineEnd accepted = server.accept();
        end.says(text("through the proxy"));
        accepted.hears(text("through the proxy"));
        accepted.says(text("and back"));
        end.hears(text("and back"));
    }

    private void assertThatItIsRefused(WebSocketClient client) {
        assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("proxy http://localhost:" + port, "407 Proxy Authentication Required")
                .hasMessageNotContaining("wrong");
    }

    @ParameterizedTest
    @EnumSource
    void theUserOfTheProxysAddressAnswersItsChallenge(Scheme scheme) throws IOException {
        try (Squid proxy = startProxy(scheme);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("http://sailor:rope@localhost:" + port)
                        .build()) {
            assertThatTheyTalk(client);
            proxy.awaitLine("helperOpenServers: Starting 1/1 '" + scheme.name().toLowerCase(Locale.ROOT));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWrongPasswordIsAClearError(Scheme scheme) throws IOException {
        try (Squid proxy = startProxy(scheme);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("http://sailor:wrong@localhost:" + port)
                        .build()) {
            assertThatItIsRefused(client);
            proxy.awaitLine("helperOpenServers: Starting 1/1 '" + scheme.name().toLowerCase(Locale.ROOT));
        }
    }

    /** Squid starts a scheme's program when it is first asked: Basic's is not. */
    @Test
    void digestIsPreferredToBasic() throws IOException {
        try (Squid proxy = startProxy(Scheme.BASIC, Scheme.DIGEST);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("http://sailor:rope@localhost:" + port)
                        .build()) {
            assertThatTheyTalk(client);
            proxy.awaitLine("helperOpenServers: Starting 1/1 'digest_file_auth'");
            assertThat(proxy.toString()).doesNotContain("Starting 1/1 'basic_ncsa_auth'");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theAuthenticatorAnswersAProxy(Scheme scheme) throws IOException {
        List<String> questions = new ArrayList<>();
        Authenticator authenticator = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                questions.add(getRequestorType() + " " + getRequestingHost() + ":" + getRequestingPort() + " "
                        + getRequestingPrompt());
                return new PasswordAuthentication("sailor", "rope".toCharArray());
            }
        };
        try (Squid proxy = startProxy(scheme);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("http://localhost:" + port)
                        .authenticator(authenticator)
                        .build()) {
            assertThatTheyTalk(client);
            assertThat(questions).containsExactly("PROXY localhost:" + port + " harbour");
            proxy.awaitLine("helperOpenServers: Starting 1/1");
        }
    }

    @Test
    void withoutAUserItIsAClearError() throws IOException {
        try (Squid proxy = startProxy(Scheme.DIGEST);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("http://localhost:" + port)
                        .build()) {
            assertThatItIsRefused(client);
            proxy.awaitLine("Accepting HTTP Socket");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theProxyIsSpokenToOverTls(boolean toTheServerToo) throws IOException {
        Setup setup = toTheServerToo ? Setup.PLAIN.withTls(certificate) : Setup.PLAIN;
        try (Squid proxy = startProxy(Scheme.BASIC);
                MarlineServer behind = MarlineServer.start(setup);
                WebSocketClient client = MarlineClient.builder()
                        .trust(certificate.certificate())
                        .proxy("https://sailor:rope@localhost:" + tlsPort)
                        .build()) {
            MarlineEnd end = MarlineClient.connect(client, setup.address(behind.port()));
            MarlineEnd accepted = behind.accept();
            byte[] large = new byte[1 << 20];
            end.says(binary(large));
            accepted.hears(binary(large));
            accepted.says(binary(large));
            end.hears(binary(large));
            end.says(close(4001, "done"));
            accepted.hears(close(4001, "done"));
            end.hearsClose(4001);
            proxy.awaitLine("helperOpenServers: Starting 1/1 'basic_ncsa_auth'");
        }
    }

    @Test
    void aProxyWithACertificateForAnotherNameIsRefused() throws IOException {
        try (Squid proxy = startProxy(Scheme.BASIC);
                WebSocketClient client = MarlineClient.builder()
                        .trust(certificate.certificate())
                        .proxy("https://sailor:rope@127.0.0.1:" + tlsPort)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("TLS with proxy https://127.0.0.1:" + tlsPort + " failed");
            proxy.awaitLine("Accepting HTTPS Socket");
            assertThat(proxy.toString()).doesNotContain("Starting 1/1 'basic_ncsa_auth'");
        }
    }

    @Test
    void aProxyWithoutTlsIsAClearError() throws IOException {
        try (Squid proxy = startProxy(Scheme.BASIC);
                WebSocketClient client = MarlineClient.builder()
                        .proxy("https://sailor:rope@localhost:" + port)
                        .build()) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("TLS with proxy https://localhost:" + port + " failed");
            proxy.awaitLine("Accepting HTTP Socket");
        }
    }
}
