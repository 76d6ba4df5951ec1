package dev.marline.protocol.deflate;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the memory that connections hold between messages, and says when there is no more for them. For any thread. */
final class MemoryBudget {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** A part of the budget that somebody has. */
    final class Reservation {
        private long bytes;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        /** Gives it back; may be called twice. */
        void release() {
            used.addAndGet(-bytes);
            bytes = 0;
        }
    }

    long limit() {
        return limit;
    }

    long used() {
        return used.get();
    }

    /** Whether there is room for what is held between messages; a quarter is kept for messages that are under way. */
    boolean hasRoomBetweenMessages(long bytes) {
        return used.get() + bytes <= limit - limit / 4;
    }

    boolean hasRoom(long bytes) {
        return used.get() + bytes <= limit;
    }

    /** Takes bytes whether there is room or not. */
    Reservation reserve(long bytes) {
        Reservation reservation = new Reservation(bytes);
        used.addAndGet(bytes);
        return reservation;
    }
}
