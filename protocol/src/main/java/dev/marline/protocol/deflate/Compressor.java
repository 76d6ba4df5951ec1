package dev.marline.protocol.deflate;

import dev.marline.protocol.extension.PayloadBuffer;
import org.jspecify.annotations.Nullable;

/** What compressing takes beside a connection's window: one serves all connections of a thread, in turn. */
final class Compressor {
    private final BlockWriter blocks = new BlockWriter();
    private final @Nullable SlidingWindow[] windows = new SlidingWindow[SlidingWindow.MAX_BITS + 1];

    /** The thread's own window of this size, for messages without context. */
    SlidingWindow sharedWindow(int bits) {
        SlidingWindow window = windows[bits];
        if (window == null) {
            window = new SlidingWindow(bits);
            windows[bits] = window;
        }
        window.forget();
        return window;
    }

    /** Compresses a message, RFC 7692 §7.2.1. */
    void compress(byte[] bytes, int offset, int length, SlidingWindow window, Effort effort, PayloadBuffer to) {
        window.compress(bytes, offset, length, effort, blocks, to);
        blocks.endMessage(to);
    }
}
