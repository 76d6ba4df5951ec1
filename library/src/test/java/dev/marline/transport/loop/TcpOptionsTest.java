package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.marline.Message;
import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.server.Listener;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Patience;
import dev.marline.transport.loop.TcpChannelOptions.Setting;
import dev.marline.transport.websocket.ChannelWebSocket;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the system is told about connections, as it says when it is asked: Netty reads these options with getsockopt. */
class TcpOptionsTest {
    private static final TcpOptions KEEP_ALIVE =
            TcpOptions.DEFAULT.withKeepAlive(Duration.ofSeconds(61), Duration.ofSeconds(7), 4);

    /** An option that no default is. */
    private static final TcpOptions BOTH = KEEP_ALIVE.withUserTimeout(Duration.ofMillis(12_345));

    /** The channels of a WebSocket's two ends. */
    private record Ends(Channel server, Channel client) {}

    private static Channel channel(WebSocket socket) {
        return ((ChannelWebSocket) socket).channel();
    }

    private interface Check {
        void check(Ends ends);
    }

    private static void connect(Transport transport, TcpOptions options, Check check) throws Exception {
        CompletableFuture<WebSocket> accepted = new CompletableFuture<>();
        try (WebSocketServer server = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .transport(transport)
                        .tcpOptions(options)
                        .webSocket("/", WebSocketRoute.listener(handshake -> new Opened(accepted)))
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .transport(transport)
                        .tcpOptions(options)
                        .build()) {
            WebSocket socket = client.connect("ws://127.0.0.1:" + server.port(), (from, message) -> {})
                    .get(Patience.SECONDS, TimeUnit.SECONDS);
            check.check(new Ends(channel(accepted.get(Patience.SECONDS, TimeUnit.SECONDS)), channel(socket)));
        }
    }

    private record Opened(CompletableFuture<WebSocket> socket) implements WebSocketListener {
        @Override
        public void onOpen(WebSocket opened) {
            socket.complete(opened);
        }

        @Override
        public void onMessage(WebSocket from, Message message) {}
    }

    private static void assertThatBothHave(Ends ends, Map<ChannelOption<?>, Object> options) {
        options.forEach((option, value) -> {
            assertThat(ends.server.config().getOption(option))
                    .as("server's " + option)
                    .isEqualTo(value);
            assertThat(ends.client.config().getOption(option))
                    .as("client's " + option)
                    .isEqualTo(value);
        });
    }

    private static Map<ChannelOption<?>, Object> setFor(TcpOptions options, Transport transport) {
        return new TcpChannelOptions(options, IoBackend.of(transport))
                .settings().stream().collect(Collectors.toMap(Setting::option, Setting::value));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING", "NIO"})
    void keepAliveIsSetOnBothSides(Transport transport) throws Exception {
        assumeTrue(IoBackend.unavailability(transport) == null);
        Map<ChannelOption<?>, Object> expected = setFor(KEEP_ALIVE, transport);
        assertThat(expected).hasSize(4).containsValues(true, 61, 7, 4);
        connect(transport, KEEP_ALIVE, ends -> assertThatBothHave(ends, expected));
        connect(
                transport,
                TcpOptions.DEFAULT,
                ends -> assertThatBothHave(ends, Map.of(ChannelOption.SO_KEEPALIVE, false)));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void theUserTimeoutIsSetOnBothSides(Transport transport) throws Exception {
        assumeTrue(IoBackend.unavailability(transport) == null);
        Map<ChannelOption<?>, Object> expected = setFor(BOTH, transport);
        assertThat(expected).hasSize(5).containsValues(12_345, 61);
        connect(transport, BOTH, ends -> assertThatBothHave(ends, expected));
    }

    @ParameterizedTest
    @EnumSource
    void smallMessagesDoNotWait(Transport transport) throws Exception {
        assumeTrue(IoBackend.unavailability(transport) == null);
        connect(
                transport,
                TcpOptions.DEFAULT,
                ends -> assertThatBothHave(ends, Map.of(ChannelOption.TCP_NODELAY, true)));
    }

    @Test
    void aTransportThatHasNoUserTimeoutSaysSo() {
        TcpOptions options = TcpOptions.DEFAULT.withUserTimeout(Duration.ofSeconds(1));
        String expected = "userTimeout is PT1S, but transport NIO has no TCP_USER_TIMEOUT: "
                + "EPOLL and IO_URING have it, on Linux";
        assertThatThrownBy(() -> WebSocketServer.builder()
                        .transport(Transport.NIO)
                        .tcpOptions(options)
                        .start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expected);
        assertThatThrownBy(() -> WebSocketClient.builder()
                        .transport(Transport.NIO)
                        .tcpOptions(options)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expected);
    }

    @Test
    void valuesOutOfTheirRangeAreRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> TcpOptions.DEFAULT.withKeepAlive(Duration.ofMillis(1500), second, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("keepAliveIdle is PT1.5S, expected whole seconds, 1 to 32767");
        assertThatThrownBy(() -> TcpOptions.DEFAULT.withKeepAlive(second, Duration.ofSeconds(32_768), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keepAliveInterval is ");
        assertThatThrownBy(() -> TcpOptions.DEFAULT.withKeepAlive(second, second, 128))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("keepAliveProbes is 128, expected 1 to 127");
        assertThatThrownBy(() -> TcpOptions.DEFAULT.withUserTimeout(Duration.ofNanos(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("userTimeout is PT0.000000001S, expected 1 to 2147483647 milliseconds");
        assertThat(new TcpOptions(Duration.ofSeconds(32_767), Duration.ofSeconds(1), 127, Duration.ofMillis(1)))
                .isEqualTo(TcpOptions.DEFAULT
                        .withKeepAlive(Duration.ofSeconds(32_767), second, 127)
                        .withUserTimeout(Duration.ofMillis(1)));
    }

    @Test
    void aUnixDomainSocketDoesWithoutThem(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("a.sock");
        try (WebSocketServer server = WebSocketServer.builder()
                        .listen(Listener.unix(path))
                        .tcpOptions(KEEP_ALIVE)
                        .webSocket("/", (socket, message) -> socket.send(message))
                        .start();
                WebSocketClient client =
                        WebSocketClient.builder().tcpOptions(KEEP_ALIVE).build()) {
            assertThat(client.connect("ws+unix://" + path, (socket, message) -> {})
                            .get(Patience.SECONDS, TimeUnit.SECONDS)
                            .isOpen())
                    .isTrue();
            assertThat(server.connections()).isOne();
        }
    }
}
