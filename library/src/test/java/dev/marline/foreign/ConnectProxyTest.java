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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of Marline's that goes through tinyproxy with CONNECT. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ConnectProxyTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();

    private RunningProgram startProxy(String... more) throws IOException {
        Path file = Files.writeString(
                folder.resolve("tinyproxy.conf"),
                "Port " + port + "\nListen 127.0.0.1\nTimeout 60\nLogLevel Info\n" + String.join("\n", more) + "\n");
        RunningProgram proxy = RunningProgram.start(Tools.find("tinyproxy"), "-d", "-c", file.toString());
        proxy.awaitLine("Accepting connections");
        return proxy;
    }

    private WebSocketClient client(Setup setup, String userInfo) {
        return MarlineClient.builder(setup)
                .proxy("http://" + userInfo + "localhost:" + port)
                .build();
    }

    /** A person who reads it knows that it was the proxy, which one, and what was wrong. */
    private Consumer<Throwable> namesTheProxyAnd(String pattern) {
        return thrown -> assertThat(thrown.getMessage())
                .containsIgnoringCase("proxy")
                .contains(":" + port)
                .containsPattern("\\b" + pattern + "\\b");
    }

    private void assertThatTheyTalk(Setup setup, String userInfo) {
        try (MarlineServer marline = MarlineServer.start(setup);
                WebSocketClient client = client(setup, userInfo)) {
            MarlineEnd end = MarlineClient.connect(client, setup.address(marline.port()));
            MarlineEnd server = marline.accept();
            end.says(text("through the proxy"));
            server.hears(text("through the proxy"));
            byte[] large = new byte[1 << 20];
            server.says(binary(large));
            end.hears(binary(large));
            end.says(close(4001, "done"));
            server.hears(close(4001, "done"));
            end.hearsClose(4001);
        }
    }

    private Setup setup(String scheme) {
        return scheme.equals("ws") ? Setup.PLAIN : Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "wss"})
    void aWebSocketGoesThroughAProxy(String scheme) throws IOException {
        try (RunningProgram proxy = startProxy()) {
            assertThatTheyTalk(setup(scheme), "");
            proxy.awaitLine("CONNECT localhost:");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "wss"})
    void theProxyIsToldItsUserAndPassword(String scheme) throws IOException {
        try (RunningProgram proxy = startProxy("BasicAuth sailor rope")) {
            assertThatTheyTalk(setup(scheme), "sailor:rope@");
            proxy.awaitLine("CONNECT localhost:");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sailor:wrong@", "sailor@"})
    void aProxyThatWantsAnotherPasswordIsAClearError(String userInfo) throws IOException {
        try (RunningProgram proxy = startProxy("BasicAuth sailor rope");
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = client(Setup.PLAIN, userInfo)) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .satisfies(namesTheProxyAnd("40[17]"))
                    .hasMessageNotContaining("wrong");
            proxy.awaitLine("Connect (file descriptor");
        }
    }

    @Test
    void aPortThatTheProxyForbidsIsAClearError() throws IOException {
        try (RunningProgram proxy = startProxy("ConnectPort 443");
                MarlineServer server = MarlineServer.start();
                WebSocketClient client = client(Setup.PLAIN, "")) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .satisfies(namesTheProxyAnd("403"));
            proxy.awaitLine("CONNECT localhost:");
        }
    }

    @Test
    void aProxyThatIsNotThereIsAClearError() {
        try (MarlineServer server = MarlineServer.start();
                WebSocketClient client = client(Setup.PLAIN, "")) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(server.port())))
                    .isInstanceOf(WebSocketException.class)
                    .satisfies(namesTheProxyAnd("refused"));
        }
    }

    @Test
    void aServerThatTheProxyCannotReachIsAClearError() throws IOException {
        int nobody = FreePort.find();
        try (RunningProgram proxy = startProxy();
                WebSocketClient client = client(Setup.PLAIN, "")) {
            assertThatThrownBy(() -> MarlineClient.connect(client, Setup.PLAIN.address(nobody)))
                    .isInstanceOf(WebSocketException.class)
                    .satisfies(namesTheProxyAnd("500"));
            proxy.awaitLine("CONNECT localhost:");
        }
    }
}
