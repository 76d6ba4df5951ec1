package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocket;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectingTest {
    private static final int CONNECTIONS = 50;

    @Test
    void connectionsToOneHostAreOpenedOneAtATime() throws Exception {
        AtomicInteger opening = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        WebSocketRoute route = WebSocketRoute.listener((socket, message) -> {}).check(request -> {
            most.accumulateAndGet(opening.incrementAndGet(), Math::max);
            opening.decrementAndGet();
            return HandshakeCheck.accept();
        });
        try (WebSocketServer server =
                        WebSocketServer.builder().webSocket("/", route).start();
                WebSocketClient client = WebSocketClient.builder().threads(2).build()) {
            List<CompletableFuture<WebSocket>> sockets = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                sockets.add(client.connect("ws://127.0.0.1:" + server.port(), (socket, message) -> {}));
            }
            for (CompletableFuture<WebSocket> socket : sockets) {
                assertThat(socket.get(30, TimeUnit.SECONDS).isOpen()).isTrue();
            }
            assertThat(most).hasValue(1);
        }
    }

    /** A name that no resolver here knows, which is why it goes through a proxy; names without a dot are never sent. */
    @Test
    void tlsNamesTheServer(@TempDir Path folder) throws Exception {
        Certificates certificates = new Certificates(folder, "dns:chat.example.com");
        try (ServerSocket proxy = new ServerSocket(0);
                WebSocketClient client = WebSocketClient.builder()
                        .trust(certificates.certificate())
                        .proxy("http://127.0.0.1:" + proxy.getLocalPort())
                        .build()) {
            client.connect("wss://chat.example.com/", (socket, message) -> {});
            proxy.setSoTimeout(30_000);
            try (Socket tunnel = proxy.accept()) {
                tunnel.setSoTimeout(30_000);
                skipHead(tunnel.getInputStream());
                tunnel.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                SSLSocket server =
                        (SSLSocket) certificates.context().getSocketFactory().createSocket(tunnel, null, false);
                server.setUseClientMode(false);
                server.startHandshake();
                assertThat(((ExtendedSSLSession) server.getSession()).getRequestedServerNames())
                        .containsExactly(new SNIHostName("chat.example.com"));
            }
        }
    }

    private static void skipHead(InputStream in) throws IOException {
        for (int last = 0; last != ('\r' << 24 | '\n' << 16 | '\r' << 8 | '\n'); ) {
            last = last << 8 | in.read();
        }
    }
}
