package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Logs;
import dev.marline.testing.RawPeer;
import dev.marline.testing.UnprintableError;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the code of an application throws, its client is told. Other languages throw what Java would have it declare. */
@ParameterizedClass
@EnumSource(ThrowingHandlersTest.Kind.class)
class ThrowingHandlersTest {
    @SuppressWarnings("ImmutableEnumChecker") // suppliers without state
    enum Kind {
        CHECKED_EXCEPTION(() -> new IOException("undeclared")),
        THROWABLE(() -> new Throwable("neither an exception nor an error")),
        OUT_OF_MEMORY(() -> new OutOfMemoryError("Java heap space")),
        UNPRINTABLE(UnprintableError::new);

        private final Supplier<Throwable> thrown;

        Kind(Supplier<Throwable> thrown) {
            this.thrown = thrown;
        }

        @SuppressWarnings("TypeParameterUnusedInFormals") // it never returns
        <T> T raise() {
            return ThrowingHandlersTest.<T, RuntimeException>raise(thrown.get());
        }
    }

    @Parameter
    private Kind kind;

    private final Logs logs = Logs.capture();

    @AfterEach
    void close() {
        logs.close();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T, E extends Throwable> T raise(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private WebSocketServer start() {
        WebSocketListener echo = WebSocket::send;
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .get("/page", request -> kind.raise())
                .webSocket("/check", WebSocketRoute.listener(echo).check(request -> kind.raise()))
                .webSocket("/choice", handshake -> kind.<WebSocketListener>raise())
                .webSocket("/callback", (socket, message) -> kind.raise())
                .blockingWebSocket("/blocking", socket -> kind.raise())
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/page", "/check", "/choice"})
    void aRequestIsAnsweredWith500(String path) {
        try (WebSocketServer server = start();
                RawPeer peer = RawPeer.connect(server.port())) {
            if (path.equals("/page")) {
                peer.sendHead("GET /page HTTP/1.1", "Host: a");
            } else {
                peer.sendHead(RawPeer.handshake(path));
            }

            assertThat(peer.readHead().status()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/callback", "/blocking"})
    void aWebSocketIsClosedWith1011(String path) {
        try (WebSocketServer server = start();
                RawPeer peer = RawPeer.connect(server.port()).open(path)) {
            peer.send(Frame.text("throw"));

            assertThat(peer.readFrame()).isEqualTo(Frame.close(1011, "internal error"));
        }
    }

    @Test
    void aClientWhoseResolverThrowsFailsAtOnce() {
        // CompletableFuture itself prints what a stage has failed with.
        assumeThat(kind).isNotEqualTo(Kind.UNPRINTABLE);
        try (WebSocketClient client = WebSocketClient.builder()
                .resolver(host -> kind.raise())
                .connectTimeout(Duration.ofMinutes(1))
                .build()) {
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> client.connectBlocking("ws://name.example/"));
        }
    }
}
