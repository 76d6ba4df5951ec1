package dev.marline.foreign;

import static dev.marline.testing.RunningProgram.PATIENCE_SECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HttpResponse;
import dev.marline.server.Listener;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A server of Marline's that speaks HTTP/1.1 and HTTP/2: at {@code /talk} a WebSocket for a test to talk on, at {@code /echo} an echo, at {@code /page} a page. */
final class MarlineServer implements AutoCloseable {
    static final String PAGE = "<!doctype html><title>Möwe</title>\n";

    private static final Listener LOCALHOST = Listener.tcp("localhost", 0);

    private final BlockingQueue<MarlineEnd> accepted = new LinkedBlockingQueue<>();
    private final WebSocketServer server;

    private MarlineServer(
            WebSocketServer.Builder builder, Listener listener, List<Extension> extensions, String... subprotocols) {
        WebSocketRoute talk = WebSocketRoute.listener(handshake -> {
            MarlineEnd end = new MarlineEnd();
            accepted.add(end);
            return end;
        });
        for (int i = 0; i < extensions.size(); i++) {
            builder.webSocket("/talk/" + i, talk.extensions(extensions.get(i)));
        }
        server = builder.listen(listener)
                .limits(Setup.LIMITS)
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .webSocket("/talk", talk.subprotocols(subprotocols))
                .webSocket("/echo", (socket, message) -> socket.send(message))
                .get("/page", request -> HttpResponse.html(PAGE))
                .start();
    }

    static MarlineServer start() {
        return start(Setup.PLAIN);
    }

    static MarlineServer start(Setup setup) {
        return start(setup, LOCALHOST);
    }

    static MarlineServer start(Setup setup, Listener listener) {
        WebSocketServer.Builder builder = WebSocketServer.builder().allowOrigins(Setup.ORIGIN);
        if (setup.tls() != null) {
            builder.tls(setup.tls().certificate(), setup.tls().key());
        }
        return start(builder, listener, setup.spoken().toArray(String[]::new));
    }

    static MarlineServer start(WebSocketServer.Builder builder) {
        return start(builder, LOCALHOST);
    }

    static MarlineServer start(WebSocketServer.Builder builder, Listener listener, String... subprotocols) {
        return new MarlineServer(builder, listener, List.of(), subprotocols);
    }

    /** One where each of these extensions has a WebSocket of its own to talk on: {@code /talk/0}, {@code /talk/1} and so on. */
    static MarlineServer start(List<Extension> extensions) {
        return new MarlineServer(WebSocketServer.builder(), LOCALHOST, extensions);
    }

    int port() {
        return server.port();
    }

    /** The first that it listens on. */
    SocketAddress address() {
        return server.addresses().get(0);
    }

    int connections() {
        return server.connections();
    }

    /** The next WebSocket to talk on that a client has opened. */
    MarlineEnd accept() {
        try {
            MarlineEnd end = accepted.poll(PATIENCE_SECONDS, SECONDS);
            if (end == null) {
                throw new AssertionError("nobody has connected");
            }
            return end;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
