package dev.marline.transport.server;

import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.caller.TrustedProxies;
import dev.marline.transport.http.QuicConnections;
import dev.marline.transport.loop.MemoryBudgets;
import dev.marline.transport.loop.PeerLog;
import dev.marline.transport.websocket.OpenSockets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What the connections of one server share. */
public final class ServerContext {
    /** A constant, so that what it needs is loaded before the server closes: class files may be gone by then. */
    private static final Consumer<Drainable> DRAIN = Drainable::drain;

    static final String SHUTTING_DOWN = "the server is shutting down";

    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final Limits limits;
    private final RequestHandler requests;
    private final Set<HttpVersion> http;
    private final TrustedProxies proxies;
    private final ConnectionCounter counter;
    private final PendingHandshakes pending;
    private final PeerLog log = new PeerLog(LOG);
    private final MemoryBudgets budgets;
    private final OpenSockets sockets;
    private final QuicConnections quicConnections = new QuicConnections();
    private final Set<Drainable> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    /**
     * What the connections share.
     *
     * @param http the versions that are spoken
     */
    ServerContext(
            Limits limits,
            RequestHandler requests,
            Set<HttpVersion> http,
            TrustedProxies proxies,
            ConnectionCounter counter) {
        this.limits = limits;
        this.requests = requests;
        this.http = http;
        this.proxies = proxies;
        this.counter = counter;
        this.budgets = MemoryBudgets.ofServer(limits, proxies::countedAddress);
        this.sockets = new OpenSockets(budgets);
        this.pending = new PendingHandshakes(limits.maxPendingHandshakes());
    }

    Limits limits() {
        return limits;
    }

    RequestHandler requests() {
        return requests;
    }

    TrustedProxies proxies() {
        return proxies;
    }

    ConnectionCounter counter() {
        return counter;
    }

    /** For what clients can cause at will. */
    PeerLog log() {
        return log;
    }

    MemoryBudgets budgets() {
        return budgets;
    }

    PendingHandshakes pending() {
        return pending;
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

    QuicConnections quicConnections() {
        return quicConnections;
    }

    OpenSockets sockets() {
        return sockets;
    }

    /** Whether nobody new is let in. */
    boolean isDraining() {
        return draining;
    }

    void letNobodyIn() {
        draining = true;
    }

    /** Asks all connections to end, once nobody is let in. */
    void drain() {
        connections.forEach(DRAIN);
        sockets.close(1001, SHUTTING_DOWN);
    }

    // Loops go on while others are asked: one that is added after all were asked is asked here.

    /** Adds a connection that is more than one WebSocket's. */
    void add(Drainable connection) {
        connections.add(connection);
        if (draining) {
            connection.drain();
        }
    }

    /** Takes a connection out; whether it was in. */
    boolean remove(Drainable connection) {
        return connections.remove(connection);
    }

    /** What is to be done when a WebSocket has opened. */
    void opened(WebSocket socket) {
        if (draining) {
            socket.close(1001, SHUTTING_DOWN);
        }
    }
}
