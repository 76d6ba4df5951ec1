package dev.marline.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.FreePort;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is said in one line that a person can act on. */
class ErrorsTest {
    /** A command that ends at once: its exit code, and its one line of standard error. */
    private record Ended(int code, String line) {}

    private static Ended run(String... arguments) {
        StringWriter errors = new StringWriter();
        StringWriter output = new StringWriter();
        int code = Marline.commandLine()
                .setErr(new PrintWriter(errors))
                .setOut(new PrintWriter(output))
                .execute(arguments);
        List<String> lines = errors.toString().lines().toList();
        assertThat(lines).hasSize(1);
        assertThat(output.toString()).isEmpty();
        assertThat(lines.get(0)).startsWith("marline: ").hasSizeLessThan(300).doesNotContain("Exception");
        return new Ended(code, lines.get(0));
    }

    private static void assertThatItFails(int code, String arguments, String... words) {
        Ended ended = run(arguments.isEmpty() ? new String[0] : arguments.split(" "));
        assertThat(ended.code).isEqualTo(code);
        assertThat(ended.line).contains(words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~                                     | Missing required subcommand   | marline --help
            sail                                   | 'sail'                        | marline --help
            echo                                   | '--port=PORT'                 | marline echo --help
            echo --host localhost                  | '--listen=ADDRESS'            | marline echo --help
            echo --port 0 --sail                   | '--sail'                      | marline echo --help
            echo --port http                       | 'http'                        | --port
            echo --port 0 --transport STEAM        | 'STEAM'                       | --transport
            connect                                | 'URL'                         | marline connect --help
            echo --port 0 --deflate-level high     | 'high'                        | --deflate-level
            connect --http                         | '--http'                      | marline connect --help
            demo --port                            | '--port'                      | marline demo --help
            connect --proxy http://p --no-proxy ws://h | mutually exclusive        | marline connect --help
            """)
    void wrongArgumentsAreNamedAndHelpIsOffered(String arguments, String what, String where) {
        assertThatItFails(2, arguments, what, where);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            echo --port 70000                      | 70000        | 0 to 65535
            echo --port 0 --threads 0              | threads      | at least 1
            echo --port 0 --max-message-size -1    | -1           | expected 0 to
            echo --port 0 --tls-cert cert.pem      | --tls-cert   | --tls-key
            echo --port 0 --tls-key key.pem        | --tls-cert   | --tls-key
            echo --listen here                     | 'here'       | unix:PATH
            echo --listen localhost:70000          | 70000        | 0 to 65535
            echo --listen [::1]:1 --port 1         | --listen     | --host and --port
            demo --listen unix:a --host b          | --listen     | --host and --port
            echo --listen unix:a --permissions 660 | '660'        | rw-rw----
            connect ws+unix://a.sock:/             | 'ws+unix://a | ws+unix:///path/of.socket
            echo --port 0 --tls-watch              | --tls-cert   | --tls-key
            echo --port 0 --tls-client-ca ca.pem   | --tls-cert   | --tls-key
            connect --cert c.pem wss://localhost   | --cert       | --key
            connect --key k.pem wss://localhost    | --cert       | --key
            connect --pin sha256/A= wss://localhost| sha256/A=    | expected sha256/
            connect --insecure --trust c.pem wss://localhost     | --insecure                | --trust
            connect there                          | 'there'      | expected ws, wss
            connect localhost:8080                 | 'localhost'  | did you mean ws://localhost:8080/
            connect localhost/chat                 | no scheme    | did you mean ws://localhost/chat
            connect ws://localhost --wait -1       | --wait       | at least 0
            connect ws://localhost --wait 1 --echo | --wait       | --echo
            echo --port 0 --max-message-size 10MB  | '10MB'       | did you mean 10000000?
            connect ws://h --max-message-size 64k  | '64k'        | did you mean 64000?
            connect ws://h --max-message-size 2MiB | '2MiB'       | did you mean 2097152?
            connect ws://h --max-message-size many | 'many'       | expected 0 to 2147483647
            connect ftp://localhost/               | 'ftp'        | expected ws, wss
            connect ws://localhost/#here           | fragment     | #here
            connect ws://localhost:70000/          | 70000        | port
            connect ws:///path                     | ws:///path   | host
            connect ws://a/ ws://b/                | --echo       | several
            connect --header Cookie ws://localhost | 'Cookie'     | Name: value
            connect --proxy p:1 ws://localhost     | 'p:1'        | http://host:port
            connect --proxy ftp://p ws://localhost | 'ftp://p'    | socks5://host:port
            connect --redirects -1 ws://localhost  | -1           | expected at least 0
            connect --user sailor ws://localhost   | --user       | NAME:PASSWORD
            connect --local-address h ws://a       | 'h'          | 192.0.2.1
            echo --port 0 --http 4                 | '4'          | expected 1, 2,
            echo --port 0 --http 1,                | ''           | expected 1, 2,
            demo --http HTTP/2                     | 'HTTP/2'     | expected 1, 2,
            connect --http 1.1 ws://localhost      | '1.1'        | expected 1, 2,
            echo --port 0 --http 1,3               | HTTP/3       | --tls-cert
            echo --port 0 --http 1,2,3             | HTTP/3       | without TLS 1, 2 or 1,2
            demo --http 3                          | HTTP/3       | TLS
            connect --http 1,3 wss://localhost     | 1,3          | HTTP/3 alone, expected 1, 2, 1,2, 3 or all
            connect --http 1,2,3 wss://localhost   | 1,2,3        | HTTP/3 alone, expected 1, 2, 1,2, 3 or all
            echo --port 0 --proxy-protocol localhost   | 'localhost'   | expected something like 192.0.2.7
            demo --proxy-protocol 10.0.0.1/8           | '10.0.0.1/8'  | begins at 10.0.0.0/8
            demo --proxy-protocol 127.0.0.1,           | ''            | expected something like 192.0.2.7
            echo --port 0 --forwarded 127.0.0.1        | '127.0.0.1'   | expected forwarded=
            echo --port 0 --forwarded via=127.0.0.1    | 'via=         | expected forwarded=
            demo --forwarded x-forwarded=::1/129       | '::1/129'     | 0 to 128
            echo --port 0 --deflate --deflate-level 0            | level is 0                | expected 1 to 9
            echo --port 0 --deflate --deflate-level 10           | level is 10               | expected 1 to 9
            echo --port 0 --deflate --deflate-threshold -1       | threshold is -1           | expected 0 or more
            echo --port 0 --deflate --server-max-window-bits 16  | serverMaxWindowBits is 16 | expected 8 to 15
            connect ws://a --deflate --client-max-window-bits 7  | clientMaxWindowBits is 7  | expected 8 to 15
            """)
    void valuesThatWillNotDoAreNamedWithWhatWould(String arguments, String what, String instead) {
        assertThatItFails(2, arguments, what, instead);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--deflate-level 5",
                "--deflate-threshold 0",
                "--deflate-shared",
                "--server-no-context-takeover",
                "--client-no-context-takeover",
                "--server-max-window-bits 15",
                "--client-max-window-bits 15"
            })
    void aParameterOfCompressionGoesWithDeflate(String parameter) {
        for (String command : List.of("echo --port 0 ", "connect ws://localhost/ ")) {
            assertThatItFails(2, command + parameter, "compression", "--deflate: give that too");
        }
    }

    @Test
    void anUnknownHostIsNamed() {
        assertThatItFails(1, "connect ws://host.invalid/", "cannot connect to ws://host.invalid/", "no such host");
        assertThatItFails(1, "echo --port 0 --host host.invalid", "cannot listen on 'host.invalid'", "no such host");
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        String address = "ws://localhost:" + FreePort.find() + "/";
        assertThatItFails(1, "connect " + address, "cannot connect to " + address, "refused");
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());
            for (String command : List.of("echo", "demo")) {
                assertThatItFails(1, command + " --port " + port, "cannot listen on", ":" + port, "already in use");
            }
        }
    }

    @Test
    void aUnixDomainSocketInUseOrMissingIsNamed(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("a.sock");
        assertThatItFails(1, "connect ws+unix://" + path, "cannot connect to ws+unix://" + path, "No such file");
        try (ServerSocketChannel taken = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            taken.bind(UnixDomainSocketAddress.of(path));
            assertThatItFails(1, "echo --listen unix:" + path, "unix:" + path, "another server listens there");
        }
    }

    @Test
    void thatNothingWasInheritedIsSaid() {
        assertThatItFails(1, "echo --listen inherited", "no inherited sockets", "LISTEN_FDS");
    }

    @Test
    void filesForTlsThatAreMissingOrWrongAreNamed(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        String echo = "echo --port 0 --tls-cert " + certificate + " --tls-key " + key;
        assertThatItFails(1, echo, certificate.toString(), "does not exist");
        TestCertificate.make(certificate, key);
        Files.move(key, folder.resolve("elsewhere.pem"));
        assertThatItFails(1, echo, key.toString(), "does not exist");
        Files.writeString(key, "not a key");
        assertThatItFails(1, echo, key.toString(), "no private key in PEM");
    }

    @Test
    void aKeysPasswordComesFromAFileAndIsNotRepeated(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Path password = folder.resolve("password");
        TestCertificate.make(certificate, key);
        Path encrypted = TestCertificate.encrypt(key, "right");
        String echo = "echo --port 0 --tls-cert " + certificate + " --tls-key " + encrypted;
        assertThatItFails(1, echo, encrypted.toString(), "is encrypted, and no password is given");
        String withPassword = echo + " --key-password-file " + password;
        assertThatItFails(1, withPassword, password.toString(), "does not exist");
        Files.writeString(password, "");
        assertThatItFails(1, withPassword, password.toString(), "is empty");
        Files.writeString(password, "leaky\n");
        assertThatItFails(1, withPassword, encrypted.toString(), "cannot be decrypted with that password");
        assertThat(run(withPassword.split(" ")).line).doesNotContain("leaky");
    }

    @Test
    void aServerThatDoesNotSpeakTlsIsNamed() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> {
                try (var connection = plain.accept()) {
                    connection.getInputStream().read();
                    connection
                            .getOutputStream()
                            .write(("HTTP/1.1 400 Bad Request\r\n\r\n" + "no ".repeat(100)).getBytes(US_ASCII));
                    connection.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The client sees it.
                }
            });
            server.start();
            String address = "wss://localhost:" + plain.getLocalPort() + "/";
            assertThatItFails(1, "connect " + address, "TLS with " + address + " failed");
        }
    }
}
