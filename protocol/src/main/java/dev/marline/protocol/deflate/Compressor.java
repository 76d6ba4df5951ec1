package dev.marline.protocol.deflate;

import dev.marline.protocol.extension.PayloadBuffer;
import org.jspecify.annotations.Nullable;

/** What compressing takes beside a connection's window: one serves all connections of a thread, in turn. */
final class Compressor {
    /** Null while a message is compressed, and after one whose compression has thrown. */
    private @Nullable BlockWriter blocks;

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

    /** Compresses a message, RFC 7692 §7.2.1. If that throws, nothing of the message reaches the next one, another connection's perhaps. */
    void compress(byte[] bytes, int offset, int length, SlidingWindow window, Effort effort, PayloadBuffer to) {
        BlockWriter writer = blocks == null ? new BlockWriter() : blocks;
        blocks = null;
        window.compress(bytes, offset, length, effort, writer, to);
        writer.endMessage(to);
        blocks = writer;
    }
}
