package dev.marline.transport.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Serializes the attempts to connect to one destination: an IP address and port, or the host name and port that a proxy is given.
 * RFC 6455 §4.1: "the client MUST serialize them so that there is no more than one connection at a time running through the following
 * steps", lest a program opens a flood of connections to a victim that never accepts them.
 *
 * <p>An attempt holds nothing while it waits: a destination that does not answer delays no attempt to another one.
 */
public final class ConnectingQueue {
    private static final class Waiting {
        final Set<String> destinations;
        final Runnable attempt;

        Waiting(Set<String> destinations, Runnable attempt) {
            this.destinations = destinations;
            this.attempt = attempt;
        }
    }

    private final Executor executor;
    private final Set<String> busy = new HashSet<>();

    /** Attempts in the order of their arrival, each in the line of all its destinations. */
    private final Map<String, Set<Waiting>> lines = new HashMap<>();

    /** @param executor runs attempts that had to wait */
    ConnectingQueue(Executor executor) {
        this.executor = executor;
    }

    /**
     * Runs an attempt that may connect to any of these destinations, now or as soon as no other attempt connects to one of them. The
     * attempt ends with {@link #leave}.
     */
    void enter(Collection<String> destinations, Runnable attempt) {
        Waiting entering = new Waiting(Set.copyOf(destinations), attempt);
        synchronized (busy) {
            if (!start(entering)) {
                for (String each : entering.destinations) {
                    lines.computeIfAbsent(each, destination -> new LinkedHashSet<>())
                            .add(entering);
                }
                return;
            }
        }
        attempt.run();
    }

    /** Ends an attempt, whether it has succeeded or failed: the next one has its turn. */
    void leave(Collection<String> destinations) {
        List<Runnable> next = new ArrayList<>(1);
        synchronized (busy) {
            busy.removeAll(Set.copyOf(destinations));
            for (String each : destinations) {
                Waiting first = startFirst(lines.get(each));
                if (first != null) {
                    next.add(first.attempt);
                }
            }
        }
        next.forEach(executor::execute);
    }

    private @Nullable Waiting startFirst(@Nullable Set<Waiting> line) {
        if (line == null) {
            return null;
        }
        for (Waiting each : line) {
            if (start(each)) {
                each.destinations.forEach(destination -> removeFromLine(destination, each));
                return each;
            }
        }
        return null;
    }

    private void removeFromLine(String destination, Waiting started) {
        lines.computeIfPresent(destination, (key, line) -> {
            line.remove(started);
            return line.isEmpty() ? null : line;
        });
    }

    /** Takes all destinations of an attempt, or none. */
    private boolean start(Waiting attempt) {
        return attempt.destinations.stream().noneMatch(busy::contains) && busy.addAll(attempt.destinations);
    }
}
