package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Message;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Connections of which the event loop learns in the same turn that they have something to read. */
@EnabledOnOs(OS.LINUX)
class EpollSocketsTest {
    private static final int PEERS = 40;

    /** Echoes, and does to all others what a message says. */
    private final class Commanded extends Recorder {
        private final List<WebSocket> sockets = new ArrayList<>();

        @Override
        public void onOpen(WebSocket socket) {
            sockets.add(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) throws Exception {
            super.onMessage(socket, message);
            Stream<WebSocket> others = sockets.stream().filter(each -> !each.equals(socket));
            switch (message.text()) {
                case "hold" -> {
                    held.countDown();
                    go.join();
                }
                case "abort" -> others.forEach(WebSocket::abort);
                case "pause" -> others.forEach(WebSocket::pauseReading);
                case "resume" -> others.forEach(WebSocket::resumeReading);
                default -> {}
            }
            // Enough to be written at once, before the next is read from.
            socket.send(message.text() + " done".repeat(4000));
        }
    }

    private final CountDownLatch held = new CountDownLatch(1);
    private final CompletableFuture<Void> go = new CompletableFuture<>();
    private final Commanded commanded = new Commanded();
    private final WebSocketServer server = WebSocketServer.builder()
            .host("127.0.0.1")
            .transport(Transport.EPOLL)
            .threads(1)
            .webSocket("/", commanded)
            .start();
    private final List<RawPeer> peers = new ArrayList<>();

    @AfterEach
    void close() {
        peers.forEach(RawPeer::close);
        server.close();
    }

    private void open() {
        for (int i = 0; i < PEERS; i++) {
            RawPeer peer = RawPeer.connect(server.port()).open("/");
            peer.send(Frame.text("I am here"));
            assertThat(peer.readFrame().text()).startsWith("I am here");
            assertThat(commanded.next()).isEqualTo("TEXT 'I am here'");
            peers.add(peer);
        }
    }

    /** Has all peers but the first send this while the loop is busy with a message of the first. */
    private void allSendAtOnce(String text) throws InterruptedException {
        peers.get(0).send(Frame.text("hold"));
        held.await();
        peers.subList(1, PEERS).forEach(peer -> peer.send(Frame.text(text)));
        go.complete(null);
        assertThat(commanded.next()).isEqualTo("TEXT 'hold'");
        assertThat(peers.get(0).readFrame().text()).startsWith("hold");
    }

    @Test
    void eachIsReadFrom() throws InterruptedException {
        open();
        allSendAtOnce("hello");
        for (RawPeer peer : peers.subList(1, PEERS)) {
            assertThat(peer.readFrame().text()).startsWith("hello");
            assertThat(commanded.next()).isEqualTo("TEXT 'hello'");
        }
    }

    @Test
    void thoseThatTheFirstOfThemEndsAreNotReadFrom() throws InterruptedException {
        open();
        allSendAtOnce("abort");

        assertThat(commanded.next()).isEqualTo("TEXT 'abort'");
        for (int i = 0; i < PEERS - 1; i++) {
            assertThat(commanded.next()).isEqualTo("CLOSED 1006");
        }
        assertThat(commanded.events()).isEmpty();
    }

    @Test
    void thoseThatTheFirstOfThemPausesAreReadFromWhenTheyResume() throws InterruptedException {
        open();
        allSendAtOnce("pause");

        assertThat(commanded.next()).isEqualTo("TEXT 'pause'");
        RawPeer first = peers.get(1);
        assertThat(first.readFrame().text()).startsWith("pause");
        first.send(Frame.text("what now?"));
        assertThat(first.readFrame().text()).startsWith("what now?");
        assertThat(commanded.next()).isEqualTo("TEXT 'what now?'");
        assertThat(commanded.events()).isEmpty();

        first.send(Frame.text("resume"));
        assertThat(first.readFrame().text()).startsWith("resume");
        assertThat(commanded.next()).isEqualTo("TEXT 'resume'");
        assertThat(commanded.next()).isEqualTo("TEXT 'pause'");
    }
}
