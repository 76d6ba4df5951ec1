package dev.marline.transport.client;

import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.LoopContext;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of a host's addresses that answers: Happy Eyeballs, RFC 8305. The next one is tried when one has failed, or has
 * not answered for a quarter of a second; then both run. All of it on one event loop.
 */
public final class ConnectionRace extends DeadlineWheel.Timed {
    /** RFC 8305 §5: "a fixed delay (for example, 250 milliseconds)" between attempts. */
    private static final long DELAY_MILLIS = 250;

    /** Begins to connect to an address. */
    @FunctionalInterface
    interface Start {
        void connect(SocketAddress remote, Contender contender);
    }

    private final EventLoop loop;
    private final OpeningAttempt attempt;
    private final Deque<SocketAddress> left;
    private final Start start;
    private final List<Contender> running = new ArrayList<>(1);
    private final Map<SocketAddress, Throwable> failures = new LinkedHashMap<>();
    private @Nullable Future<?> delay;
    private boolean over;

    /** @param remotes in the order in which they are tried */
    ConnectionRace(EventLoop loop, OpeningAttempt attempt, Collection<SocketAddress> remotes, Start start) {
        this.loop = loop;
        this.attempt = attempt;
        this.left = new ArrayDeque<>(remotes);
        this.start = start;
    }

    /** RFC 8305 §4: the families alternate, so that one which leads nowhere does not hold up the other; the first stays the first. */
    static List<InetAddress> interleaved(List<InetAddress> addresses) {
        Deque<InetAddress> first = new ArrayDeque<>();
        Deque<InetAddress> other = new ArrayDeque<>();
        for (InetAddress address : addresses) {
            boolean ofFirstFamily = address.getClass().equals(addresses.get(0).getClass());
            (ofFirstFamily ? first : other).add(address);
        }
        List<InetAddress> interleaved = new ArrayList<>(addresses.size());
        while (!first.isEmpty() || !other.isEmpty()) {
            Deque<InetAddress> next =
                    first.isEmpty() || (interleaved.size() % 2 == 1 && !other.isEmpty()) ? other : first;
            interleaved.add(next.remove());
        }
        return interleaved;
    }

    /** Begins, on the event loop. */
    void begin() {
        execute(() -> {
            LoopContext.of(loop).deadlines.set(this, attempt.deadline().nanos());
            attempt.opened().whenComplete((socket, thrown) -> execute(this::end));
            next();
        });
    }

    private void execute(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            attempt.fail(ClientTransport.closed());
        }
    }

    private void next() {
        SocketAddress remote = over ? null : left.poll();
        if (remote == null) {
            return;
        }
        if (!left.isEmpty()) {
            delay = loop.schedule(this::next, DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
        Contender contender = new Contender(remote);
        running.add(contender);
        start.connect(remote, contender);
    }

    private void end() {
        over = true;
        LoopContext.of(loop).deadlines.remove(this);
        cancelDelay();
        List<Contender> losers = List.copyOf(running);
        // First: a channel that is closed says at once that it has failed.
        running.clear();
        losers.forEach(Contender::close);
    }

    private void cancelDelay() {
        if (delay != null) {
            delay.cancel(false);
        }
    }

    @Override
    public void onDeadline(long now) {
        attempt.failTimedOut();
    }

    @Override
    public void onThrown(Throwable thrown) {
        attempt.failThrown(thrown);
    }

    /** An attempt at one address. */
    final class Contender {
        private final SocketAddress remote;
        private @Nullable Channel channel;

        private Contender(SocketAddress remote) {
            this.remote = remote;
        }

        /** Has a channel closed if this one does not win. */
        void with(Channel connecting) {
            channel = connecting;
            if (!running.contains(this)) {
                close();
            }
        }

        /** It is connected: whether it is the first. All others are given up then. */
        boolean wins() {
            if (!running.remove(this)) {
                return false;
            }
            end();
            return true;
        }

        /** It has failed. In any thread: where there is no descriptor for a channel, there is no event loop either that would tell. */
        void failed(Throwable cause) {
            execute(() -> lose(cause));
        }

        private void lose(Throwable cause) {
            if (!running.remove(this)) {
                return;
            }
            failures.put(remote, cause);
            if (!left.isEmpty()) {
                cancelDelay();
                next();
            } else if (running.isEmpty()) {
                end();
                attempt.failCannotConnect(failures);
            }
        }

        private void close() {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
