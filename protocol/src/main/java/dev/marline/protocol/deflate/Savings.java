package dev.marline.protocol.deflate;

import java.util.concurrent.atomic.LongAdder;

/** Counts how many bytes messages had, and how many they took on the wire, those that went compressed, both ways. For any thread. */
final class Savings {
    final LongAdder messageBytes = new LongAdder();
    final LongAdder compressedBytes = new LongAdder();

    void count(int messageSize, int compressedSize) {
        messageBytes.add(messageSize);
        compressedBytes.add(compressedSize);
    }
}
