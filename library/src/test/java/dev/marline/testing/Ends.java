package dev.marline.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.marline.BlockingWebSocket;
import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.Transport;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.Role;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * An open WebSocket with Marline at one end, on whichever side the test is about, and a scripted peer at the other. So that it is
 * soon congested, the systems in between keep little for a peer that does not read.
 */
public final class Ends implements AutoCloseable {
    /** What the system keeps for a peer. Not less: with windows smaller than its packets, large on loopback, TCP proceeds by timeouts. */
    public static final int RECEIVE_BUFFER = 256 * 1024;

    private final Tunnel tunnel;
    private final AutoCloseable owner;
    private final RawPeer peer;
    private final WebSocket socket;
    private final BlockingWebSocket blocking;

    private Ends(Tunnel tunnel, AutoCloseable owner, RawPeer peer, WebSocket socket, BlockingWebSocket blocking) {
        this.tunnel = tunnel;
        this.owner = owner;
        this.peer = peer;
        this.socket = socket;
        this.blocking = blocking;
    }

    public static Ends open(HttpVersion http, Role marline, WebSocketListener listener) {
        return open(http, marline, Limits.DEFAULT, listener);
    }

    public static Ends open(HttpVersion http, Role marline, Limits limits, WebSocketListener listener) {
        return open(http, marline, limits, true, listener);
    }

    /** The same with a transport for Marline's end. */
    public static Ends open(
            HttpVersion http, Role marline, Transport transport, Limits limits, WebSocketListener listener) {
        return open(http, marline, transport, limits, true, listener);
    }

    /** The same with permessage-deflate, which the peer agrees to and a {@link RawDeflate} speaks. */
    public static Ends open(
            HttpVersion http, Role marline, Limits limits, PerMessageDeflate deflate, WebSocketListener listener) {
        return open(http, marline, Transport.AUTO, limits, true, listener, deflate);
    }

    public static Ends open(
            HttpVersion http, Role marline, Limits limits, boolean pauseWhenCongested, WebSocketListener listener) {
        return open(http, marline, Transport.AUTO, limits, pauseWhenCongested, listener);
    }

    private static Ends open(
            HttpVersion http,
            Role marline,
            Transport transport,
            Limits limits,
            boolean pauseWhenCongested,
            WebSocketListener listener,
            Extension... extensions) {
        CompletableFuture<WebSocket> opened = new CompletableFuture<>();
        WebSocketListener told = new Telling(listener, opened);
        if (marline == Role.SERVER) {
            WebSocketServer server = Speaking.server(http)
                    .host("127.0.0.1")
                    .threads(1)
                    .transport(transport)
                    .limits(limits)
                    .extensions(extensions)
                    .pauseReadingWhenCongested(pauseWhenCongested)
                    .webSocket("/", told)
                    .start();
            Tunnel tunnel = Tunnel.toServer(http, server.port());
            RawPeer peer = RawPeer.connect(tunnel.port(), RECEIVE_BUFFER).open("/", offer(extensions));
            return new Ends(tunnel, () -> server.close(Duration.ZERO), peer, await(opened), null);
        }
        RawPeer.Listening listening = RawPeer.listen(InetAddress.getLoopbackAddress(), RECEIVE_BUFFER);
        Tunnel tunnel = Tunnel.toPeer(http, listening.port());
        WebSocketClient client = Speaking.client(http)
                .transport(transport)
                .limits(limits)
                .extensions(extensions)
                .pauseReadingWhenCongested(pauseWhenCongested)
                .build();
        CompletableFuture<WebSocket> connecting = client.connect(Speaking.address(http, tunnel.port()), told);
        RawPeer peer = accept(listening, extensions);
        WebSocket socket = await(connecting);
        return new Ends(
                tunnel,
                () -> {
                    client.close();
                    listening.close();
                },
                peer,
                socket,
                null);
    }

    private static String[] offer(Extension... extensions) {
        return extensions.length == 0 ? new String[0] : new String[] {RawDeflate.OFFER};
    }

    private static RawPeer accept(RawPeer.Listening listening, Extension... extensions) {
        return extensions.length == 0
                ? listening.accept().acceptOpening()
                : listening.accept().acceptCompressing();
    }

    /**
     * The same in the blocking style.
     *
     * @param extensions none, or permessage-deflate as in {@link #open}
     */
    public static Ends openBlocking(HttpVersion http, Role marline, Limits limits, Extension... extensions) {
        if (marline == Role.SERVER) {
            CompletableFuture<BlockingWebSocket> opened = new CompletableFuture<>();
            CountDownLatch over = new CountDownLatch(1);
            WebSocketServer server = Speaking.server(http)
                    .host("127.0.0.1")
                    .threads(1)
                    .limits(limits)
                    .extensions(extensions)
                    .blockingWebSocket("/", socket -> {
                        opened.complete(socket);
                        try {
                            over.await();
                        } catch (InterruptedException closed) {
                            // The server may be the first to say that it is over.
                        }
                    })
                    .start();
            Tunnel tunnel = Tunnel.toServer(http, server.port());
            RawPeer peer = RawPeer.connect(tunnel.port(), RECEIVE_BUFFER).open("/", offer(extensions));
            BlockingWebSocket socket = await(opened);
            return new Ends(
                    tunnel,
                    () -> {
                        over.countDown();
                        server.close(Duration.ZERO);
                    },
                    peer,
                    socket.unblocked(),
                    socket);
        }
        RawPeer.Listening listening = RawPeer.listen(InetAddress.getLoopbackAddress(), RECEIVE_BUFFER);
        Tunnel tunnel = Tunnel.toPeer(http, listening.port());
        WebSocketClient client =
                Speaking.client(http).limits(limits).extensions(extensions).build();
        CompletableFuture<BlockingWebSocket> connecting =
                CompletableFuture.supplyAsync(() -> client.connectBlocking(Speaking.address(http, tunnel.port())));
        RawPeer peer = accept(listening, extensions);
        BlockingWebSocket socket = await(connecting);
        return new Ends(
                tunnel,
                () -> {
                    client.close();
                    listening.close();
                },
                peer,
                socket.unblocked(),
                socket);
    }

    /** The scripted end. */
    public RawPeer peer() {
        return peer;
    }

    /** Marline's end. */
    public WebSocket socket() {
        return socket;
    }

    /** Marline's end in the blocking style. */
    public BlockingWebSocket blocking() {
        return blocking;
    }

    @Override
    public void close() {
        peer.close();
        Logs quiet = Logs.capture(); // that not all was closed in time is no news
        try {
            owner.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            tunnel.close();
            quiet.close();
        }
    }

    /** Waits for a future, {@link Patience#SECONDS} at most. */
    public static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(Patience.SECONDS, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("it has not come", e);
        }
    }

    /** Passes everything on, and tells when the socket is open. */
    private record Telling(WebSocketListener to, CompletableFuture<WebSocket> opened) implements WebSocketListener {
        @Override
        public void onOpen(WebSocket socket) throws Exception {
            opened.complete(socket);
            to.onOpen(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) throws Exception {
            to.onMessage(socket, message);
        }

        @Override
        public void onPing(WebSocket socket, ByteBuffer payload) throws Exception {
            to.onPing(socket, payload);
        }

        @Override
        public void onPong(WebSocket socket, ByteBuffer payload) throws Exception {
            to.onPong(socket, payload);
        }

        @Override
        public void onWritable(WebSocket socket) throws Exception {
            to.onWritable(socket);
        }

        @Override
        public void onError(WebSocket socket, Throwable cause) throws Exception {
            to.onError(socket, cause);
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) throws Exception {
            to.onClose(socket, reason);
        }
    }
}
