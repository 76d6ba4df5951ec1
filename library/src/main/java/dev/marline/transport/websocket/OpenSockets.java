package dev.marline.transport.websocket;

import dev.marline.WebSocket;
import dev.marline.transport.loop.MemoryBudgets;
import dev.marline.transport.loop.PeerLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The WebSockets of a server or a client that are not closed yet, a log that they share, and the memory that they may hold: a list that
 * its members are the links of.
 */
public final class OpenSockets {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final PeerLog log = new PeerLog(LOG);
    private final MemoryBudgets budgets;
    private @Nullable WebSocketHandler first;
    private int size;

    public OpenSockets(MemoryBudgets budgets) {
        this.budgets = budgets;
    }

    MemoryBudgets budgets() {
        return budgets;
    }

    synchronized void add(WebSocketHandler opened) {
        WebSocketHandler next = first;
        opened.nextOpen = next;
        if (next != null) {
            next.previousOpen = opened;
        }
        first = opened;
        size++;
    }

    /** Takes out one that is in. */
    synchronized void remove(WebSocketHandler closed) {
        WebSocketHandler previous = closed.previousOpen;
        WebSocketHandler next = closed.nextOpen;
        if (previous == null) {
            first = next;
        } else {
            previous.nextOpen = next;
        }
        if (next != null) {
            next.previousOpen = previous;
        }
        closed.previousOpen = null;
        closed.nextOpen = null;
        size--;
    }

    /** For what the peers of these sockets can cause at will. */
    PeerLog log() {
        return log;
    }

    public synchronized int size() {
        return size;
    }

    /** Starts the closing handshake on all of them. */
    public void close(int code, String reason) {
        all().forEach(socket -> socket.close(code, reason));
    }

    /** Ends all of them at once. */
    public void abort() {
        all().forEach(WebSocket::abort);
    }

    private synchronized List<WebSocket> all() {
        List<WebSocket> all = new ArrayList<>(size);
        for (WebSocketHandler each = first; each != null; each = each.nextOpen) {
            all.add(each.socket());
        }
        return all;
    }
}
