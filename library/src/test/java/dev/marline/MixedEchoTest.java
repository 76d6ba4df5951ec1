package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.Role;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import dev.marline.testing.EchoDriver;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Patience;
import dev.marline.testing.RawDeflate;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/**
 * Messages of mixed size and type, fragmented at random, come back byte for byte: over {@code ws} and {@code wss}, as they are and
 * compressed, on every transport that this system has. {@code -Dmarline.echo.messages=100000} for a long run, {@code -Dmarline.seed} for the same again.
 */
@OverEachHttp
@Timeout(3600)
class MixedEchoTest {
    @Parameter
    private HttpVersion http;

    private static final int MESSAGES = Integer.getInteger("marline.echo.messages", 5000);
    private static final long SEED = Long.getLong("marline.seed", System.nanoTime());
    private static final WebSocketListener ECHO = (socket, message) -> socket.send(message);

    @TempDir
    static Path folder;

    @TestFactory
    Stream<DynamicTest> everything_comes_back() {
        // A tunnel has TLS or has none, as its version of HTTP wants it; what is in it goes the same way.
        Certificates[] withoutAndWithTls = http.isUpgraded()
                ? new Certificates[] {null, new Certificates(folder, "dns:localhost")}
                : new Certificates[] {null};
        List<DynamicTest> tests = new ArrayList<>();
        for (Transport transport : availableTransports()) {
            for (Certificates tls : withoutAndWithTls) {
                for (boolean compressed : new boolean[] {false, true}) {
                    String name = transport + (tls == null ? " ws" : " wss") + (compressed ? " compressed" : "");
                    tests.add(dynamicTest("server " + name, () -> server(transport, tls, compressed)));
                    tests.add(dynamicTest("client " + name, () -> client(transport, tls, compressed)));
                }
            }
        }
        return tests.stream();
    }

    private static List<Transport> availableTransports() {
        List<Transport> available = new ArrayList<>();
        for (Transport transport : List.of(Transport.EPOLL, Transport.KQUEUE, Transport.IO_URING, Transport.NIO)) {
            try (WebSocketClient client =
                    WebSocketClient.builder().transport(transport).build()) {
                assertThat(client.webSockets()).isZero();
                available.add(transport);
            } catch (IllegalArgumentException notHere) {
                assertThat(notHere).hasMessageContaining("transport " + transport + " is not available here");
            }
        }
        return available;
    }

    /** Compressing takes its time, and so does a tunnel: of fewer messages there are all sizes too. */
    private int messages(boolean compressed, int otherwise) {
        return compressed ? MESSAGES / 20 : http.isUpgraded() ? otherwise : otherwise / 10;
    }

    private static Extension[] extensions(boolean compressed) {
        return compressed ? new Extension[] {PerMessageDeflate.dedicated().build()} : new Extension[0];
    }

    private void server(Transport transport, Certificates tls, boolean compressed) {
        WebSocketServer.Builder builder = Speaking.server(http)
                .transport(transport)
                .threads(1)
                .extensions(extensions(compressed))
                .webSocket("/", ECHO);
        if (tls != null) {
            builder.tls(tls.certificate(), tls.key());
        }
        try (WebSocketServer server = builder.start();
                RawDeflate deflate = compressed ? new RawDeflate() : null;
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer =
                        tls == null ? RawPeer.connect(tunnel.port()) : RawPeer.connect(tunnel.port(), tls.context())) {
            peer.open("/", compressed ? new String[] {RawDeflate.OFFER} : new String[0]);
            new EchoDriver(peer, Role.CLIENT, SEED, deflate).run(messages(compressed, MESSAGES));
            end(peer);
        }
    }

    /** A client is as good an echo; a fifth of the messages will do, the code being the same. */
    private void client(Transport transport, Certificates tls, boolean compressed) {
        // It echoes, as a server does, and so leaves a peer that is slow to read waiting.
        WebSocketClient.Builder builder = Speaking.client(http)
                .transport(transport)
                .extensions(extensions(compressed))
                .pauseReadingWhenCongested(true);
        if (tls != null) {
            builder.trust(tls.certificate());
        }
        try (RawPeer.Listening listening = tls == null ? RawPeer.listen() : RawPeer.listen(tls.context());
                Tunnel tunnel = Tunnel.toPeer(http, listening.port());
                RawDeflate deflate = compressed ? new RawDeflate() : null;
                WebSocketClient client = builder.build()) {
            client.connect(
                    tls == null ? Speaking.address(http, tunnel.port()) : "wss://localhost:" + tunnel.port(), ECHO);
            RawPeer peer = compressed
                    ? listening.accept().acceptCompressing()
                    : listening.accept().acceptOpening();
            new EchoDriver(peer, Role.SERVER, SEED, deflate).run(messages(compressed, MESSAGES / 5));
            end(peer);
        }
    }

    private static void end(RawPeer peer) {
        peer.send(Frame.close(1000, ""));
        assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, ""));
        peer.close();
    }

    @TestFactory
    Stream<DynamicTest> every_transport_closes_in_order() {
        return availableTransports().stream()
                .map(transport -> dynamicTest(transport.toString(), () -> {
                    try (WebSocketServer server = Speaking.server(http)
                                    .transport(transport)
                                    .webSocket("/", ECHO)
                                    .start();
                            WebSocketClient client =
                                    Speaking.client(http).transport(transport).build();
                            BlockingWebSocket socket = client.connectBlocking(Speaking.address(http, server.port()));
                            Tunnel tunnel = Tunnel.toServer(http, server.port());
                            RawPeer failing = RawPeer.connect(tunnel.port()).open("/")) {
                        socket.send("hi");
                        assertThat(socket.receive(Duration.ofSeconds(Patience.SECONDS))
                                        .orElseThrow()
                                        .text())
                                .isEqualTo("hi");
                        failing.sendHex("8300");
                        for (int i = 0; i < 100; i++) {
                            failing.send(Frame.binary(new byte[10_000]));
                        }
                        assertThat(failing.readFrame().closeCode()).isEqualTo(1002);
                        assertThat(failing.readToEnd()).isEmpty();
                    }
                }));
    }
}
