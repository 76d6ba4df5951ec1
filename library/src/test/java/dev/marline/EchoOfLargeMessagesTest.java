package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import io.netty.channel.uring.IoUring;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two Marline ends with default backpressure, of which each has more to send than the systems in between take. */
@EnabledOnOs(OS.LINUX)
class EchoOfLargeMessagesTest {
    private static final Limits LIMITS = Limits.DEFAULT.withMaxMessageBytes(8 << 20);
    private static final List<Integer> SIZES = List.of(1024, 64 << 10, 300_000, 1 << 20, 8 << 20);

    /** So much is sent of each size, */
    private static final int BYTES = 2_000_000;

    /** in at least so many messages. */
    private static final int LEAST = 2;

    private static final int MOST = 50;

    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:localhost,ip:127.0.0.1");
    }

    static Stream<Arguments> carriers() {
        return Stream.of(Transport.EPOLL, Transport.NIO, Transport.IO_URING)
                .filter(transport -> transport != Transport.IO_URING || IoUring.isAvailable())
                .flatMap(transport -> Stream.of(
                                Arguments.of(transport, HttpVersion.HTTP_1_1, false),
                                Arguments.of(transport, HttpVersion.HTTP_1_1, true),
                                Arguments.of(transport, HttpVersion.HTTP_2, false),
                                Arguments.of(transport, HttpVersion.HTTP_3, true))
                        // QUIC has its own connections above any transport.
                        .filter(each -> transport == Transport.EPOLL || each.get()[1] != HttpVersion.HTTP_3));
    }

    /** A server that echoes, and a client of it. */
    private record Pair(WebSocketServer server, WebSocketClient client, String address) implements AutoCloseable {
        static Pair start(Transport transport, HttpVersion http, boolean tls) {
            WebSocketServer.Builder server = WebSocketServer.builder()
                    .host("127.0.0.1")
                    .threads(1)
                    .transport(transport)
                    .http(http)
                    .limits(LIMITS)
                    .webSocket("/listener", (socket, message) -> socket.send(message))
                    .blockingWebSocket("/blocking", socket -> socket.forEach(socket::send));
            WebSocketClient.Builder client =
                    WebSocketClient.builder().transport(transport).http(http).limits(LIMITS);
            if (tls) {
                server.tls(certificates.certificate(), certificates.key());
                client.trust(certificates.certificate());
            }
            WebSocketServer started = server.start();
            return new Pair(started, client.build(), (tls ? "wss" : "ws") + "://127.0.0.1:" + started.port());
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    /** Waits long enough for a busy machine. */
    private static void await(CompletableFuture<?> future) {
        future.orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static int messages(int size) {
        return Math.min(MOST, Math.max(LEAST, BYTES / size));
    }

    /** Sends while it is writable, and counts what comes back. */
    private static final class Pump implements WebSocketListener {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final int size;
        private int sent;
        private int received;

        Pump(int size) {
            this.size = size;
        }

        @Override
        public void onOpen(WebSocket socket) {
            pump(socket);
        }

        @Override
        public void onWritable(WebSocket socket) {
            pump(socket);
        }

        private void pump(WebSocket socket) {
            while (sent < messages(size) && socket.isWritable()) {
                socket.send(new byte[size]);
                sent++;
            }
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            assertThat(message.size()).isEqualTo(size);
            if (++received == messages(size)) {
                socket.close();
            }
        }

        @Override
        public void onError(WebSocket socket, Throwable cause) {
            done.completeExceptionally(cause);
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            if (reason.code() == 1000) {
                done.complete(null);
            } else {
                done.completeExceptionally(new AssertionError(reason.toString()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void aClientThatSendsWhileItIsWritableGetsAllBack(Transport transport, HttpVersion http, boolean tls) {
        try (Pair pair = Pair.start(transport, http, tls)) {
            for (int size : SIZES) {
                Pump pump = new Pump(size);
                await(pair.client().connect(pair.address() + "/listener", pump));
                await(pump.done);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void aBlockingClientThatSendsAndReceivesInTwoThreadsGetsAllBack(
            Transport transport, HttpVersion http, boolean tls) {
        try (Pair pair = Pair.start(transport, http, tls)) {
            for (int size : SIZES) {
                try (BlockingWebSocket socket = pair.client().connectBlocking(pair.address() + "/blocking")) {
                    CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                        for (int i = 0; i < messages(size); i++) {
                            socket.send(new byte[size]);
                        }
                    });
                    for (int i = 0; i < messages(size); i++) {
                        assertThat(socket.receive().size()).isEqualTo(size);
                    }
                    await(sender);
                }
            }
        }
    }
}
