package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.LeakCheck;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.ServerThreads;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCloseTest {
    private final Recorder recorder = new Recorder();

    private WebSocketServer.Builder builder() {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .webSocket("/", recorder)
                .get("/page", request -> HttpResponse.text("a page"));
    }

    @Test
    void allAreToldAndAllIsFreeAfterwards() throws Exception {
        long threads = ServerThreads.count();
        WebSocketServer server = builder().threads(2).start();
        int port = server.port();
        assertThat(ServerThreads.count()).isGreaterThan(threads);
        List<RawPeer> peers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            peers.add(RawPeer.connect(port).open("/"));
        }
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        for (RawPeer peer : peers) {
            assertThat(peer.readFrame()).isEqualTo(Frame.close(1001, "the server is shutting down"));
            assertThat(RawPeer.canConnect(port)).isFalse();
        }
        assertThat(closed).isNotDone();
        for (RawPeer peer : peers) {
            peer.send(Frame.close(1001, ""));
            assertThat(peer.readToEnd()).isEmpty();
            peer.close();
        }
        Ends.await(closed);

        assertThat(server.connections()).isZero();
        assertThat(server.webSockets()).isZero();
        eventually("its threads have ended", () -> ServerThreads.count() == threads);
        try (ServerSocket again = new ServerSocket()) {
            again.setReuseAddress(true);
            again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1001");
        }
    }

    @Test
    void messagesThatAreUnderWayStillArrive() {
        WebSocketServer server = builder().start();
        try (RawPeer peer = RawPeer.connect(server.port()).open("/")) {
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            peer.readFrame();
            peer.send(Frame.text("my last words"), Frame.close(1001, "")).close();
            Ends.await(closed);

            assertThat(recorder.next("TEXT")).isEqualTo("TEXT 'my last words'");
        }
    }

    @Test
    void aWebSocketThatIsOpenedWhileTheOthersAreToldIsToldToo() throws InterruptedException {
        CountDownLatch opening = new CountDownLatch(1);
        CompletableFuture<Void> told = new CompletableFuture<>();
        WebSocketServer server = builder()
                .threads(2)
                .webSocket("/slow", WebSocketRoute.listener(handshake -> {
                    opening.countDown();
                    told.join();
                    return recorder;
                }))
                .start();
        // The second's event loop, which is also the one that listens, is free while the first's waits.
        try (RawPeer slow = RawPeer.connect(server.port());
                RawPeer other = RawPeer.connect(server.port()).open("/")) {
            slow.sendHead(RawPeer.handshake("/slow"));
            opening.await();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> server.close(Duration.ofMinutes(5)));
            assertThat(other.readFrame().closeCode()).isEqualTo(1001);
            other.send(Frame.close(1001, ""));
            told.complete(null);

            assertThat(slow.readHead().status()).isEqualTo(101);
            assertThat(slow.readFrame()).isEqualTo(Frame.close(1001, "the server is shutting down"));
            slow.send(Frame.close(1001, "")).shutDownOutput();
            Ends.await(closed);
        }
    }

    @Test
    void aPeerThatIgnoresItIsEndedAtTheDeadline() {
        WebSocketServer server = builder()
                .limits(Limits.DEFAULT.withClosingTimeout(Duration.ofMinutes(5)))
                .start();
        try (RawPeer stubborn = RawPeer.connect(server.port()).open("/");
                RawPeer mute = RawPeer.connect(server.port())) {
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> server.close(Duration.ofMillis(300)));

            assertThat(stubborn.readFrame().closeCode()).isEqualTo(1001);
            stubborn.send(Frame.text("I stay"));
            Ends.await(closed);

            stubborn.isReset();
            mute.isReset();
            assertThat(server.connections()).isZero();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @Test
    void idleConnectionsWithoutAWebSocketDoNotKeepIt() {
        WebSocketServer server = builder().start();
        try (RawPeer idle = RawPeer.connect(server.port());
                RawPeer keptAlive = RawPeer.connect(server.port())) {
            keptAlive.readBody(
                    keptAlive.sendHead("GET /page HTTP/1.1", "Host: a").readHead());
            eventually("both are there", () -> server.connections() == 2);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> server.close(Duration.ofMinutes(5)));

            assertThat(idle.readToEnd()).isEmpty();
            assertThat(keptAlive.readToEnd()).isEmpty();
            Ends.await(closed);
        }
    }

    @Test
    void aPageThatIsBeingMadeIsStillServed() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch made = new CountDownLatch(1);
        WebSocketServer server = builder()
                .get("/slow", request -> {
                    asked.countDown();
                    made.await();
                    return HttpResponse.text("made");
                })
                .start();
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead("GET /slow HTTP/1.1", "Host: a");
            asked.await();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            eventually("it listens no more", () -> !RawPeer.canConnect(server.port()));
            made.countDown();

            assertThat(peer.readBody(peer.readHead())).isEqualTo("made");
            assertThat(peer.readToEnd()).isEmpty();
            peer.shutDownOutput();
            Ends.await(closed);
        }
    }

    private static WebSocketServer.Builder closingItself(
            WebSocketServer.Builder builder, CompletableFuture<WebSocketServer> itself) {
        return builder.get("/close", request -> {
                    itself.join().close(Duration.ofMinutes(5));
                    return HttpResponse.text("it closes");
                })
                .webSocket("/checked", WebSocketRoute.listener(new Recorder()).check(request -> {
                    itself.join().close(Duration.ofMinutes(5));
                    return HandshakeCheck.accept();
                }));
    }

    @Test
    void aPageThatClosesTheServerIsStillServed() {
        CompletableFuture<WebSocketServer> itself = new CompletableFuture<>();
        WebSocketServer server = closingItself(builder(), itself).start();
        itself.complete(server);
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead("GET /close HTTP/1.1", "Host: a");

            assertThat(peer.readBody(peer.readHead())).isEqualTo("it closes");
            assertThat(peer.readToEnd()).isEmpty();
        }
        Ends.await(CompletableFuture.runAsync(server::close));
        assertThat(RawPeer.canConnect(server.port())).isFalse();
    }

    @Test
    void aCheckThatClosesTheServerIsStillAnswered() {
        CompletableFuture<WebSocketServer> itself = new CompletableFuture<>();
        WebSocketServer server = closingItself(builder(), itself).start();
        itself.complete(server);
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead(RawPeer.handshake("/checked"));

            assertThat(peer.readHead().status()).isIn(101, 503);
        }
        Ends.await(CompletableFuture.runAsync(server::close));
        assertThat(RawPeer.canConnect(server.port())).isFalse();
    }

    @OverHttp2And3
    void aPageThatClosesTheServerIsStillServedOnAStream(HttpVersion version, @TempDir Path folder) {
        CompletableFuture<WebSocketServer> itself = new CompletableFuture<>();
        try (StreamServers servers = new StreamServers(folder, builder -> closingItself(builder, itself))) {
            itself.complete(servers.server(version));
            try (StreamPeer peer = servers.connect(version)) {
                PeerStream page = peer.request(StreamPeer.get("/close"));

                assertThat(page.readHead().status()).isEqualTo(200);
                assertThat(page.readBody()).isEqualTo("it closes");
            }
        }
        WebSocketServer closed = itself.join();
        eventually("all have gone", () -> closed.connections() == 0);
    }

    @Test
    void whatWasSentOnAStreamThatNobodyReadsIsReleased() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<Void> late = new CompletableFuture<>();
        WebSocketServer server = builder()
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .webSocket("/late", WebSocketRoute.listener(recorder).check(request -> {
                    asked.countDown();
                    late.join();
                    return HandshakeCheck.accept();
                }))
                .webSocket("/paused", new Recorder() {
                    @Override
                    public void onOpen(WebSocket socket) throws Exception {
                        socket.pauseReading();
                        recorder.onOpen(socket);
                    }

                    @Override
                    public void onClose(WebSocket socket, CloseReason reason) throws Exception {
                        recorder.onClose(socket, reason);
                    }
                })
                .start();
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            peer.openWebSocket("/paused").send(new byte[40_000]);
            peer.atOnce(() -> peer.connect("/late").send(new byte[40_000]));
            asked.await();
            peer.readUpToNow();
        }
        eventually("the connection has ended", () -> server.connections() == 0);
        server.close();
        late.complete(null);

        assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        assertThat(LeakCheck.look()).isEmpty();
    }

    @Test
    void closingAgainIsHarmless() {
        WebSocketServer server = builder().start();
        server.close();
        server.close();
        server.close(Duration.ZERO);

        assertThat(server.connections()).isZero();
    }

    @Test
    void aPortInUseIsToldAndLeavesNothingBehind() {
        long threads = ServerThreads.count();
        try (WebSocketServer server = builder().start()) {
            WebSocketServer.Builder second = builder().port(server.port());
            long withOne = ServerThreads.count();

            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(second::start)
                    .withMessageContaining("cannot listen on")
                    .withMessageContaining(String.valueOf(server.port()));
            eventually("its threads have ended", () -> ServerThreads.count() == withOne);
        }
        eventually("all threads have ended", () -> ServerThreads.count() == threads);
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() ->
                        WebSocketServer.builder().host("no.such.host.invalid").start())
                .withMessageContaining("no.such.host.invalid");
        eventually("all threads have ended", () -> ServerThreads.count() == threads);
    }

    @Test
    void localhostIsAllItsAddresses() throws Exception {
        try (WebSocketServer server = WebSocketServer.builder()
                .host("localhost")
                .webSocket("/", recorder)
                .start()) {
            for (InetAddress address : InetAddress.getAllByName("localhost")) {
                String host = address.getHostAddress();
                try (WebSocketClient client = WebSocketClient.create()) {
                    String literal = host.contains(":") ? "[" + host.split("%", 2)[0] + "]" : host;
                    client.connectBlocking("ws://" + literal + ":" + server.port())
                            .close();
                }
            }
        }
    }

    @Test
    void aClientThatClosesEndsItsConnections() {
        try (WebSocketServer server = builder().start()) {
            WebSocketClient client = WebSocketClient.create();
            Ends.await(client.connect("ws://127.0.0.1:" + server.port(), recorder));
            client.close();
            client.close();

            eventually("they are gone", () -> server.connections() == 0);
            assertThat(client.webSockets()).isZero();
        }
    }
}
