package dev.marline.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocket;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
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
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectingTest {
    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:chat.example.com,dns:chat,ip:127.0.0.1");
    }

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

    /** Names that no resolver here knows, which is why they go through a proxy. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "JDK, chat.example.com, chat.example.com",
        "JDK, chat.example.com., chat.example.com",
        "JDK, chat, chat",
        "JDK, chat., chat",
        "JDK, 127.0.0.1, ",
        "BORINGSSL, chat.example.com, chat.example.com",
        "BORINGSSL, chat.example.com., chat.example.com",
        "BORINGSSL, chat, chat",
        "BORINGSSL, chat., chat",
        "BORINGSSL, 127.0.0.1, "
    })
    void tlsNamesTheServer(TlsProvider provider, String host, String sent) throws Exception {
        try (ServerSocket proxy = new ServerSocket(0);
                WebSocketClient client = WebSocketClient.builder()
                        .tls(ClientTls.trusting(certificates.certificate()).provider(provider))
                        .http(HttpVersion.HTTP_1_1)
                        .proxy("http://127.0.0.1:" + proxy.getLocalPort())
                        .build()) {
            client.connect("wss://" + host + "/", (socket, message) -> {});
            proxy.setSoTimeout(30_000);
            try (Socket tunnel = proxy.accept()) {
                tunnel.setSoTimeout(30_000);
                skipHead(tunnel.getInputStream());
                tunnel.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                SSLSocket server =
                        (SSLSocket) certificates.context().getSocketFactory().createSocket(tunnel, null, false);
                server.setUseClientMode(false);
                server.startHandshake();
                List<SNIServerName> names = ((ExtendedSSLSession) server.getSession()).getRequestedServerNames();
                assertThat(names).isEqualTo(sent == null ? List.of() : List.of(new SNIHostName(sent)));
                // The request: the certificate is the right one for the name.
                assertThat(server.getInputStream().read()).isEqualTo('G');
            }
        }
    }

    @Test
    void tlsOfQuicNamesTheServerWithoutItsTrailingDot(@TempDir Path other) throws Exception {
        Certificates fallback = new Certificates(other, "dns:other.example");
        ServerTls tls = ServerTls.of(TlsIdentity.pem(fallback.certificate(), fallback.key()))
                .forName("chat.example.com", TlsIdentity.pem(certificates.certificate(), certificates.key()));
        try (WebSocketServer server = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .http(HttpVersion.HTTP_3)
                        .tls(tls)
                        .webSocket("/", (socket, message) -> {})
                        .start();
                WebSocketClient client = WebSocketClient.builder()
                        .http(HttpVersion.HTTP_3)
                        .trust(certificates.certificate())
                        .resolver(host -> List.of(InetAddress.getLoopbackAddress()))
                        .build()) {
            String address = "wss://chat.example.com.:" + server.port() + "/";
            assertThat(client.connect(address, (socket, message) -> {})
                            .get(30, TimeUnit.SECONDS)
                            .isOpen())
                    .isTrue();
        }
    }

    private static void skipHead(InputStream in) throws IOException {
        for (int last = 0; last != ('\r' << 24 | '\n' << 16 | '\r' << 8 | '\n'); ) {
            last = last << 8 | in.read();
        }
    }
}
