package dev.marline.bench.load;

import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Opens many connections to one server, all of them on one event loop. */
final class LoadClient implements AutoCloseable {
    /**
     * A client has one connection at a time opening to an address (RFC 6455 §4.1). Loopback has many addresses, so that as many
     * handshakes can be on the way, and more connections than one address has ports.
     */
    private static final int ADDRESSES = 16;

    private static final int AT_ONCE = 500;
    private static final long TIMEOUT_SECONDS = 60;

    /** No Pings: nothing but the load is to be sent. */
    private static final Limits LIMITS =
            Limits.DEFAULT.withMaxMessageBytes(4 * 1024 * 1024).withPingInterval(Duration.ZERO);

    private final WebSocketClient client;
    private final boolean deflate;
    private final List<String> origins;

    LoadClient(ServerProcess server) {
        // What a server that listens on all addresses sends over UDP comes from the first of loopback's.
        this(server, server.server().http() == HttpVersion.HTTP_3 ? 1 : ADDRESSES);
    }

    /** One that reaches the server at one address, so that WebSockets that can share a connection share one. */
    static LoadClient ofOneOrigin(ServerProcess server) {
        return new LoadClient(server, 1);
    }

    private LoadClient(ServerProcess server, int addresses) {
        deflate = server.settings().compression().isOn();
        boolean tls = server.settings().keyStore() != null;
        // Servers stop reading while what they send is not taken:
        // if the client did too, both could wait for each other.
        WebSocketClient.Builder builder = WebSocketClient.builder()
                .limits(LIMITS)
                .pauseReadingWhenCongested(false)
                .http(server.server().http());
        if (deflate) {
            builder.extensions(PerMessageDeflate.dedicated().build());
        }
        if (tls) {
            builder.insecure();
        }
        client = builder.build();
        origins = origins(server, tls ? "wss" : "ws", addresses);
    }

    private static List<String> origins(ServerProcess server, String scheme, int wanted) {
        int addresses = server.listensOn("127.0.0." + wanted) ? wanted : 1;
        List<String> origins = new ArrayList<>();
        for (int i = 1; i <= addresses; i++) {
            origins.add(scheme + "://127.0.0." + i + ":" + server.port());
        }
        return origins;
    }

    /**
     * Opens connections.
     *
     * @param listeners of each by its number
     */
    List<WebSocket> open(int count, String path, IntFunction<WebSocketListener> listeners) throws InterruptedException {
        List<WebSocket> sockets = new ArrayList<>(count);
        while (sockets.size() < count) {
            List<CompletableFuture<WebSocket>> opening = new ArrayList<>();
            for (int i = sockets.size(); i < Math.min(count, sockets.size() + AT_ONCE); i++) {
                opening.add(client.connect(origins.get(i % origins.size()) + path, listeners.apply(i)));
            }
            for (CompletableFuture<WebSocket> each : opening) {
                sockets.add(await(each));
            }
        }
        if (deflate) {
            sockets.forEach(LoadClient::requireDeflate);
        }
        return sockets;
    }

    private static void requireDeflate(WebSocket socket) {
        if (!socket.handshake().response().contains("Sec-WebSocket-Extensions")) {
            throw new LoadException("the server does not accept permessage-deflate");
        }
    }

    /** Waits until a connection is open, or could not be opened. */
    static <T> T await(CompletableFuture<T> opening) throws InterruptedException {
        try {
            return opening.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new LoadException("a connection could not be opened", e.getCause());
        } catch (TimeoutException e) {
            throw new LoadException("a connection was not open within " + TIMEOUT_SECONDS + " s", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
