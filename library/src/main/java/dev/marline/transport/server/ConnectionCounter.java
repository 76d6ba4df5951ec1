package dev.marline.transport.server;

import dev.marline.Limits;
import dev.marline.transport.caller.TrustedProxies;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts a server's connections, in all and from each address, and knows when there is room for one more. */
public final class ConnectionCounter {
    private final int max;
    private final int maxPerAddress;
    private final int maxStreamsPerAddress;
    private final TrustedProxies exempt;
    private final AtomicInteger total = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<InetAddress, Integer> streamsPerAddress = new ConcurrentHashMap<>();
    private volatile @Nullable CompletableFuture<Void> whenNone;

    ConnectionCounter(Limits limits, TrustedProxies exempt) {
        this.exempt = exempt;
        max = limits.maxConnections();
        maxPerAddress = limits.maxConnectionsPerAddress();
        maxStreamsPerAddress = limits.maxStreamsPerAddress();
    }

    /** Counts a connection in; whether it is within the limits. */
    boolean opened(@Nullable SocketAddress remote) {
        boolean room = total.incrementAndGet() <= max;
        return entered(remote) && room;
    }

    /** Counts, for its address alone, a client that a proxy has connected for; whether it is within the limit. */
    boolean entered(@Nullable SocketAddress client) {
        return countIn(perAddress, client) <= maxPerAddress;
    }

    /** Counts a stream in, for the address that its connection comes from; whether it is within the limit. */
    boolean streamOpened(SocketAddress remote) {
        return countIn(streamsPerAddress, remote) <= maxStreamsPerAddress;
    }

    /** Counts a stream out. */
    void streamClosed(SocketAddress remote) {
        countOut(streamsPerAddress, remote);
    }

    /** Counts it out. */
    void left(@Nullable SocketAddress client) {
        countOut(perAddress, client);
    }

    private int countIn(ConcurrentHashMap<InetAddress, Integer> counts, @Nullable SocketAddress client) {
        InetAddress address = limited(client);
        return address == null ? 0 : counts.merge(address, 1, Integer::sum);
    }

    private void countOut(ConcurrentHashMap<InetAddress, Integer> counts, @Nullable SocketAddress client) {
        InetAddress address = limited(client);
        if (address != null) {
            counts.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Counts it out. */
    void closed(@Nullable SocketAddress remote) {
        left(remote);
        CompletableFuture<Void> waiting = whenNone;
        if (total.decrementAndGet() == 0 && waiting != null) {
            waiting.complete(null);
        }
    }

    /** Completes when all are gone; to be called when no more are let in. */
    CompletableFuture<Void> whenNone() {
        CompletableFuture<Void> waiting = new CompletableFuture<>();
        whenNone = waiting;
        if (total.get() == 0) {
            waiting.complete(null);
        }
        return waiting;
    }

    int total() {
        return total.get();
    }

    private @Nullable InetAddress limited(@Nullable SocketAddress remote) {
        InetAddress address = exempt.countedAddress(remote);
        return address == null || address.isLoopbackAddress() ? null : address;
    }
}
