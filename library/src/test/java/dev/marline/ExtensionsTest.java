package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import dev.marline.testing.Speaking;
import dev.marline.testing.Tunnel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which extensions a server and a client agree on: what is set, what is offered, and what both ends are told. */
@OverEachHttp
class ExtensionsTest {
    @Parameter
    private HttpVersion http;

    private static final String HEADER = "Sec-WebSocket-Extensions";

    private static final PerMessageDeflate DEFLATE =
            PerMessageDeflate.dedicated().build();
    private static final PerMessageDeflate SHARED = PerMessageDeflate.shared().build();
    private static final PerMessageDeflate SMALL = PerMessageDeflate.dedicated()
            .serverMaxWindowBits(10)
            .clientMaxWindowBits(9)
            .build();

    private static WebSocketRoute echo() {
        return WebSocketRoute.listener((socket, message) -> socket.send(message));
    }

    /** A server that shares a compressor, but for a route with small windows and one without any. */
    private WebSocketServer server() {
        return Speaking.server(http)
                .host("127.0.0.1")
                .extensions(SHARED)
                .webSocket("/", echo())
                .webSocket("/small", echo().extensions(SMALL))
                .webSocket("/none", echo().extensions())
                .start();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            nullValues = "none",
            delimiter = '|',
            value = {
                "/ | permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                "/small | permessage-deflate; server_max_window_bits=10; client_max_window_bits=9",
                "/none | none"
            })
    void aRouteMayHaveOthersThanItsServerOrNone(String path, String answer) {
        try (WebSocketServer server = server();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port())) {
            HttpHead response = peer.sendHead(
                            RawPeer.handshake(path, HEADER + ": permessage-deflate; client_max_window_bits"))
                    .readHead();

            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header(HEADER)).isEqualTo(answer);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            nullValues = "none",
            delimiter = '|',
            value = {
                "none | none",
                "x-unknown | none",
                "permessage-deflate | none",
                "permessage-deflate; client_max_window_bits=8 "
                        + "| permessage-deflate; server_max_window_bits=10; client_max_window_bits=8",
                "permessage-deflate, permessage-deflate; client_max_window_bits; server_max_window_bits=9 "
                        + "| permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
                "permessage-deflate; client_max_window_bits; x=1 | none"
            })
    void theFirstOfferThatCanBeMetIs(String offer, String answer) {
        String[] headers = offer == null ? new String[0] : new String[] {HEADER + ": " + offer};
        try (WebSocketServer server = server();
                Tunnel tunnel = Tunnel.toServer(http, server.port());
                RawPeer peer = RawPeer.connect(tunnel.port())) {
            HttpHead response =
                    peer.sendHead(RawPeer.handshake("/small", headers)).readHead();

            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header(HEADER)).isEqualTo(answer);
        }
    }

    private String offerOf(Extension... extensions) {
        try (RawPeer.Listening listening = RawPeer.listen();
                Tunnel tunnel = Tunnel.toPeer(http, listening.port());
                WebSocketClient client =
                        Speaking.client(http).extensions(extensions).build()) {
            client.connect(Speaking.address(http, tunnel.port()), new Recorder());
            return listening.accept().readHead().header(HEADER);
        }
    }

    @Test
    void aClientOffersWhatItIsSetUpWith() {
        assertThat(offerOf()).isNull();
        assertThat(offerOf(DEFLATE)).isEqualTo("permessage-deflate; client_max_window_bits");
        assertThat(offerOf(SMALL)).isEqualTo("permessage-deflate; server_max_window_bits=10; client_max_window_bits=9");
        assertThat(offerOf(SHARED))
                .isEqualTo("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                        + "client_max_window_bits");
        assertThat(offerOf(PerMessageDeflate.dedicated()
                        .serverMaxWindowBits(9)
                        .fallback(true)
                        .build()))
                .isEqualTo("permessage-deflate; server_max_window_bits=9; client_max_window_bits, "
                        + "permessage-deflate; client_max_window_bits");
    }

    @Test
    void bothEndsKnowWhatIsAgreed() {
        CompletableFuture<Handshake> opened = new CompletableFuture<>();
        WebSocketRoute route = WebSocketRoute.listener(handshake -> {
            opened.complete(handshake);
            return new Recorder();
        });
        try (WebSocketServer server = Speaking.server(http)
                        .extensions(DEFLATE)
                        .webSocket("/", route)
                        .start();
                WebSocketClient client = Speaking.client(http).extensions(SMALL).build();
                BlockingWebSocket socket = client.connectBlocking(Speaking.address(http, server.port()))) {
            String agreed = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9";

            assertThat(socket.unblocked().handshake().response().first(HEADER)).contains(agreed);
            assertThat(Ends.await(opened).response().first(HEADER)).contains(agreed);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "permessage-deflate",
        "permessage-deflate; server_max_window_bits=11; client_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits",
        "x-unknown"
    })
    void anAnswerThatDoesNotFitTheOfferFailsTheConnection(String answer) {
        try (RawPeer.Listening listening = RawPeer.listen();
                Tunnel tunnel = Tunnel.toPeer(http, listening.port());
                WebSocketClient client = Speaking.client(http).extensions(SMALL).build()) {
            CompletableFuture<WebSocket> connecting =
                    client.connect(Speaking.address(http, tunnel.port()), new Recorder());
            listening.accept().acceptOpening(HEADER + ": " + answer);

            CompletionException failed = catchThrowableOfType(CompletionException.class, connecting::join);
            assertThat(failed.getCause()).isInstanceOf(HandshakeException.class).hasMessageContaining(answer);
        }
    }
}
