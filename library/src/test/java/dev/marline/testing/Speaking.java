package dev.marline.testing;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;

/** Marline's two ends, told to speak one version of HTTP and no other: in clear text, but for HTTP/3, which has none. */
public final class Speaking {
    /** For 127.0.0.1, and for {@code localhost}. */
    static final Certificates CERTIFICATES = newCertificates();

    private static final int OF_VIRTUAL_THREADS = 21;

    private Speaking() {}

    /**
     * HTTP/1.1, and of the versions with streams one on older JDKs and the other on newer, so that {@code ./check}, which runs on both, runs
     * all: what differs between JDKs is not theirs. With {@code -Dmarline.http=all}, all.
     */
    static List<HttpVersion> versions() {
        if (System.getProperty("marline.http", "").equals("all")) {
            return List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2, HttpVersion.HTTP_3);
        }
        boolean newer = Runtime.version().feature() >= OF_VIRTUAL_THREADS;
        return List.of(HttpVersion.HTTP_1_1, newer ? HttpVersion.HTTP_3 : HttpVersion.HTTP_2);
    }

    private static Certificates newCertificates() {
        try {
            return new Certificates(Files.createTempDirectory("marline-test"), "dns:localhost,ip:127.0.0.1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static WebSocketServer.Builder server(HttpVersion http) {
        WebSocketServer.Builder builder = WebSocketServer.builder().http(http);
        return http == HttpVersion.HTTP_3 ? builder.tls(CERTIFICATES.certificate(), CERTIFICATES.key()) : builder;
    }

    public static WebSocketClient.Builder client(HttpVersion http) {
        WebSocketClient.Builder builder = WebSocketClient.builder().http(http);
        return http == HttpVersion.HTTP_3 ? builder.trust(CERTIFICATES.certificate()) : builder;
    }

    /** The address of a server on this machine. */
    public static String address(HttpVersion http, int port) {
        return (http == HttpVersion.HTTP_3 ? "wss" : "ws") + "://127.0.0.1:" + port;
    }
}
