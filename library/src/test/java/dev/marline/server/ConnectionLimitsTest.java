package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
    @Test
    void oneConnectionTooManyIs503AndThereIsRoomAgainLater() {
        try (WebSocketServer server = WebSocketServer.builder()
                        .limits(Limits.DEFAULT.withMaxConnections(2))
                        .webSocket("/", new Recorder())
                        .start();
                RawPeer first = RawPeer.connect(server.port()).open("/");
                RawPeer second = RawPeer.connect(server.port()).open("/");
                RawPeer third = RawPeer.connect(server.port())) {
            HttpHead refused = third.sendHead(RawPeer.handshake("/")).readHead();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            assertThat(third.readBody(refused)).isEqualTo("the server has too many connections\n");
            assertThat(third.readToEnd()).isEmpty();

            third.shutDownOutput();
            first.reset();
            eventually("their connections are gone", () -> server.connections() == 1);
            try (RawPeer fourth = RawPeer.connect(server.port())) {
                fourth.open("/");
            }
            assertThat(second.sendHex("8900").readFrame().text()).isEmpty();
        }
    }

    @Test
    void whileItDrainsNewRequestsAre503() throws InterruptedException {
        CountDownLatch checking = new CountDownLatch(1);
        CountDownLatch accepted = new CountDownLatch(1);
        WebSocketServer server = WebSocketServer.builder()
                .webSocket("/", WebSocketRoute.listener(new Recorder()).check(request -> {
                    checking.countDown();
                    accepted.await();
                    return HandshakeCheck.accept();
                }))
                .start();
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead(RawPeer.handshake("/"));
            checking.await();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            eventually("it listens no more", () -> !RawPeer.canConnect(server.port()));
            accepted.countDown();

            HttpHead refused = peer.readHead();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            assertThat(peer.readBody(refused)).isEqualTo("the server is shutting down\n");
            assertThat(peer.readToEnd()).isEmpty();
            peer.shutDownOutput();
            closed.join();
        }
    }
}
