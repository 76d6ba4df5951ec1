package dev.marline.transport.loop;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
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
    }

    static final long NONE = Long.MAX_VALUE;

    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLOTS = 512;

    private final EventExecutor loop;
    private final @Nullable Timed[] slots = new Timed[SLOTS];
    private final List<Timed> expired = new ArrayList<>();
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
        if (!turning) {
            turning = true;
            turned = LoopContext.nanoTime() / TICK;
            loop.schedule(this::turn, TICK, TimeUnit.NANOSECONDS);
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
    }

    /** A deadline belongs to the first tick that is not before it. */
    private static int slot(long deadline) {
        return (int) ((deadline + TICK - 1) / TICK % SLOTS);
    }

    private void turn() {
        long now = LoopContext.nanoTime();
        long until = now / TICK;
        // After a long stop of the process, once round is enough to meet every slot.
        for (long tick = Math.max(turned + 1, until - SLOTS + 1); tick <= until; tick++) {
            expire((int) (tick % SLOTS), now);
        }
        turned = until;
        turning = size > 0;
        if (turning) {
            loop.schedule(this::turn, TICK - now % TICK, TimeUnit.NANOSECONDS);
        }
    }

    private void expire(int slot, long now) {
        // Taken out first and called afterwards: a call may set and remove deadlines, its own and its neighbours'.
        for (Timed each = slots[slot]; each != null; ) {
            Timed following = each.next;
            if (each.deadline <= now) {
                remove(each);
                expired.add(each);
            }
            each = following;
        }
        for (int i = 0; i < expired.size(); i++) {
            expired.get(i).onDeadline(now);
        }
        expired.clear();
    }
}
