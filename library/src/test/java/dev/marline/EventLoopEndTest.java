package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.client.WebSocketClient;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.Eventually;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.transport.websocket.ChannelWebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Event loops that have ended though nobody has closed their server or client, or that a callback blocks. */
class EventLoopEndTest {
    private final Logs logs = Logs.capture();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    /** Does with its event loop what a message says. */
    private final class Commanded extends Recorder {
        @Override
        public void onMessage(WebSocket socket, Message message) throws Exception {
            super.onMessage(socket, message);
            if (message.text().equals("block")) {
                blocked.countDown();
                go.await();
            } else {
                ((ChannelWebSocket) socket).channel().eventLoop().shutdownGracefully(0, 0, TimeUnit.SECONDS);
            }
        }
    }

    private WebSocketServer server(WebSocketListener listener) {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .threads(2)
                .webSocket("/", listener)
                .start();
    }

    private static WebSocket connect(WebSocketClient client, WebSocketServer server, WebSocketListener listener)
            throws Exception {
        return client.connect("ws://127.0.0.1:" + server.port(), listener).get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        go.countDown();
        logs.close();
    }

    @Test
    void aServerClosesWhenAnEventLoopHasEndedAndSaysSo() throws Exception {
        Commanded commanded = new Commanded();
        WebSocketServer server = server(commanded);
        Recorder recorder = new Recorder();
        try (WebSocketClient client = WebSocketClient.create()) {
            CompletableFuture<Void> closed = server.closed().toCompletableFuture();
            WebSocket socket = connect(client, server, recorder);
            connect(client, server, recorder);
            assertThat(closed).isNotDone();

            socket.send("end");

            assertThat(recorder.next("CLOSED")).startsWith("CLOSED 100");
            assertThat(recorder.next("CLOSED")).startsWith("CLOSED 100");
            assertThat(commanded.next("CLOSED")).startsWith("CLOSED 100");
            assertThatThrownBy(() -> closed.get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(WebSocketException.class)
                    .hasMessage("an event loop of the server has ended");
            assertThat(RawPeer.canConnect(server.port())).isFalse();
            server.close();
        }
    }

    @Test
    void aServerThatIsClosedSaysSo() throws Exception {
        WebSocketServer server = server(new Recorder());
        CompletableFuture<Void> closed = server.closed().toCompletableFuture();
        server.close();
        assertThat(Ends.await(closed)).isNull();
    }

    @Test
    void aClientEndsWhenAnEventLoopHasEnded() throws Exception {
        Commanded commanded = new Commanded();
        try (WebSocketServer server = server((socket, message) -> socket.send(message));
                WebSocketClient client = WebSocketClient.builder().threads(2).build()) {
            WebSocket socket = connect(client, server, commanded);
            connect(client, server, commanded);

            socket.send("end");

            assertThat(commanded.next("CLOSED")).startsWith("CLOSED 100");
            assertThat(commanded.next("CLOSED")).startsWith("CLOSED 100");
            Eventually.eventually("the client is closed", () -> {
                CompletableFuture<WebSocket> more = client.connect("ws://127.0.0.1:" + server.port(), new Recorder());
                return more.handle((opened, failure) -> failure instanceof WebSocketException)
                        .completeOnTimeout(false, 5, TimeUnit.SECONDS)
                        .join();
            });
        }
    }

    @Test
    void closingAServerEndsThoughACallbackBlocks() throws Exception {
        WebSocketServer server = server(new Commanded());
        try (WebSocketClient client = WebSocketClient.create()) {
            connect(client, server, new Recorder()).send("block");
            blocked.await();
            Ends.await(CompletableFuture.runAsync(() -> server.close(Duration.ofMillis(500))));
            assertThat(logs.lines()).anyMatch(line -> line.contains("an event loop has not ended"));
        }
    }

    @Test
    void closingAClientEndsThoughACallbackBlocks() throws Exception {
        try (WebSocketServer server = server((socket, message) -> socket.send(message))) {
            WebSocketClient client = WebSocketClient.create();
            connect(client, server, new Commanded()).send("block");
            blocked.await();
            Ends.await(CompletableFuture.runAsync(client::close));
            assertThat(logs.lines()).anyMatch(line -> line.contains("an event loop has not ended"));
        }
    }
}
