package dev.marline.transport.server;

import dev.marline.transport.loop.PeerLog;
import io.netty.util.concurrent.FastThreadLocal;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many connections, and streams of them, a server waits for a request of. For one that is too many, the event loop that it is on
 * ends the one that it has waited for longest: who is slow on purpose is among the oldest, and who is not needs its place for a few
 * round trips. To turn newcomers away would have the slow ones keep out all others.
 */
public final class PendingHandshakes {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private static final FastThreadLocal<Queue> QUEUE = new FastThreadLocal<>() {
        @Override
        protected Queue initialValue() {
            return new Queue();
        }
    };

    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private final PeerLog log = new PeerLog(LOG);

    PendingHandshakes(int most) {
        this.most = most;
    }

    private void warn() {
        log.log(
                Level.WARNING,
                "more than {0} connections have sent no request, maxPendingHandshakes: the oldest are ended",
                most);
    }

    /** Those of one event loop, in the order in which they began to be waited for. */
    private static final class Queue {
        private @Nullable Pending first;
        private @Nullable Pending last;
    }

    /** One connection or stream. Used by its event loop alone. */
    static final class Pending {
        private final PendingHandshakes all;
        private final Queue queue;
        private final Runnable giveUp;
        private @Nullable Pending previous;
        private @Nullable Pending next;
        private boolean waited;

        /**
         * On the event loop that it is of.
         *
         * @param giveUp ends the connection or stream
         */
        Pending(PendingHandshakes all, Runnable giveUp) {
            this.all = all;
            this.queue = QUEUE.get();
            this.giveUp = giveUp;
        }

        /** A request is waited for. */
        void begin() {
            if (waited) {
                return;
            }
            waited = true;
            previous = queue.last;
            if (previous == null) {
                queue.first = this;
            } else {
                previous.next = this;
            }
            queue.last = this;
            Pending oldest = queue.first;
            if (all.count.incrementAndGet() > all.most && oldest != null && oldest != this) {
                all.warn();
                oldest.end();
                oldest.giveUp.run();
            }
        }

        /** It has come, or will not come any more. */
        void end() {
            if (!waited) {
                return;
            }
            waited = false;
            all.count.decrementAndGet();
            if (previous == null) {
                queue.first = next;
            } else {
                previous.next = next;
            }
            if (next == null) {
                queue.last = previous;
            } else {
                next.previous = previous;
            }
            previous = null;
            next = null;
        }
    }
}
