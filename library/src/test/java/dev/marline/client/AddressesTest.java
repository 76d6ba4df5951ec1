package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.HostResolver;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Speaking;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Which address a client connects to, and from. */
@OverEachHttp
class AddressesTest {
    private static final String SERVER = "127.0.0.1";
    private static final String NOBODY = "127.0.0.2";

    @Parameter
    HttpVersion http;

    private final BlockingQueue<InetSocketAddress> clients = new LinkedBlockingQueue<>();
    private WebSocketServer server;

    @BeforeEach
    void start() {
        WebSocketRoute route = WebSocketRoute.listener((socket, message) -> {}).check(request -> {
            clients.add((InetSocketAddress) request.client());
            return HandshakeCheck.accept();
        });
        server = Speaking.server(http).host(SERVER).webSocket("/", route).start();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static List<InetAddress> addresses(String... literals) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String literal : literals) {
            try {
                addresses.add(InetAddress.getByName(literal));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }
        return addresses;
    }

    private CompletableFuture<WebSocket> connect(WebSocketClient client) {
        String address = Speaking.address(http, server.port()).replace(SERVER, "localhost");
        return client.connect(address, (socket, message) -> {});
    }

    @Test
    void theNextAddressIsTriedWhenOneFails() {
        try (WebSocketClient client = Speaking.client(http)
                .resolver(host -> addresses(NOBODY, "127.0.0.3", SERVER))
                .build()) {
            assertThat(Ends.await(connect(client)).isOpen()).isTrue();
        }
    }

    /** The system drops what asks for a connection where too many wait already: it is as if nobody were there. */
    @Test
    void theNextAddressIsTriedWhenOneDoesNotAnswer() throws IOException {
        List<Socket> waiting = new ArrayList<>();
        try (ServerSocket full = new ServerSocket();
                WebSocketClient client = Speaking.client(http)
                        .resolver(host -> addresses(NOBODY, SERVER))
                        .build()) {
            full.bind(new InetSocketAddress(NOBODY, server.port()), 1);
            while (true) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full.getLocalSocketAddress(), 200);
                } catch (SocketTimeoutException itIs) {
                    break;
                }
            }
            assertThat(Ends.await(connect(client)).isOpen()).isTrue();
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void allThatFailedAreNamed() {
        server.close();
        try (WebSocketClient client = Speaking.client(http)
                .connectTimeout(Duration.ofSeconds(2))
                .resolver(host -> addresses(NOBODY, SERVER))
                .build()) {
            Throwable failure = failureOf(connect(client));
            assertThat(failure).isInstanceOf(WebSocketException.class);
            if (http == HttpVersion.HTTP_3) { // over UDP, nobody says that nobody is there
                assertThat(failure).hasMessageContaining("took longer than 2000 ms");
            } else {
                assertThat(failure)
                        .hasMessageContainingAll(
                                "cannot connect to ws://localhost:" + server.port(),
                                NOBODY + ": Connection refused",
                                SERVER + ": Connection refused");
            }
        }
    }

    @Test
    void theResolverIsAskedInAThreadOfItsOwn() {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<Thread> loop = new CompletableFuture<>();
        try (WebSocketClient client = Speaking.client(http)
                .resolver(host -> {
                    thread.complete(Thread.currentThread());
                    return host.equals("localhost") ? addresses(SERVER) : addresses();
                })
                .build()) {
            connect(client).thenAccept(socket -> loop.complete(Thread.currentThread()));
            assertThat(Ends.await(thread)).isNotIn(Thread.currentThread(), Ends.await(loop));
        }
    }

    @Test
    void theResolverIsNotAskedForAnAddress() {
        HostResolver none = host -> {
            throw new UnknownHostException(host);
        };
        try (WebSocketClient client = Speaking.client(http).resolver(none).build()) {
            CompletableFuture<WebSocket> opening =
                    client.connect(Speaking.address(http, server.port()), (socket, message) -> {});
            assertThat(Ends.await(opening).isOpen()).isTrue();
            assertThat(failureOf(connect(client)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContainingAll("cannot connect to", "there is no such host");
        }
    }

    @Test
    void noAddressIsNoHost() {
        try (WebSocketClient client =
                Speaking.client(http).resolver(host -> List.of()).build()) {
            assertThat(failureOf(connect(client))).hasMessageContaining("there is no such host");
        }
    }

    @Test
    void theHandshakeTimeoutIsForTheResolverToo() {
        CountDownLatch over = new CountDownLatch(1);
        HostResolver slow = host -> {
            try {
                over.await();
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
            return addresses(SERVER);
        };
        try (WebSocketClient client = Speaking.client(http)
                .resolver(slow)
                .connectTimeout(Duration.ofMillis(300))
                .build()) {
            assertThat(failureOf(connect(client))).hasMessageContaining("took longer than 300 ms");
        } finally {
            over.countDown();
        }
        assertThat(clients).isEmpty();
    }

    @Test
    void aClientThatIsClosedGivesUpWhatItIsOpening() {
        CountDownLatch over = new CountDownLatch(1);
        HostResolver slow = host -> {
            try {
                over.await();
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
            return addresses(SERVER);
        };
        CompletableFuture<WebSocket> opening;
        try (WebSocketClient client = Speaking.client(http).resolver(slow).build()) {
            opening = connect(client);
        }
        assertThat(failureOf(opening)).isInstanceOf(WebSocketException.class).hasMessage("the client is closed");
        over.countDown();
    }

    @Test
    void aConnectionComesFromTheLocalAddress() {
        InetAddress local = addresses("127.0.0.9").get(0);
        try (WebSocketClient client = Speaking.client(http).localAddress(local).build()) {
            assertThat(Ends.await(connect(client)).isOpen()).isTrue();
            assertThat(clients.remove().getAddress()).isEqualTo(local);
        }
    }

    @Test
    void aLocalAddressOfAnotherFamilyIsAClearError() {
        try (WebSocketClient client = Speaking.client(http)
                .resolver(host -> addresses(SERVER))
                .localAddress(addresses("::1").get(0))
                .build()) {
            assertThat(failureOf(connect(client)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("not of the family of the local address");
        }
    }
}
