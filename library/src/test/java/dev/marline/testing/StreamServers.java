package dev.marline.testing;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** The same server twice: over HTTP/2 in clear text, beside HTTP/1.1, and over HTTP/3. */
public final class StreamServers implements AutoCloseable {
    private final Map<HttpVersion, WebSocketServer> servers = new EnumMap<>(HttpVersion.class);
    private final Path certificate;

    /** @param folder for a certificate */
    public StreamServers(Path folder, Consumer<WebSocketServer.Builder> routes) {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        certificate = certificates.certificate();
        servers.put(
                HttpVersion.HTTP_2,
                builder(routes).http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2).start());
        servers.put(
                HttpVersion.HTTP_3,
                builder(routes)
                        .http(HttpVersion.HTTP_3)
                        .tls(certificates.certificate(), certificates.key())
                        .start());
    }

    private static WebSocketServer.Builder builder(Consumer<WebSocketServer.Builder> routes) {
        WebSocketServer.Builder builder = WebSocketServer.builder().host("127.0.0.1");
        routes.accept(builder);
        return builder;
    }

    public WebSocketServer server(HttpVersion version) {
        return servers.get(version);
    }

    public StreamPeer connect(HttpVersion version) {
        int port = server(version).port();
        return version == HttpVersion.HTTP_2 ? Http2Peer.connect(port) : Http3Peer.connect(port, certificate);
    }

    @Override
    public void close() {
        servers.values().forEach(WebSocketServer::close);
    }
}
