package dev.marline.transport.loop;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of all connections of one event loop: a wheel of lists, turned by one timer while there is anything in it. Setting
 * a deadline is a few assignments and no allocation; deadlines are met to the tenth of a second, never early.
 */
public final class DeadlineWheel {
    /** A handler with one deadline. */
    public abstract static class Timed extends ChannelInboundHandlerAdapter {
        private long deadline = NONE;
        private @Nullable Timed previous;
        private @Nullable Timed next;

        /** A deadline has passed, perhaps one that was removed in the same moment; none is set any more. */
        public abstract void onDeadline(long now);

        /** {@link #onDeadline} has thrown: ends what the deadline was for. */
        public abstract void onThrown(Throwable thrown);
    }

    static final long NONE = Long.MAX_VALUE;

    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLOTS = 512;

    private final EventExecutor loop;
    private final Runnable turn = this::turn;
    private final @Nullable Timed[] slots = new Timed[SLOTS];
    private final @Nullable Timed[] expired = new Timed[64];
    private long turned;
    private int size;
    private boolean turning;

    DeadlineWheel(EventExecutor loop) {
        this.loop = loop;
    }

    /** Sets a handler's deadline, {@link #NONE} for none. */
    public void set(Timed timed, long deadline) {
        if (timed.deadline == deadline) {
            return;
        }
        remove(timed);
        if (deadline != NONE) {
            insert(timed, deadline);
        }
    }

    public void remove(Timed timed) {
        if (timed.deadline == NONE) {
            return;
        }
        if (timed.previous != null) {
            timed.previous.next = timed.next;
        } else {
            slots[slot(timed.deadline)] = timed.next;
        }
        if (timed.next != null) {
            timed.next.previous = timed.previous;
        }
        timed.previous = null;
        timed.next = null;
        timed.deadline = NONE;
        size--;
    }

    private void insert(Timed timed, long deadline) {
        if (size == 0 && !turning) {
            turned = LoopContext.nanoTime() / TICK;
        }
        // One that has passed already is met by the next turn, and not when its slot comes round again.
        timed.deadline = Math.max(deadline, (turned + 1) * TICK);
        int slot = slot(timed.deadline);
        Timed first = slots[slot];
        timed.next = first;
        if (first != null) {
            first.previous = timed;
        }
        slots[slot] = timed;
        size++;
        if (!turning) {
            scheduleTurn();
        }
    }

    /** Whether there are deadlines, and the event loop could not be told to look after them. */
    boolean isStopped() {
        return size > 0 && !turning;
    }

    /** Has the event loop look after the deadlines, if it has the memory for that. */
    void scheduleTurn() {
        try {
            loop.schedule(turn, TICK - LoopContext.nanoTime() % TICK, TimeUnit.NANOSECONDS);
            turning = true;
        } catch (Error thrown) {
            ErrorGuard.log(ErrorGuard.Source.DEADLINE, thrown);
        }
    }

    /** A deadline belongs to the first tick that is not before it. */
    private static int slot(long deadline) {
        return (int) ((deadline + TICK - 1) / TICK % SLOTS);
    }

    private void turn() {
        long now = LoopContext.nanoTime();
        long until = now / TICK;
        // After a long stop of the process, once round is enough to meet every slot.
        long from = Math.max(turned + 1, until - SLOTS + 1);
        turned = until; // what is set from here on is the next turn's
        for (long tick = from; tick <= until; tick++) {
            expire((int) (tick % SLOTS), now);
        }
        turning = false;
        if (size > 0) {
            scheduleTurn();
        }
    }

    private void expire(int slot, long now) {
        int count;
        do {
            // Taken out first and called afterwards: a call may set and remove deadlines, its own and its neighbours'.
            count = takeExpired(slot, now);
            for (int i = 0; i < count; i++) {
                Timed each = Objects.requireNonNull(expired[i]);
                expired[i] = null;
                call(each, now);
            }
        } while (count == expired.length);
    }

    private int takeExpired(int slot, long now) {
        int count = 0;
        for (Timed each = slots[slot]; each != null && count < expired.length; ) {
            Timed following = each.next;
            if (each.deadline <= now) {
                remove(each);
                expired[count++] = each;
            }
            each = following;
        }
        return count;
    }

    private void call(Timed expired, long now) {
        try {
            FaultInjection.at(FaultInjection.Place.DEADLINE);
            expired.onDeadline(now);
        } catch (Throwable thrown) {
            ErrorGuard.log(ErrorGuard.Source.DEADLINE, thrown);
            try {
                expired.onThrown(thrown);
            } catch (Throwable again) {
                set(expired, now + TICK);
            }
        }
    }
}
