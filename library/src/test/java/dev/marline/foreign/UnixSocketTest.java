package dev.marline.foreign;

import static dev.marline.foreign.Said.close;
import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.server.Listener;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Unix domain sockets between Marline and peers that were not written here; proxies are in {@link ReverseProxyTest}. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class UnixSocketTest {
    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("a.sock");
    }

    private String address() {
        return "ws+unix://" + path() + ":/talk";
    }

    private static void assertThatTheyTalkAndClose(End client, End server) {
        String large = "é".repeat(1 << 18);
        client.says(text("to the server"));
        server.hears(text("to the server"));
        server.says(text(large));
        client.hears(text(large));
        client.says(close(4001, "done"));
        server.hears(close(4001, "done"));
        client.hearsClose(4001);
    }

    @ParameterizedTest
    @CsvSource({
        "http, --http1.1, HTTP/1.1 200 OK",
        "http, --http2-prior-knowledge, HTTP/2 200",
        "https, --http1.1, HTTP/1.1 200 OK",
        "https, --http2, HTTP/2 200"
    })
    void curlIsServedAPage(String scheme, String version, String status) {
        Certificate certificate = Certificate.make(folder, "DNS:localhost");
        Setup setup = scheme.equals("https") ? Setup.PLAIN.withTls(certificate) : Setup.PLAIN;
        try (MarlineServer server = MarlineServer.start(setup, Listener.unix(path()));
                RunningProgram curl = RunningProgram.start(
                        Tools.find("curl"),
                        "--silent",
                        "--show-error",
                        "--include",
                        "--max-time",
                        String.valueOf(RunningProgram.PATIENCE_SECONDS),
                        "--cacert",
                        certificate.certificate().toString(),
                        "--unix-socket",
                        path().toString(),
                        version,
                        scheme + "://localhost/page")) {
            assertThat(curl.awaitEnd()).startsWith(status).endsWith(MarlineServer.PAGE.strip());
            assertThat(server.address()).isEqualTo(UnixDomainSocketAddress.of(path()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_CLIENT", "PYTHON_CLIENT"})
    void aForeignClientConnects(Pairing pairing) {
        try (MarlineServer server = MarlineServer.start(Setup.PLAIN, Listener.unix(path()));
                ForeignEnd client = pairing == Pairing.WS_CLIENT
                        ? pairing.connect(Setup.PLAIN, address())
                        : pairing.connect(Setup.PLAIN, "ws://localhost/talk", "--unix", path().toString())) {
            client.awaitOpen();
            MarlineEnd end = server.accept();
            assertThat(end.handshake().request().target()).isEqualTo("/talk");
            assertThat(end.handshake().request().headers().first("Host")).contains("localhost");
            assertThatTheyTalkAndClose(client, end);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_SERVER", "PYTHON_SERVER"})
    void aForeignServerIsConnectedTo(Pairing pairing) {
        try (ForeignEnd server = pairing.listen(Setup.PLAIN, "--unix", path().toString());
                WebSocketClient client = pairing.client(Setup.PLAIN).build()) {
            assertThat(server.awaitListening()).isEqualTo(path().toString());
            MarlineEnd end = MarlineClient.connect(client, address());
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            server.awaitOpen(headers);
            assertThat(headers).containsEntry("Host", "localhost");
            assertThatTheyTalkAndClose(end, server);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "WS_SERVER")
    void aForeignServerIsConnectedToOverTls(Pairing pairing) {
        Setup setup = Setup.PLAIN.withTls(Certificate.make(folder, "DNS:localhost"));
        try (ForeignEnd server = pairing.listen(setup, "--unix", path().toString());
                WebSocketClient client = pairing.client(setup).build()) {
            server.awaitListening();
            MarlineEnd end = MarlineClient.connect(client, address().replace("ws+unix", "wss+unix"));
            server.awaitOpen();
            assertThatTheyTalkAndClose(end, server);
        }
    }
}
