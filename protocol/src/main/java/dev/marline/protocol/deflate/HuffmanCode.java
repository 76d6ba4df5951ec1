package dev.marline.protocol.deflate;

import java.util.Arrays;

/**
 * A Huffman code over a small alphabet, as DEFLATE has it (RFC 1951 §3.2.2): how long each symbol's code is decides what the codes
 * are.
 */
final class HuffmanCode {
    private static final int SYMBOL_BITS = 9;
    private static final int SYMBOL = (1 << SYMBOL_BITS) - 1;
    private static final int LONGEST = 15;

    /** How often each symbol occurs. */
    final int[] frequencies;

    /** How many bits its code has; 0 for a symbol that does not occur. */
    final byte[] lengths;

    /** The code, its first bit lowest, as DEFLATE packs it. */
    final int[] codes;

    private final int limit;
    private final int[] sorted;
    private final int[] tree;

    /**
     * A code without symbols so far.
     *
     * @param limit the most bits that a code may have
     */
    HuffmanCode(int symbols, int limit) {
        this.frequencies = new int[symbols];
        this.lengths = new byte[symbols];
        this.codes = new int[symbols];
        this.limit = limit;
        this.sorted = new int[symbols];
        this.tree = new int[symbols];
    }

    /** A code whose lengths are given. */
    static HuffmanCode of(byte[] lengths) {
        HuffmanCode code = new HuffmanCode(lengths.length, LONGEST);
        System.arraycopy(lengths, 0, code.lengths, 0, lengths.length);
        code.assignCodes();
        return code;
    }

    void clear() {
        Arrays.fill(frequencies, 0);
    }

    /** How many symbols there are up to the last one that occurs, and at least so many. */
    int used(int atLeast) {
        int used = lengths.length;
        while (used > atLeast && lengths[used - 1] == 0) {
            used--;
        }
        return used;
    }

    /** How many bits all occurrences take. */
    long size() {
        long bits = 0;
        for (int i = 0; i < frequencies.length; i++) {
            bits += (long) frequencies[i] * lengths[i];
        }
        return bits;
    }

    /** Finds the lengths that make the whole shortest. */
    void assignLengths() {
        Arrays.fill(lengths, (byte) 0);
        int count = 0;
        for (int i = 0; i < frequencies.length; i++) {
            if (frequencies[i] != 0) {
                sorted[count++] = frequencies[i] << SYMBOL_BITS | i;
            }
        }
        if (count < 2) {
            // Some decoders want a code that is complete: two symbols of one bit.
            int only = count == 0 ? 0 : sorted[0] & SYMBOL;
            lengths[only] = 1;
            lengths[only == 0 ? 1 : 0] = 1;
            return;
        }
        Arrays.sort(sorted, 0, count);
        measureDepths(count);
        if (tree[0] > limit) {
            limitDepths(count);
        }
        for (int i = 0; i < count; i++) {
            lengths[sorted[i] & SYMBOL] = (byte) tree[i];
        }
    }

    /**
     * Builds the Huffman tree within the array of its leaves' weights, which ascend, and leaves their depths there. The algorithm is
     * that of Moffat and Katajainen, In-Place Calculation of Minimum-Redundancy Codes, 1995.
     */
    private void measureDepths(int count) {
        int[] a = tree;
        for (int i = 0; i < count; i++) {
            a[i] = sorted[i] >>> SYMBOL_BITS;
        }
        // Left to right: the two lightest nodes get a parent, whose weight
        // stands where a leaf stood; a node that has a parent keeps its place.
        a[0] += a[1];
        int root = 0;
        int leaf = 2;
        for (int next = 1; next < count - 1; next++) {
            if (leaf >= count || a[root] < a[leaf]) {
                a[next] = a[root];
                a[root++] = next;
            } else {
                a[next] = a[leaf++];
            }
            if (leaf >= count || (root < next && a[root] < a[leaf])) {
                a[next] += a[root];
                a[root++] = next;
            } else {
                a[next] += a[leaf++];
            }
        }
        // Right to left: the depths of the inner nodes.
        a[count - 2] = 0;
        for (int next = count - 3; next >= 0; next--) {
            a[next] = a[a[next]] + 1;
        }
        // Right to left: the depths of the leaves, from how many inner nodes each depth has.
        int available = 1;
        int used = 0;
        int depth = 0;
        root = count - 2;
        int next = count - 1;
        while (available > 0) {
            while (root >= 0 && a[root] == depth) {
                used++;
                root--;
            }
            while (available > used) {
                a[next--] = depth;
                available--;
            }
            available = 2 * used;
            depth++;
            used = 0;
        }
    }

    /** Makes a tree that is too deep as deep as allowed, at the cost of leaves that were near the limit. */
    private void limitDepths(int count) {
        int[] leaves = new int[limit + 1];
        long taken = 0; // in units of a code of the longest kind; all codes together may take 1 << limit of them
        for (int i = 0; i < count; i++) {
            int depth = Math.min(tree[i], limit);
            leaves[depth]++;
            taken += 1L << (limit - depth);
        }
        while (taken > 1L << limit) {
            int depth = limit - 1;
            while (leaves[depth] == 0) {
                depth--;
            }
            // A leaf moves down a level and takes one of the deepest as its sibling.
            leaves[depth]--;
            leaves[depth + 1] += 2;
            leaves[limit]--;
            taken--;
        }
        int i = 0;
        for (int depth = limit; depth > 0; depth--) {
            for (int left = leaves[depth]; left > 0; left--) {
                tree[i++] = depth;
            }
        }
    }

    /** Finds the codes that belong to the lengths, RFC 1951 §3.2.2. */
    void assignCodes() {
        int[] next = new int[LONGEST + 1];
        for (byte length : lengths) {
            next[length]++;
        }
        int code = 0;
        int shorter = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code = (code + shorter) << 1;
            shorter = next[length];
            next[length] = code;
        }
        for (int i = 0; i < lengths.length; i++) {
            int length = lengths[i];
            if (length != 0) {
                codes[i] = Integer.reverse(next[length]++) >>> (Integer.SIZE - length);
            }
        }
    }
}
