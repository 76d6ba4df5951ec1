package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SecureMaskingKeysTest {
    private static final int KEYS = 10_000;

    @Test
    void keysDoNotRepeatAcrossBlocks() {
        SecureMaskingKeys keys = new SecureMaskingKeys();
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            seen.add(keys.next());
        }
        // Of 10,000 random ints about 0.01 pairs are equal; of a block that is used twice 1,024 are.
        assertThat(seen).hasSizeGreaterThan(KEYS - 5);
    }

    @Test
    void everyBitIsSetInAboutHalfOfTheKeys() {
        SecureMaskingKeys keys = new SecureMaskingKeys();
        int[] set = new int[Integer.SIZE];
        for (int i = 0; i < KEYS; i++) {
            int key = keys.next();
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                set[bit] += key >>> bit & 1;
            }
        }
        // The standard deviation is 50: ten of them never happen.
        assertThat(IntStream.of(set)).allSatisfy(count -> assertThat(count).isBetween(KEYS / 2 - 500, KEYS / 2 + 500));
    }

    @Test
    void twoSourcesGiveDifferentKeys() {
        SecureMaskingKeys one = new SecureMaskingKeys();
        SecureMaskingKeys other = new SecureMaskingKeys();
        assertThat(new int[] {one.next(), one.next(), one.next()})
                .isNotEqualTo(new int[] {other.next(), other.next(), other.next()});
    }
}
