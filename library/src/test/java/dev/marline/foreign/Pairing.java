package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Marline and a peer that was not written here, one the client and one the server. */
enum Pairing {
    WS_CLIENT(true, true, HttpVersion.HTTP_1_1, "node ws-client.mjs"),
    WS_SERVER(false, true, HttpVersion.HTTP_1_1, "node ws-server.mjs"),
    WS_HTTP2_CLIENT(true, true, HttpVersion.HTTP_2, "node ws-http2-client.mjs"),
    WS_HTTP2_SERVER(false, true, HttpVersion.HTTP_2, "node ws-http2-server.mjs"),
    PYTHON_CLIENT(true, true, HttpVersion.HTTP_1_1, "python3 python_peer.py"),
    PYTHON_SERVER(false, true, HttpVersion.HTTP_1_1, "python3 python_peer.py"),
    UNDICI_CLIENT(true, false, HttpVersion.HTTP_1_1, "node undici-client.mjs"),
    /** It sends a Sec-WebSocket-Key over HTTP/2, too, and wants the answer to it. */
    UNDICI_HTTP2_CLIENT(true, false, HttpVersion.HTTP_2, "node undici-http2-client.mjs"),
    /** Node's own client. */
    NODE_CLIENT(true, false, HttpVersion.HTTP_1_1, "node node-client.mjs");

    /** Whether the foreign end is the client. */
    final boolean foreignIsClient;

    /** Whether the foreign end can send fragments, Pings and raw bytes; the browsers' API has none of these. */
    final boolean foreignHasFrames;

    /** The version of HTTP that the foreign end speaks; Marline speaks both. */
    final HttpVersion http;

    private final String command;

    Pairing(boolean foreignIsClient, boolean foreignHasFrames, HttpVersion http, String command) {
        this.foreignIsClient = foreignIsClient;
        this.foreignHasFrames = foreignHasFrames;
        this.http = http;
        this.command = command;
    }

    static Stream<Pairing> withForeignClient() {
        return Stream.of(values()).filter(pairing -> pairing.foreignIsClient);
    }

    /** Not undici over HTTP/2, which does not tell anybody that it was refused, whoever refuses it. */
    static Stream<Pairing> withForeignClientThatTellsRefusals() {
        return withForeignClient().filter(pairing -> pairing != UNDICI_HTTP2_CLIENT);
    }

    static Stream<Pairing> withForeignServer() {
        return Stream.of(values()).filter(pairing -> !pairing.foreignIsClient);
    }

    static Stream<Pairing> withFrames() {
        return Stream.of(values()).filter(pairing -> pairing.foreignHasFrames);
    }

    /** An open WebSocket between the two. */
    Pair open(Setup setup) {
        return foreignIsClient ? openFromForeign(setup) : openFromMarline(setup);
    }

    private Pair openFromForeign(Setup setup) {
        MarlineServer server = MarlineServer.start(setup);
        ForeignEnd peer = connect(setup, setup.address(server.port()));
        String subprotocol = peer.awaitOpen();
        MarlineEnd marline = server.accept();
        assertThat(marline.handshake().request().version()).isEqualTo(http);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        marline.handshake().request().headers().forEach(field -> headers.put(field.name(), field.value()));
        return new Pair(marline, peer, subprotocol, headers, server);
    }

    /** The foreign client, on its way to an address. */
    ForeignEnd connect(Setup setup, String address, String... options) {
        List<String> arguments = new ArrayList<>(List.of(address));
        arguments.addAll(List.of(options));
        setup.offered().forEach(name -> arguments.addAll(List.of("--subprotocol", name)));
        setup.headers().forEach((name, value) -> arguments.addAll(List.of("--header", name + ": " + value)));
        return ForeignEnd.start(command, setup, arguments);
    }

    private Pair openFromMarline(Setup setup) {
        ForeignEnd peer = listen(setup);
        WebSocketClient client = client(setup).build();
        MarlineEnd marline = MarlineClient.connect(client, setup.address(peer.port()));
        assertThat(marline.handshake().request().version()).isEqualTo(http);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        String subprotocol = peer.awaitOpen(headers);
        return new Pair(marline, peer, subprotocol, headers, client);
    }

    /** A client of Marline's for the foreign server. */
    WebSocketClient.Builder client(Setup setup) {
        return MarlineClient.builder(setup, http);
    }

    /** The foreign server. */
    ForeignEnd listen(Setup setup, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        setup.spoken().forEach(name -> arguments.addAll(List.of("--subprotocol", name)));
        if (setup.tls() != null) {
            arguments.addAll(List.of(
                    "--cert", setup.tls().certificate().toString(),
                    "--key", setup.tls().key().toString()));
        }
        return ForeignEnd.start(command, setup, arguments);
    }

    /** The foreign server as an echo, which asks for permessage-deflate with the parameters that are the query of the address. */
    ForeignEnd listenToEcho() {
        return ForeignEnd.start(command, Setup.PLAIN, List.of("--echo"));
    }

    /** The foreign client as an echo, which is told with {@link Said#connect} to which paths of a server to connect. */
    ForeignEnd echoTo(int port) {
        return ForeignEnd.start(command, Setup.PLAIN, List.of("--echo", "ws://localhost:" + port));
    }

    /** Bytes of a frame as the foreign end may send it: a client masks, here with zeros, which changes nothing. */
    String frame(int firstByte, String payload) {
        return frame(firstByte, payload, foreignIsClient);
    }

    /** The same, masked or not. */
    String frame(int firstByte, String payload, boolean masked) {
        int length = payload.length() / 2;
        return "%02x%02x".formatted(firstByte, masked ? length | 0x80 : length) + (masked ? "00000000" : "") + payload;
    }

    /**
     * A WebSocket between the two.
     *
     * @param subprotocol what the foreign end says that was agreed on, "" for none
     * @param requestHeaders what the server says that the client has sent
     */
    record Pair(
            MarlineEnd marline,
            ForeignEnd peer,
            String subprotocol,
            Map<String, String> requestHeaders,
            AutoCloseable owner)
            implements AutoCloseable {

        @Override
        public void close() {
            peer.close();
            try {
                owner.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
