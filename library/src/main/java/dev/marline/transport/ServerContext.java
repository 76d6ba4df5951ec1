package dev.marline.transport;

import dev.marline.Limits;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the connections of one server share. */
final class ServerContext {
    private final Limits limits;
    private final RequestHandler requests;
    private final OpenSockets sockets = new OpenSockets();
    private final Set<HttpConnectionHandler> httpConnections = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    ServerContext(Limits limits, RequestHandler requests) {
        this.limits = limits;
        this.requests = requests;
    }

    Limits limits() {
        return limits;
    }

    RequestHandler requests() {
        return requests;
    }

    OpenSockets sockets() {
        return sockets;
    }

    /** The connections that are not WebSockets. */
    Set<HttpConnectionHandler> httpConnections() {
        return httpConnections;
    }

    /** Whether nobody new is let in. */
    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }
}
