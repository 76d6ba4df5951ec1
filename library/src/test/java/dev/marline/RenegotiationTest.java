package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Certificates;
import dev.marline.testing.Ends;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Neither a server nor a client takes part in a second handshake on a connection of TLS 1.2. The peers are sockets of the JDK. */
class RenegotiationTest {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;

    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new Certificates(folder, "dns:localhost");
    }

    private static WebSocketServer server(TlsProvider provider, Recorder events) {
        return WebSocketServer.builder()
                .host("localhost")
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .tls(ServerTls.of(TlsIdentity.pem(certificates.certificate(), certificates.key()))
                        .provider(provider))
                .webSocket("/", events)
                .start();
    }

    private static WebSocketClient client(TlsProvider provider, HttpVersion version) {
        return WebSocketClient.builder()
                .http(version)
                .tls(ClientTls.trusting(certificates.certificate()).provider(provider))
                .build();
    }

    private static RawPeer.Listening listen(String protocol) {
        return RawPeer.listen(certificates.context(), parameters -> {
            parameters.setProtocols(new String[] {"TLSv1.2"});
            parameters.setApplicationProtocols(new String[] {protocol});
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "BORINGSSL"})
    void aClientThatRenegotiatesOnAWebSocketIsDisconnected(TlsProvider provider) {
        Recorder events = new Recorder();
        try (WebSocketServer server = server(provider, events);
                RawPeer peer = RawPeer.connectTls12(server.port(), certificates.context())) {
            peer.open("/").send(Frame.text("before"));
            events.next("TEXT 'before'");
            peer.renegotiate();

            assertThat(events.nextError()).hasMessageContaining("renegotiate");
            assertThat(events.next("CLOSED")).startsWith("CLOSED 1006");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "BORINGSSL"})
    void overHttp2AClientThatRenegotiatesMakesAProtocolError(TlsProvider provider) {
        Recorder events = new Recorder();
        try (WebSocketServer server = server(provider, events);
                Http2Peer peer = Http2Peer.begin(RawPeer.connectTls12(server.port(), certificates.context(), "h2"))) {
            peer.sendSettings().openWebSocket("/");
            peer.renegotiate();

            assertThat(peer.readEnd()).isEqualTo("GOAWAY PROTOCOL_ERROR");
            assertThat(events.next("CLOSED")).startsWith("CLOSED 1006");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "BORINGSSL"})
    void aServerThatRenegotiatesIsDisconnected(TlsProvider provider) {
        Recorder events = new Recorder();
        try (RawPeer.Listening listening = listen("http/1.1");
                WebSocketClient client = client(provider, HttpVersion.HTTP_1_1)) {
            CompletableFuture<WebSocket> connecting =
                    client.connect("wss://localhost:" + listening.port() + "/", events);
            RawPeer peer = listening.accept().acceptOpening();
            Ends.await(connecting);
            peer.renegotiate();

            assertThat(events.nextError()).hasMessageContaining("renegotiate");
            assertThat(events.next("CLOSED")).startsWith("CLOSED 1006");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "BORINGSSL"})
    void overHttp2AServerThatRenegotiatesMakesAProtocolError(TlsProvider provider) {
        Recorder events = new Recorder();
        try (RawPeer.Listening listening = listen("h2");
                WebSocketClient client = client(provider, HttpVersion.HTTP_2)) {
            CompletableFuture<WebSocket> connecting =
                    client.connect("wss://localhost:" + listening.port() + "/", events);
            Http2Peer peer = Http2Peer.accept(listening.accept());
            Http2Peer.Stream stream =
                    peer.sendSettings(ENABLE_CONNECT_PROTOCOL, 1).readRequest();
            peer.sendFrame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream.id(), Http2Peer.block(":status", "200"));
            Ends.await(connecting);
            peer.renegotiate();

            assertThat(peer.readEnd()).isEqualTo("GOAWAY PROTOCOL_ERROR");
            assertThat(events.next("CLOSED")).startsWith("CLOSED 1006");
        }
    }
}
