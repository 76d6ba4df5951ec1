package dev.marline.protocol.deflate;

import dev.marline.protocol.extension.PayloadBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What a sender remembers of what it has sent, to find repetitions in what it sends next: the LZ77 window of RFC 1951 §4, of
 * {@code 1 << bits} bytes, and the tables to search it with. No match goes back farther than that.
 *
 * <p>Positions count up for ever; the tables keep the lowest 16 bits of them. That is enough: an entry that is out of date points to
 * some other bytes, and every match is checked byte by byte before it is used. So nothing ever needs to be cleared or moved along.
 */
final class SlidingWindow {
    static final int MIN_BITS = 8;
    static final int MAX_BITS = 15;

    /** Behind the last byte, so that eight bytes can be compared at once anywhere. */
    private static final int OVERHANG = Long.BYTES;

    private static final int POSITION = 0xFFFF;
    private static final int HASH = 0x9E3779B1;

    /** A match of three bytes saves nothing when it lies farther back, for its distance takes more bits than they do. */
    private static final int MAX_SHORT_DISTANCE = 1024;

    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int size;
    private final byte[] bytes;

    /** By a hash of four bytes: where they stood last. */
    private final short[] last;

    /** By a position: where its four bytes, or others with the same hash, stood before. */
    private final short[] previous;

    /** By a hash of three bytes: where they stood last. */
    private final short[] lastShort;

    private final int hashShift;
    private final int shortHashShift;

    /** Of the bytes in the array, those before this one are forgotten. */
    private int start;

    /** The end of the bytes in the array. */
    private int end;

    /** The first of them that the tables do not know yet. */
    private int indexed;

    /** The position of the array's first byte. */
    private int origin;

    private int matchDistance;

    SlidingWindow(int bits) {
        size = 1 << bits;
        bytes = new byte[capacity(bits)];
        previous = new short[size];
        last = new short[1 << hashBits(bits)];
        lastShort = new short[1 << shortHashBits(bits)];
        hashShift = Integer.SIZE - hashBits(bits);
        shortHashShift = Integer.SIZE - shortHashBits(bits);
    }

    private static int capacity(int bits) {
        return (1 << bits) + Math.max(1 << bits >> 2, 2048) + OVERHANG;
    }

    private static int hashBits(int bits) {
        return bits - 1;
    }

    private static int shortHashBits(int bits) {
        return Math.min(bits - 1, 10);
    }

    /** How many bytes of memory a window takes. */
    static int memory(int bits) {
        return capacity(bits) + Short.BYTES * ((1 << bits) + (1 << hashBits(bits)) + (1 << shortHashBits(bits)));
    }

    /** Forgets everything: no match goes back to what was before. */
    void forget() {
        start = end;
        indexed = end;
    }

    /** Puts bytes into blocks, and remembers them. The last block remains open. */
    void compress(byte[] from, int offset, int length, Effort effort, BlockWriter blocks, PayloadBuffer to) {
        int blockStart = offset;
        int stop = offset + length;
        for (int i = offset; i < stop; ) {
            int count = Math.min(stop - i, bytes.length - OVERHANG - size);
            makeRoom(count);
            System.arraycopy(from, i, bytes, end, count);
            blocks.expect(count);
            findMatches(end, end + count, effort, blocks);
            end += count;
            i += count;
            if (i == stop || blocks.isFull()) {
                blocks.endBlock(from, blockStart, i - blockStart, to);
                blockStart = i;
            }
        }
    }

    private void makeRoom(int count) {
        if (end + count > bytes.length - OVERHANG) {
            int kept = Math.min(size, end - start);
            int moved = end - kept;
            System.arraycopy(bytes, moved, bytes, 0, kept);
            origin += moved;
            indexed -= moved;
            start = 0;
            end = kept;
        }
    }

    /** Takes a match where the one that begins a byte later would not be better. */
    private void findMatches(int from, int to, Effort effort, BlockWriter blocks) {
        int searchEnd = to - 3; // for a search there must be four bytes
        index(Math.max(indexed, start), Math.min(from, searchEnd));
        int i = from;
        while (i < searchEnd) {
            int length = longestMatch(i, to, 2, effort.searches());
            if (length < BlockWriter.MIN_MATCH) {
                blocks.literal(bytes[i++] & 0xFF);
                continue;
            }
            int distance = matchDistance;
            int next = i + 1;
            while (length < effort.enough() && next < searchEnd) {
                int later = longestMatch(next++, to, length, effort.laterSearches());
                if (later == length || !isBetter(later - length, matchDistance, distance)) {
                    break;
                }
                blocks.literal(bytes[i++] & 0xFF);
                length = later;
                distance = matchDistance;
            }
            blocks.match(length, distance);
            i += length;
            index(next, Math.min(i, searchEnd));
        }
        while (i < to) {
            blocks.literal(bytes[i++] & 0xFF);
        }
        indexed = Math.max(indexed, searchEnd);
    }

    /** A byte more is worth about four bits, and a distance twice as far costs one more. */
    private static boolean isBetter(int longer, int laterDistance, int distance) {
        return 4 * longer + Integer.numberOfLeadingZeros(laterDistance) - Integer.numberOfLeadingZeros(distance) > 2;
    }

    private void index(int from, int to) {
        byte[] window = bytes;
        short[] earlier = previous;
        short[] latest = last;
        for (int i = from; i < to; i++) {
            int position = i + origin;
            int value = (int) INT_LE.get(window, i);
            int hash = (value * HASH) >>> hashShift;
            lastShort[((value << 8) * HASH) >>> shortHashShift] = (short) position;
            earlier[position & earlier.length - 1] = latest[hash];
            latest[hash] = (short) position;
        }
    }

    /**
     * Searches for what stands at {@code i}, and makes an entry for it.
     *
     * @param longerThan what a match must exceed to be found
     * @param searches how many earlier places are looked at
     * @return the match's length, with its distance in {@link #matchDistance}; or {@code longerThan} if there is none
     */
    private int longestMatch(int i, int to, int longerThan, int searches) {
        byte[] window = bytes;
        short[] earlier = previous;
        int mask = earlier.length - 1;
        int position = i + origin;
        int value = (int) INT_LE.get(window, i);
        int hash = (value * HASH) >>> hashShift;
        int shortHash = ((value << 8) * HASH) >>> shortHashShift;
        int candidate = last[hash];
        int shortDistance = position - lastShort[shortHash] & POSITION;
        lastShort[shortHash] = (short) position;
        earlier[position & mask] = (short) candidate;
        last[hash] = (short) position;

        int longest = Math.min(BlockWriter.MAX_MATCH, to - i);
        int farthest = Math.min(size, i - start);
        int best = longerThan;
        if (best < BlockWriter.MIN_MATCH
                && shortDistance > 0
                && shortDistance <= Math.min(farthest, MAX_SHORT_DISTANCE)
                && ((int) INT_LE.get(window, i - shortDistance) ^ value) << 8 == 0) {
            best = BlockWriter.MIN_MATCH;
            matchDistance = shortDistance;
        }
        // A longer match has the byte after the best so far too: most that are not differ in these four.
        int probe = Math.max(0, best - 3);
        int probed = (int) INT_LE.get(window, i + probe);
        int distance = position - candidate & POSITION;
        int nearer = 0;
        for (int left = searches; left > 0 && distance > nearer && distance <= farthest && best < longest; left--) {
            int j = i - distance;
            if ((int) INT_LE.get(window, j + probe) == probed && (int) INT_LE.get(window, j) == value) {
                int length = matchLength(window, i, j, longest);
                if (length > best) {
                    best = length;
                    matchDistance = distance;
                    probe = best - 3;
                    probed = (int) INT_LE.get(window, i + probe);
                }
            }
            nearer = distance;
            distance = position - earlier[position - distance & mask] & POSITION;
        }
        return best;
    }

    /** How many bytes are the same from {@code i} and {@code j} on, where four are. */
    private static int matchLength(byte[] window, int i, int j, int longest) {
        int length = Integer.BYTES;
        while (length < longest) {
            long difference = (long) LONG_LE.get(window, i + length) ^ (long) LONG_LE.get(window, j + length);
            if (difference != 0) {
                return Math.min(length + (Long.numberOfTrailingZeros(difference) >>> 3), longest);
            }
            length += Long.BYTES;
        }
        return longest;
    }
}
