package dev.marline.protocol.deflate;

import java.util.ArrayDeque;
import java.util.zip.Inflater;

/**
 * The inflaters of a thread: a message has one while it is under way, and most are under way for less than a callback. When no
 * connection is left that may need one, their native memory is given back.
 */
final class Inflaters {
    /** What an inflater takes of native memory: its state, and a window of 32 KiB. */
    static final int MEMORY = 40 * 1024;

    private static final int MAX_IDLE = 4;

    private final ArrayDeque<Inflater> idle = new ArrayDeque<>(MAX_IDLE);
    private int users;

    /** One more connection may need inflaters. */
    void join() {
        users++;
    }

    /** One connection less may need them. */
    void leave() {
        if (--users == 0) {
            idle.forEach(Inflater::end);
            idle.clear();
        }
    }

    /** One that has just begun. */
    Inflater take() {
        Inflater inflater = idle.pollLast();
        return inflater == null ? new Inflater(true) : inflater;
    }

    void give(Inflater inflater) {
        if (users > 0 && idle.size() < MAX_IDLE) {
            inflater.reset();
            idle.addLast(inflater);
        } else {
            inflater.end();
        }
    }
}
