package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.Memory;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.extension.PayloadBuffer;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Logs;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Recorder;
import dev.marline.testing.Speaking;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Connections that throw an {@link Error} while they read or write: each of them ends, and the others on its event loop go on. */
@OverEachHttp
class ThrownErrorsTest {
    @Parameter
    private HttpVersion http;

    /** An extension that throws for messages that begin so. */
    private static final class Failing implements Extension, NegotiatedExtension {
        private final boolean onServer;

        Failing(boolean onServer) {
            this.onServer = onServer;
        }

        @Override
        public String name() {
            return "x-failing";
        }

        @Override
        public Optional<NegotiatedExtension> accept(ExtensionOffer offer) {
            return Optional.of(this);
        }

        @Override
        public ExtensionOffer answer() {
            return new ExtensionOffer(name());
        }

        @Override
        public int reservedBits() {
            return RSV1;
        }

        @Override
        public MessageEncoder newEncoder(Memory memory) {
            return this::encode;
        }

        private int encode(int opcode, boolean compress, byte[] bytes, int offset, int length, PayloadBuffer to) {
            throwIf(bytes, offset, length, "out");
            to.write(bytes, offset, length);
            return RSV1;
        }

        @Override
        public MessageDecoder newDecoder(Memory memory) {
            return (bytes, offset, length, end, sink) -> {
                throwIf(bytes, offset, length, "in");
                sink.write(bytes, offset, length, end);
            };
        }

        private void throwIf(byte[] bytes, int offset, int length, String way) {
            if (new String(bytes, offset, length, java.nio.charset.StandardCharsets.UTF_8)
                    .equals(way + (onServer ? " at server" : " at client"))) {
                throw new OutOfMemoryError("as the test wants it");
            }
        }
    }

    /** Echoes; sends to all what a message says behind "all: ". */
    private static final class Room extends Recorder {
        private final List<WebSocket> sockets = new CopyOnWriteArrayList<>();

        @Override
        public void onOpen(WebSocket socket) {
            sockets.add(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            String text = message.text();
            if (text.startsWith("error: ")) {
                throw new OutOfMemoryError("as the test wants it");
            }
            if (text.startsWith("first: ")) {
                sockets.get(0).send(text.substring(7));
            }
            socket.send(text);
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) throws Exception {
            sockets.remove(socket);
            super.onClose(socket, reason);
        }
    }

    private final Logs logs = Logs.capture();
    private final Room room = new Room();
    private WebSocketServer server;
    private WebSocketClient client;

    @BeforeEach
    void start() {
        server = Speaking.server(http)
                .host("127.0.0.1")
                .threads(1)
                .extensions(new Failing(true))
                .webSocket("/", room)
                .start();
        client = Speaking.client(http).extensions(new Failing(false)).build();
    }

    @AfterEach
    void close() {
        client.close();
        server.close(Duration.ZERO);
        logs.close();
    }

    /** A client's WebSocket and what it is told. */
    private static final class End extends Recorder {
        private WebSocket socket;
    }

    private End open() throws Exception {
        End end = new End();
        end.socket = client.connect(Speaking.address(http, server.port()), end).get(10, TimeUnit.SECONDS);
        assertThat(end.next()).isEqualTo("OPEN");
        return end;
    }

    private static void assertWorks(End end) {
        end.socket.send("hello");
        assertThat(end.next()).isEqualTo("TEXT 'hello'");
    }

    private void assertOneEnds(String message) throws Exception {
        End first = open();
        End failing = open();
        End last = open();
        failing.socket.send(message);
        assertThat(failing.next("CLOSED")).startsWith("CLOSED 10");
        assertThat(room.next("CLOSED")).startsWith("CLOSED 10");
        assertWorks(first);
        assertWorks(last);
        assertWorks(open());
        eventually("the one has ended on both sides", () -> server.webSockets() == 3 && client.webSockets() == 3);
    }

    @Test
    void aReadThatThrowsEndsItsConnection() throws Exception {
        assertOneEnds("in at server");
    }

    @Test
    void aClientsReadThatThrowsEndsItsConnection() throws Exception {
        assertOneEnds("in at client");
    }

    @Test
    void aWriteThatThrowsEndsItsConnection() throws Exception {
        assertOneEnds("out at server");
    }

    @Test
    void aClientsWriteThatThrowsEndsItsConnection() throws Exception {
        assertOneEnds("out at client");
    }

    @Test
    void aCallbackThatThrowsEndsItsConnection() throws Exception {
        assertOneEnds("error: in the callback");
    }

    @Test
    void aSendThatThrowsEndsTheConnectionThatItIsOnAndNotTheCallers() throws Exception {
        End receiver = open();
        End sender = open();
        sender.socket.send("first: out at server");
        assertThat(receiver.next("CLOSED")).startsWith("CLOSED 10");
        assertThat(sender.next()).isEqualTo("TEXT 'first: out at server'");
        assertWorks(sender);
    }
}
