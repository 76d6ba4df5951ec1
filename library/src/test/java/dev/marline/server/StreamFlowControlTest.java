package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.OverHttp2And3;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.StreamPeer;
import dev.marline.testing.StreamServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WebSockets that share a connection do not hold up each other, whichever side takes nothing. */
class StreamFlowControlTest {
    private static final BlockingQueue<WebSocket> PAUSED = new LinkedBlockingQueue<>();
    private static final Recorder FLOODING = new Recorder();
    private static final CompletableFuture<Void> NEVER = new CompletableFuture<>();

    /** Nearly fills a window. */
    private static final byte[] MESSAGE = Frame.binary(new byte[65_000]).encode(Role.CLIENT);

    @TempDir
    static Path folder;

    private static StreamServers servers;

    @BeforeAll
    static void start() {
        servers = new StreamServers(
                folder,
                builder -> builder.limits(Limits.DEFAULT.withStalledOutputTimeout(Duration.ofSeconds(1)))
                        .webSocket("/echo", (socket, message) -> socket.send(message))
                        .webSocket("/paused", new PausedAtFirst())
                        .webSocket("/flood", new Flooding())
                        .webSocket(
                                "/late", WebSocketRoute.listener(new Recorder()).check(request -> {
                                    NEVER.join();
                                    return HandshakeCheck.accept();
                                })));
    }

    @AfterAll
    static void stop() {
        NEVER.complete(null);
        servers.close();
    }

    @BeforeEach
    void forget() {
        PAUSED.clear();
        FLOODING.events().clear();
    }

    /** Takes nothing until it is told to, and then echoes. */
    private static final class PausedAtFirst implements WebSocketListener {
        @Override
        public void onOpen(WebSocket socket) {
            socket.pauseReading();
            PAUSED.add(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            socket.send(message);
        }
    }

    /** Sends more than fits any window. */
    private static final class Flooding extends Recorder {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            for (int i = 0; i < 10; i++) {
                socket.send(new byte[50_000]);
            }
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) throws Exception {
            FLOODING.onClose(socket, reason);
        }
    }

    private static void assertEchoes(PeerStream stream) {
        byte[] payload = new byte[30_000];
        stream.send(Frame.binary(payload));
        assertThat(stream.readFrame()).isEqualTo(Frame.binary(payload));
    }

    @OverHttp2And3
    void aWebSocketThatReadsNothingHoldsUpNoOther(HttpVersion version) throws InterruptedException {
        try (StreamPeer peer = servers.connect(version)) {
            List<PeerStream> paused = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                paused.add(peer.openWebSocket("/paused").send(Arrays.copyOf(MESSAGE, 60_000)));
            }
            PeerStream other = peer.openWebSocket("/echo");
            for (int i = 0; i < 10; i++) {
                assertEchoes(other);
            }
            for (PeerStream each : paused) {
                PAUSED.take().resumeReading();
                each.send(Arrays.copyOfRange(MESSAGE, 60_000, MESSAGE.length));
            }
            assertThat(paused)
                    .allSatisfy(each -> assertThat(each.readFrame().payload()).hasSize(65_000));
        }
    }

    @OverHttp2And3
    void aPeerThatReadsNothingOfOneGetsTheOthers(HttpVersion version) {
        try (StreamPeer peer = servers.connect(version)) {
            PeerStream slow = peer.openWebSocket("/flood");
            slow.readNoMore();
            slow.send(Frame.text("go"));
            PeerStream other = peer.openWebSocket("/echo");
            for (int i = 0; i < 10; i++) {
                assertEchoes(other);
            }
            assertThat(slow.unread()).isLessThanOrEqualTo(Http2Peer.WINDOW);
            assertThat(FLOODING.next("CLOSED")).as("after stalledOutputTimeout").isEqualTo("CLOSED 1006");
            assertEchoes(other);
        }
    }

    // ---- HTTP/2's windows

    private static Http2Peer connect() {
        return Http2Peer.connect(servers.server(HttpVersion.HTTP_2).port());
    }

    @Test
    void theWindowOfTheConnectionOpensOnReceiptAndThatOfAStreamWhenItIsTaken() throws InterruptedException {
        try (Http2Peer peer = connect()) {
            Http2Peer.Stream paused = (Http2Peer.Stream) peer.openWebSocket("/paused");
            paused.send(new byte[Http2Peer.WINDOW]);
            peer.awaitWindowUpdates(0, Http2Peer.WINDOW / 2);
            peer.readUpToNow();
            assertThat(peer.windowUpdates(paused.id())).isZero();

            PAUSED.take().resumeReading();
            peer.awaitWindowUpdates(paused.id(), Http2Peer.WINDOW / 2);
        }
    }

    @Test
    void untilTheHandshakeIsAnsweredAWebSocketsWindowDoesNotOpen() {
        try (Http2Peer peer = connect()) {
            Http2Peer.Stream late = (Http2Peer.Stream) peer.connect("/late");
            late.send(new byte[Http2Peer.WINDOW]);
            peer.awaitWindowUpdates(0, Http2Peer.WINDOW / 2);
            peer.readUpToNow();
            assertThat(peer.windowUpdates(late.id())).isZero();
        }
    }

    @Test
    void moreThanTheWindowIsAnErrorOfTheStreamAlone() {
        try (Http2Peer peer = connect()) {
            PeerStream other = peer.openWebSocket("/echo");
            PeerStream paused = peer.openWebSocket("/paused");
            paused.send(new byte[Http2Peer.WINDOW]).send(new byte[1]);

            assertThat(paused.readEnd()).isEqualTo("RESET FLOW_CONTROL_ERROR");
            assertEchoes(other);
        }
    }

    @Test
    void theServerKeepsToAStreamsWindow() {
        try (Http2Peer peer = connect()) {
            peer.sendSettings(4, 1000); // SETTINGS_INITIAL_WINDOW_SIZE
            Http2Peer.Stream stream = (Http2Peer.Stream) peer.openWebSocket("/flood");
            stream.readNoMore();
            stream.send(Frame.text("go"));
            stream.await("1000 bytes", () -> stream.unread() >= 1000);
            peer.readUpToNow();
            assertThat(stream.unread()).isEqualTo(1000);

            peer.sendWindowUpdate(stream.id(), 500);
            stream.await("500 bytes more", () -> stream.unread() >= 1500);
            peer.readUpToNow();
            assertThat(stream.unread()).isEqualTo(1500);
        }
    }

    @Test
    void theServerKeepsToTheConnectionsWindow() {
        try (Http2Peer peer = Http2Peer.begin(
                RawPeer.connect(servers.server(HttpVersion.HTTP_2).port()))) {
            peer.answerNothing().sendSettings(4, 1 << 20);
            PeerStream first = peer.openWebSocket("/flood").send(Frame.text("go"));
            PeerStream second = peer.openWebSocket("/flood").send(Frame.text("go"));
            first.await("a full window", () -> first.unread() + second.unread() >= Http2Peer.WINDOW);
            peer.readUpToNow();
            assertThat(first.unread() + second.unread()).isEqualTo(Http2Peer.WINDOW);
        }
    }
}
