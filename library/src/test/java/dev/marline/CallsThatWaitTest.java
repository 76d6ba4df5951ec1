package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls that wait, made where waiting could be for the caller itself: they return or throw, and never hang. */
class CallsThatWaitTest {
    /** A deadline that no test lives to see. */
    private static final Duration LONG = Duration.ofMinutes(5);

    /** Where a call is made. */
    enum Place {
        SERVER_CALLBACK,
        CLIENT_CALLBACK,
        CLOSING_CALLBACK,
        PAGE,
        CHECK,
        BLOCKING_HANDLER,
        COMPLETION_STAGE,
        FAILED_COMPLETION_STAGE
    }

    /** A call that waits. */
    enum Call {
        CLIENT_CLOSE,
        SERVER_CLOSE,
        SERVER_START,
        CONNECT_BLOCKING,
        RECEIVE,
        SEND,
        CLOSE
    }

    private static final Set<Place> ON_EVENT_LOOPS =
            Set.of(Place.SERVER_CALLBACK, Place.CLIENT_CALLBACK, Place.CLOSING_CALLBACK, Place.COMPLETION_STAGE);

    private static final Set<Call> THROWN_BY_ON_EVENT_LOOPS =
            Set.of(Call.CONNECT_BLOCKING, Call.RECEIVE, Call.SEND, Call.CLOSE);

    /** A server and a client that make the call wherever the test wants it made. */
    private static final class Scene implements AutoCloseable {
        private final Place place;
        private final Call call;
        private final CompletableFuture<Optional<Throwable>> outcome = new CompletableFuture<>();
        private final WebSocketServer server;
        private final WebSocketClient client = WebSocketClient.create();

        /** Another, as attempts of one client to reach one host wait for each other. */
        private final WebSocketClient otherClient = WebSocketClient.create();

        private final BlockingWebSocket blocking;

        /** Opened when the stage is in its place. */
        private final CountDownLatch staged = new CountDownLatch(1);

        Scene(Place place, Call call) {
            this.place = place;
            this.call = call;
            server = WebSocketServer.builder()
                    .host("127.0.0.1")
                    .threads(2)
                    .webSocket("/", new Recorder() {
                        @Override
                        public void onMessage(WebSocket socket, Message message) {
                            socket.send("received");
                            make(Place.SERVER_CALLBACK);
                        }
                    })
                    .get("/page", request -> {
                        make(Place.PAGE);
                        return HttpResponse.text("a page");
                    })
                    .webSocket(
                            "/checked", WebSocketRoute.listener(new Recorder()).check(request -> {
                                make(Place.CHECK);
                                return HandshakeCheck.accept();
                            }))
                    .webSocket("/gated", WebSocketRoute.listener(new Recorder()).check(request -> {
                        staged.await();
                        return HandshakeCheck.accept();
                    }))
                    .webSocket(
                            "/refused", WebSocketRoute.listener(new Recorder()).check(request -> {
                                staged.await();
                                return HandshakeCheck.refuse(HttpResponse.error(403, "not you"));
                            }))
                    .blockingWebSocket("/blocking", socket -> make(Place.BLOCKING_HANDLER))
                    .blockingWebSocket("/greeting", socket -> {
                        socket.send("hello");
                        socket.receive();
                    })
                    .start();
            blocking = client.connectBlocking(address("/greeting"));
        }

        private String address(String path) {
            return "ws://127.0.0.1:" + server.port() + path;
        }

        private void make(Place here) {
            if (here != place || outcome.isDone()) {
                return;
            }
            try {
                call();
                outcome.complete(Optional.empty());
            } catch (RuntimeException | Error thrown) {
                outcome.complete(Optional.of(thrown));
            }
        }

        private void call() {
            switch (call) {
                case CLIENT_CLOSE -> client.close();
                case SERVER_CLOSE -> server.close(LONG);
                case SERVER_START ->
                    WebSocketServer.builder().host("127.0.0.1").start().close();
                case CONNECT_BLOCKING -> otherClient.connectBlocking(address("/greeting"));
                case RECEIVE -> blocking.receive();
                case SEND -> blocking.send("something");
                case CLOSE -> blocking.close();
            }
        }

        /** Goes to the place, and waits until the call has returned or thrown. */
        Optional<Throwable> outcome() {
            switch (place) {
                case SERVER_CALLBACK ->
                    client.connect(address("/"), new Recorder()).thenAccept(socket -> socket.send("go"));
                case CLIENT_CALLBACK ->
                    client.connect(address("/"), new Recorder() {
                                @Override
                                public void onMessage(WebSocket socket, Message message) {
                                    make(Place.CLIENT_CALLBACK);
                                }
                            })
                            .thenAccept(socket -> socket.send("go"));
                case CLOSING_CALLBACK ->
                    client.connect(address("/"), new Recorder() {
                                @Override
                                public void onClose(WebSocket socket, CloseReason reason) {
                                    make(Place.CLOSING_CALLBACK);
                                }
                            })
                            .thenAccept(WebSocket::close);
                case PAGE -> {
                    try (RawPeer peer = RawPeer.connect(server.port())) {
                        peer.sendHead("GET /page HTTP/1.1", "Host: a");
                        assertThat(peer.readBody(peer.readHead())).isEqualTo("a page");
                    }
                }
                case CHECK -> client.connect(address("/checked"), new Recorder());
                case BLOCKING_HANDLER -> client.connect(address("/blocking"), new Recorder());
                case COMPLETION_STAGE ->
                    client.connect(address("/gated"), new Recorder())
                            .thenAccept(socket -> make(Place.COMPLETION_STAGE));
                case FAILED_COMPLETION_STAGE ->
                    client.connect(address("/refused"), new Recorder())
                            .whenComplete((socket, thrown) -> make(Place.FAILED_COMPLETION_STAGE));
            }
            staged.countDown();
            return Ends.await(outcome);
        }

        @Override
        public void close() {
            client.close();
            otherClient.close();
            server.close();
        }
    }

    private static Stream<Arguments> everywhere() {
        return Stream.of(Place.values())
                .flatMap(place -> Stream.of(Call.values()).map(call -> Arguments.of(place, call)));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("everywhere")
    void returnsOrThrowsAndNeverHangs(Place place, Call call) {
        try (Scene scene = new Scene(place, call)) {
            Optional<Throwable> thrown = scene.outcome();

            if (ON_EVENT_LOOPS.contains(place) && THROWN_BY_ON_EVENT_LOOPS.contains(call)) {
                assertThat(thrown).get().isInstanceOf(IllegalStateException.class);
                assertThat(thrown.get()).hasMessageContaining("event loop");
            } else if (place == Place.FAILED_COMPLETION_STAGE && THROWN_BY_ON_EVENT_LOOPS.contains(call)) {
                // A failed attempt may complete on an event loop or not.
                thrown.ifPresent(actual -> assertThat(actual).isInstanceOf(IllegalStateException.class));
            } else {
                assertThat(thrown).isEmpty();
            }
            if (call == Call.CLIENT_CLOSE) {
                assertThat(scene.client.connect(scene.address("/"), new Recorder()))
                        .failsWithin(Duration.ofSeconds(10))
                        .withThrowableThat()
                        .withMessageContaining("the client is closed");
            } else if (call == Call.SERVER_CLOSE) {
                scene.client.close();
                int port = scene.server.port();
                eventually("the port is free", () -> !RawPeer.canConnect(port));
                eventually("all have gone", () -> scene.server.connections() == 0);
            }
        }
    }

    @Test
    void connectBlockingNamesTheCallThatDoesNotWait() {
        try (Scene scene = new Scene(Place.CLIENT_CALLBACK, Call.CONNECT_BLOCKING)) {
            assertThat(scene.outcome().orElseThrow()).hasMessageContaining("connect(address, listener)");
        }
    }

    @Test
    void aStageThatRunsWhileTheClientClosesCanUseTheClient() {
        try (RawPeer.Listening silent = RawPeer.listen()) {
            WebSocketClient client = WebSocketClient.create();
            String address = "ws://127.0.0.1:" + silent.port() + "/";
            CompletableFuture<String> told = new CompletableFuture<>();
            client.connect(address, new Recorder()).whenComplete((socket, thrown) -> {
                client.close();
                try {
                    client.connectBlocking(address);
                } catch (WebSocketException closed) {
                    told.complete(closed.getMessage());
                }
            });
            silent.accept().readHead();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close);

            assertThat(Ends.await(told)).isEqualTo("the client is closed");
            Ends.await(closed);
        }
    }

    @Test
    void aSecondCloseOfAServerWaitsForTheFirst() {
        WebSocketServer server = WebSocketServer.builder()
                .host("127.0.0.1")
                .webSocket("/", new Recorder())
                .start();
        CompletableFuture<Integer> connectionsAfterTheSecond = new CompletableFuture<>();
        Thread second = new Thread(() -> {
            server.close();
            connectionsAfterTheSecond.complete(server.connections());
        });
        CompletableFuture<Void> first;
        try (RawPeer peer = RawPeer.connect(server.port()).open("/")) {
            first = CompletableFuture.runAsync(() -> server.close(LONG));
            assertThat(peer.readFrame().closeCode()).isEqualTo(1001);
            second.start();
            eventually("the second waits", () -> second.getState() == Thread.State.WAITING);
            assertThat(connectionsAfterTheSecond).isNotDone();
        }

        assertThat(Ends.await(connectionsAfterTheSecond)).isZero();
        Ends.await(first);
    }

    @Test
    void aSecondCloseOfAClientWaitsForTheFirst() {
        WebSocketClient client = WebSocketClient.create();
        CountDownLatch hold = new CountDownLatch(1);
        CompletableFuture<Void> held = new CompletableFuture<>();
        CompletableFuture<Void> first;
        Thread second = new Thread(client::close);
        try (RawPeer.Listening silent = RawPeer.listen()) {
            client.connect("ws://127.0.0.1:" + silent.port() + "/", new Recorder())
                    .whenComplete((socket, thrown) -> {
                        held.complete(null);
                        awaitUninterruptibly(hold);
                    });
            silent.accept().readHead();
            first = CompletableFuture.runAsync(client::close);
            Ends.await(held);
            second.start();
            eventually("the second waits", () -> second.getState() == Thread.State.WAITING);
        } finally {
            hold.countDown();
        }

        Ends.await(first);
        eventually("the second has returned", () -> !second.isAlive());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
