package dev.marline.protocol.testing;

import java.util.function.Consumer;

/**
 * Random values for property tests, the same ones for the same seed. {@link #forEachSeed} says in its failure which seed it was;
 * the system property {@code marline.seed} runs that one again.
 */
public final class SeededRandom {
    private static final String PROPERTY = "marline.seed";

    private long state;

    public SeededRandom(long seed) {
        state = seed;
    }

    /** Runs a property with that many different seeds, or with the one that the system property names. */
    public static void forEachSeed(int runs, Consumer<SeededRandom> property) {
        String fixed = System.getProperty(PROPERTY);
        if (fixed != null) {
            check(Long.decode(fixed), property);
            return;
        }
        long first = System.nanoTime();
        for (int run = 0; run < runs; run++) {
            check(first + run, property);
        }
    }

    private static void check(long seed, Consumer<SeededRandom> property) {
        try {
            property.accept(new SeededRandom(seed));
        } catch (RuntimeException | Error e) {
            throw new AssertionError("failed with -D" + PROPERTY + "=" + seed + ": " + e.getMessage(), e);
        }
    }

    /** SplitMix64: each state is mixed into a number that shows no pattern, even for neighbouring seeds. */
    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    public int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** From 0 up to and without the bound. */
    public int below(int bound) {
        return (int) Long.remainderUnsigned(nextLong(), bound);
    }

    /** From the first to the last, both included. */
    public int between(int first, int last) {
        return first + below(last - first + 1);
    }

    /** From 0 to the largest, short ones as often as long ones: each power of two is as likely as the next. */
    public int logUniform(int largest) {
        int bits = below(33 - Integer.numberOfLeadingZeros(largest));
        return bits == 0 ? 0 : Math.min(largest, (1 << (bits - 1)) + below(1 << (bits - 1)));
    }

    public boolean nextBoolean() {
        return nextLong() < 0;
    }

    public byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) nextLong();
        }
        return bytes;
    }

    /** Text of at most that many characters, of all four lengths in UTF-8. */
    public String text(int atMost) {
        StringBuilder text = new StringBuilder();
        for (int i = below(atMost + 1); i > 0; i--) {
            text.appendCodePoint(
                    switch (below(4)) {
                        case 0 -> between(0x20, 0x7E);
                        case 1 -> between(0x80, 0x7FF);
                        case 2 -> between(0xE000, 0xFFFD);
                        default -> between(0x10000, 0x10FFFF);
                    });
        }
        return text.toString();
    }
}
