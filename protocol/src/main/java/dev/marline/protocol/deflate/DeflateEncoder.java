package dev.marline.protocol.deflate;

import dev.marline.protocol.Memory;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.extension.PayloadBuffer;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Compresses the messages of one end: RFC 7692 §7.2.1. It holds a window from its first message on, if it has a context at all. */
final class DeflateEncoder implements MessageEncoder {
    private final Compressor compressor;
    private final boolean contextTakeover;
    private final int windowBits;
    private final Effort effort;
    private final int threshold;
    private final MemoryBudget budget;
    private final Savings savings;
    private @Nullable SlidingWindow window;
    private MemoryBudget.@Nullable Reservation reserved;

    /**
     * An encoder.
     *
     * @param contextTakeover whether messages refer to earlier ones
     * @param maxWindowBits how far back they may refer, as a power of two
     * @param threshold messages with fewer bytes are not compressed
     */
    DeflateEncoder(
            Memory memory,
            boolean contextTakeover,
            int maxWindowBits,
            Effort effort,
            int threshold,
            MemoryBudget budget,
            Savings savings) {
        this.compressor = memory.shared(Compressor.class, Compressor::new);
        this.contextTakeover = contextTakeover;
        this.windowBits = Math.min(maxWindowBits, effort.windowBits());
        this.effort = effort;
        this.threshold = threshold;
        this.budget = budget;
        this.savings = savings;
    }

    @Override
    public int encode(int opcode, boolean compress, byte[] bytes, int offset, int length, PayloadBuffer to) {
        if (!compress || length < threshold) {
            return UNCHANGED;
        }
        compressor.compress(bytes, offset, length, window(), effort, to);
        savings.count(length, to.length());
        return NegotiatedExtension.RSV1;
    }

    @Override
    public OptionalInt encodeShared(int opcode, byte[] bytes, int offset, int length, PayloadBuffer to) {
        if (length < threshold) {
            return OptionalInt.of(UNCHANGED);
        }
        compressor.compress(bytes, offset, length, compressor.sharedWindow(windowBits), effort, to);
        return OptionalInt.of(NegotiatedExtension.RSV1);
    }

    /** The peer's window has moved on by a message that is not in ours: no later one refers to what was before it. */
    @Override
    public void sharedMessageSent(int length, int encodedLength) {
        if (length < threshold) {
            return;
        }
        savings.count(length, encodedLength);
        if (window != null) {
            window.forget();
        }
    }

    /** The window to compress the next message with; without context where there is no memory for more of them. */
    private SlidingWindow window() {
        SlidingWindow own = window;
        if (own == null && contextTakeover && budget.hasRoomBetweenMessages(SlidingWindow.memory(windowBits))) {
            own = new SlidingWindow(windowBits);
            reserved = budget.reserve(SlidingWindow.memory(windowBits));
            window = own;
        }
        return own == null ? compressor.sharedWindow(windowBits) : own;
    }

    @Override
    public void close() {
        window = null;
        if (reserved != null) {
            reserved.release();
            reserved = null;
        }
    }
}
