package dev.marline.transport;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the connections of one server share. */
final class ServerContext {
    private final Limits limits;
    private final RequestHandler requests;
    private final Set<HttpVersion> http;
    private final boolean secure;
    private final OpenSockets sockets = new OpenSockets();
    private final QuicConnections quicConnections = new QuicConnections();
    private final Set<Drainable> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;
    private volatile @Nullable String http3Service;

    /**
     * What the connections share.
     *
     * @param http the versions that are spoken
     * @param secure whether over TLS
     */
    ServerContext(Limits limits, RequestHandler requests, Set<HttpVersion> http, boolean secure) {
        this.limits = limits;
        this.requests = requests;
        this.http = http;
        this.secure = secure;
    }

    Limits limits() {
        return limits;
    }

    RequestHandler requests() {
        return requests;
    }

    boolean speaksHttp1() {
        return http.contains(HttpVersion.HTTP_1_1);
    }

    boolean speaksHttp2() {
        return http.contains(HttpVersion.HTTP_2);
    }

    boolean speaksHttp3() {
        return http.contains(HttpVersion.HTTP_3);
    }

    /** Tells clients of the other versions where HTTP/3 is spoken (RFC 9114 §3.1.1). */
    void announceHttp3(int port) {
        http3Service = "h3=\":" + port + "\"; ma=86400";
    }

    @Nullable
    String http3Service() {
        return http3Service;
    }

    /** Whether a client may begin with HTTP/2 because it knows that it is spoken here (RFC 9113 §3.3): over TLS it has ALPN. */
    boolean takesPriorKnowledge() {
        return speaksHttp2() && !secure;
    }

    QuicConnections quicConnections() {
        return quicConnections;
    }

    OpenSockets sockets() {
        return sockets;
    }

    /** The connections that are more than one WebSocket's. */
    Set<Drainable> connections() {
        return connections;
    }

    /** Whether nobody new is let in. */
    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }
}
