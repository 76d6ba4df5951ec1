package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.marline.BlockingWebSocket;
import dev.marline.Limits;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Certificates;
import dev.marline.testing.Patience;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Unix domain sockets, served and connected to. */
class UnixSocketTest {
    @TempDir
    private Path folder;

    private Path path() {
        return folder.resolve("a.sock");
    }

    private static String address(Path path) {
        return "ws+unix://" + path + ":/echo";
    }

    private static WebSocketServer.Builder echo(Listener... listeners) {
        return WebSocketServer.builder()
                .listen(listeners)
                .threads(1)
                .webSocket("/echo", (socket, message) -> socket.send(message));
    }

    private static void assertThatItEchoes(WebSocketClient client, String address) {
        try (BlockingWebSocket socket = client.connectBlocking(address)) {
            for (int size : List.of(0, 1, 126, 65_536, 1 << 20)) {
                socket.send("z".repeat(size));
                String echoed = socket.receive(Duration.ofSeconds(Patience.SECONDS))
                        .orElseThrow()
                        .text();
                assertThat(echoed.equals("z".repeat(size)))
                        .as("text of " + size)
                        .isTrue();
            }
        }
    }

    private static void assertThatItEchoes(String address) {
        try (WebSocketClient client = WebSocketClient.create()) {
            assertThatItEchoes(client, address);
        }
    }

    static Stream<Transport> available() {
        return Stream.of(Transport.values()).filter(UnixSocketTest::isAvailable);
    }

    private static boolean isAvailable(Transport transport) {
        try (WebSocketClient client =
                WebSocketClient.builder().transport(transport).build()) {
            return client.webSockets() == 0;
        } catch (IllegalArgumentException notHere) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("available")
    void eachTransportHasThem(Transport transport) {
        try (WebSocketServer server =
                        echo(Listener.unix(path())).transport(transport).start();
                WebSocketClient client =
                        WebSocketClient.builder().transport(transport).build()) {
            assertThatItEchoes(client, address(path()));
            assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(path()));
        }
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @MethodSource("available")
    void aPathMayHave106Bytes(Transport transport) throws IOException {
        int length = 106 - folder.toString().length() - 1 - 10;
        Path longFolder = Files.createDirectory(folder.resolve("d".repeat(length)));
        Path longest = longFolder.resolve("s".repeat(9));
        assertThat(longest.toString()).hasSize(106);
        try (WebSocketServer server =
                        echo(Listener.unix(longest)).transport(transport).start();
                WebSocketClient client =
                        WebSocketClient.builder().transport(transport).build()) {
            assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(longest));
            assertThatItEchoes(client, address(longest));
        }
    }

    @Test
    void aLongerPathIsRefused() {
        assertThatThrownBy(() -> Listener.unix(Path.of("/" + "s".repeat(106))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("107 bytes, expected 1 to 106");
    }

    @Test
    void aFolderThatLeavesNoRoomForTheNameThatIsBoundFirstIsRefused() throws IOException {
        Path longFolder = Files.createDirectory(
                folder.resolve("d".repeat(102 - folder.toString().length() - 1)));
        assertThatThrownBy(() -> echo(Listener.unix(longFolder.resolve("s"))).start())
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("the path of its folder is too long by 4 bytes");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void theyCarryEachVersionOfHttpInClearTextAndOverTls(HttpVersion http) {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        Path plain = folder.resolve("plain.sock");
        Path secure = folder.resolve("secure.sock");
        try (WebSocketServer server = echo(
                                Listener.unix(secure), Listener.unix(plain).clearText())
                        .tls(certificates.certificate(), certificates.key())
                        .http(http)
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .http(http)
                        .trust(certificates.certificate())
                        .build()) {
            assertThatItEchoes(client, address(plain));
            assertThatItEchoes(client, address(secure).replace("ws+unix", "wss+unix"));
            // Each socket is an origin of its own: nobody is sent over another's connection.
            assertThatItEchoes(client, address(plain));
            assertThat(server.connections()).isLessThanOrEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void bothEndsAreUnixDomainSocketAddressesAndAClientHasNoName(HttpVersion http) throws Exception {
        CompletableFuture<List<Object>> ends = new CompletableFuture<>();
        try (WebSocketServer server = WebSocketServer.builder()
                        .listen(Listener.unix(path()))
                        .http(http)
                        .webSocket(
                                "/echo",
                                WebSocketRoute.listener(handshake -> (socket, message) ->
                                        ends.complete(List.of(socket.localAddress(), socket.remoteAddress()))))
                        .start();
                WebSocketClient client = WebSocketClient.builder().http(http).build();
                BlockingWebSocket socket = client.connectBlocking(address(path()))) {
            socket.send("");
            assertThat(ends.get()).containsExactly(UnixDomainSocketAddress.of(path()), UnixDomainSocketAddress.of(""));
            assertThat(socket.unblocked().remoteAddress()).isEqualTo(UnixDomainSocketAddress.of(path()));
            assertThat(socket.unblocked().localAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void theLimitForOneAddressIsNotForThoseThatHaveNone() {
        try (WebSocketServer server = echo(Listener.unix(path()))
                        .limits(Limits.DEFAULT.withMaxConnectionsPerAddress(1).withMaxConnections(3))
                        .start();
                WebSocketClient client = WebSocketClient.create()) {
            List<BlockingWebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                sockets.add(client.connectBlocking(address(path())));
            }
            assertThatThrownBy(() -> client.connectBlocking(address(path()))).hasMessageContaining("503");
            sockets.forEach(BlockingWebSocket::close);
            eventually("they are gone", () -> server.connections() == 0);
        }
    }

    @Test
    void aPageOfTheSameHostIsOfTheSameOrigin() {
        try (WebSocketServer server = echo(Listener.unix(path())).start();
                WebSocketClient own = WebSocketClient.builder()
                        .header("Origin", "http://localhost")
                        .build();
                WebSocketClient foreign = WebSocketClient.builder()
                        .header("Origin", "http://elsewhere.example")
                        .build()) {
            assertThatItEchoes(own, address(path()));
            assertThatThrownBy(() -> foreign.connectBlocking(address(path()))).hasMessageContaining("403");
            assertThat(server.isSecure()).isFalse();
        }
    }

    // ---- the file

    @Test
    void theFileOfAServerThatIsGoneIsReplaced() throws IOException {
        ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        gone.bind(UnixDomainSocketAddress.of(path()));
        gone.close();
        assertThat(path()).exists();
        try (WebSocketServer server = echo(Listener.unix(path())).start()) {
            assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(path()));
            assertThatItEchoes(address(path()));
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void oneThatAnotherServerListensOnIsInUse() {
        try (WebSocketServer server = echo(Listener.unix(path())).start()) {
            assertThatThrownBy(() -> echo(Listener.unix(path())).start())
                    .isInstanceOf(WebSocketException.class)
                    .hasMessage("cannot listen on unix:" + path() + ": another server listens there");
            assertThatItEchoes(address(path()));
            assertThat(server.webSockets()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void whatIsNoSocketIsLeftWhereItIs() throws IOException {
        Files.writeString(path(), "precious");
        assertThatThrownBy(() -> echo(Listener.unix(path())).start())
                .isInstanceOf(WebSocketException.class)
                .hasMessageEndingWith("something else than a socket is there");
        assertThat(path()).hasContent("precious");
    }

    @Test
    void aFolderThatIsMissingIsSaid() {
        assertThatThrownBy(
                        () -> echo(Listener.unix(folder.resolve("none/a.sock"))).start())
                .isInstanceOf(WebSocketException.class)
                .hasMessageMatching("cannot listen on unix:.*/none/a.sock: .*No such file or directory.*");
    }

    @Test
    void theFileOfAServerThatHasTakenItsPlaceOutlivesIt() throws IOException {
        WebSocketServer old = echo(Listener.unix(path())).start();
        Files.delete(path());
        try (WebSocketServer server = echo(Listener.unix(path())).start()) {
            old.close();
            assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(path()));
            assertThatItEchoes(address(path()));
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theFileIsGoneWhereTheServerCannotStartAfterAll() {
        try (WebSocketServer other = WebSocketServer.builder().host("localhost").start()) {
            Listener inUse = Listener.tcp("localhost", other.port());
            assertThatThrownBy(() -> echo(Listener.unix(path()), inUse).start())
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageStartingWith("cannot listen on " + inUse + ": ");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @MethodSource("available")
    void theFileHasThePermissionsItIsGiven(Transport transport) throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        try (WebSocketServer server = echo(Listener.unix(path()).permissions("rw-rw----"))
                .transport(transport)
                .start()) {
            assertThat(Files.getPosixFilePermissions(path())).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
            assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(path()));
            assertThatItEchoes(address(path()));
        }
    }

    // ---- connecting

    @ParameterizedTest
    @MethodSource("available")
    void whyThereIsNoConnectionIsSaid(Transport transport) throws IOException {
        Path missing = folder.resolve("missing.sock");
        Path noSocket = Files.createFile(folder.resolve("file"));
        try (WebSocketClient client =
                WebSocketClient.builder().transport(transport).build()) {
            assertThatThrownBy(() -> client.connectBlocking(address(missing)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageMatching(
                            "cannot connect to ws\\+unix://.*/missing.sock:/echo: " + "No such file or directory.*");
            assertThatThrownBy(() -> client.connectBlocking(address(noSocket)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageMatching("cannot connect to ws\\+unix://.*/file:/echo: Connection refused.*");
        }
    }

    @Test
    void noProxyIsOnTheWay() {
        try (WebSocketServer server = echo(Listener.unix(path())).start();
                WebSocketClient client =
                        WebSocketClient.builder().proxy("http://localhost:1").build()) {
            assertThatItEchoes(client, address(path()));
            assertThat(server.addresses()).hasSize(1);
        }
    }

    @Test
    void http3DoesNotGoThere() {
        try (WebSocketClient client =
                WebSocketClient.builder().http(HttpVersion.HTTP_3).insecure().build()) {
            assertThatThrownBy(() -> client.connect("wss+unix:///a.sock:/", (socket, message) -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a Unix domain socket's, and HTTP/3 goes over UDP");
        }
    }
}
