package dev.marline.protocol.deflate;

import dev.marline.protocol.extension.PayloadBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes DEFLATE blocks (RFC 1951 §3.2.3): gathers the literals and matches of one, and puts them out in the way that takes the
 * fewest bits: with a code made for the block, with the fixed code, or as they were.
 */
final class BlockWriter {
    /** From so many symbols on a block should end. */
    static final int FULL = 16 * 1024;

    static final int MIN_MATCH = 3;
    static final int MAX_MATCH = 258;

    private static final int MAX_STORED = 0xFFFF;
    private static final int END_OF_BLOCK = 256;
    private static final int FIRST_LENGTH = 257;
    private static final int LENGTH_BITS = 9;
    private static final int LENGTH = (1 << LENGTH_BITS) - 1;

    private static final int STORED = 0;
    private static final int FIXED = 1;
    private static final int DYNAMIC = 2;

    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    // RFC 1951 §3.2.5: which code stands for a length or a distance, and the extra bits after it.
    private static final byte[] LENGTH_CODE = new byte[MAX_MATCH + 1];
    private static final int[] LENGTH_BASE = new int[29];
    private static final int[] LENGTH_EXTRA = new int[29];
    private static final byte[] NEAR_CODE = new byte[256];
    private static final byte[] FAR_CODE = new byte[256];
    private static final int[] DISTANCE_BASE = new int[30];
    private static final int[] DISTANCE_EXTRA = new int[30];

    private static final HuffmanCode FIXED_LITERALS;
    private static final HuffmanCode FIXED_DISTANCES;

    // RFC 1951 §3.2.7: the order in which the lengths of the code for code lengths stand.
    private static final int[] CODE_LENGTH_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    private static final int REPEAT = 16;
    private static final int FEW_ZEROS = 17;
    private static final int MANY_ZEROS = 18;

    static {
        int length = MIN_MATCH;
        for (int code = 0; code < 28; code++) {
            LENGTH_EXTRA[code] = Math.max(0, (code >> 2) - 1);
            LENGTH_BASE[code] = length;
            for (int i = 0; i < 1 << LENGTH_EXTRA[code]; i++) {
                LENGTH_CODE[Math.min(length++, MAX_MATCH)] = (byte) code;
            }
        }
        LENGTH_BASE[28] = MAX_MATCH;
        LENGTH_CODE[MAX_MATCH] = 28;
        int distance = 1;
        for (int code = 0; code < 30; code++) {
            DISTANCE_EXTRA[code] = Math.max(0, (code >> 1) - 1);
            DISTANCE_BASE[code] = distance;
            for (int i = 0; i < 1 << DISTANCE_EXTRA[code]; i++, distance++) {
                if (distance <= 256) {
                    NEAR_CODE[distance - 1] = (byte) code;
                } else {
                    FAR_CODE[(distance - 1) >> 7] = (byte) code;
                }
            }
        }
        // RFC 1951 §3.2.6
        byte[] literals = new byte[288];
        Arrays.fill(literals, 0, 144, (byte) 8);
        Arrays.fill(literals, 144, 256, (byte) 9);
        Arrays.fill(literals, 256, 280, (byte) 7);
        Arrays.fill(literals, 280, 288, (byte) 8);
        FIXED_LITERALS = HuffmanCode.of(literals);
        byte[] distances = new byte[30];
        Arrays.fill(distances, (byte) 5);
        FIXED_DISTANCES = HuffmanCode.of(distances);
    }

    /** Literals as they are; a match as its distance and its length. */
    private int[] symbols = new int[1024];

    private int symbolCount;
    private final HuffmanCode literals = new HuffmanCode(286, 15);
    private final HuffmanCode distances = new HuffmanCode(30, 15);
    private final HuffmanCode codeLengths = new HuffmanCode(19, 7);

    /** The lengths of both codes, run-length encoded: a symbol of {@link #codeLengths}, and above it what its extra bits say. */
    private final int[] runs = new int[286 + 30];

    private int runCount;

    // The bits that do not fill a byte yet.
    private long bits;
    private int bitCount;

    /** Makes sure that so many symbols can be added. */
    void expect(int count) {
        if (symbols.length - symbolCount < count) {
            symbols = Arrays.copyOf(symbols, Math.max(symbolCount + count, 2 * symbols.length));
        }
    }

    void literal(int b) {
        symbols[symbolCount++] = b;
        literals.frequencies[b]++;
    }

    void match(int length, int distance) {
        symbols[symbolCount++] = distance << LENGTH_BITS | length;
        literals.frequencies[FIRST_LENGTH + LENGTH_CODE[length]]++;
        distances.frequencies[distanceCode(distance)]++;
    }

    boolean isFull() {
        return symbolCount >= FULL;
    }

    private static int distanceCode(int distance) {
        return distance <= 256 ? NEAR_CODE[distance - 1] : FAR_CODE[(distance - 1) >> 7];
    }

    /** Ends the block, which stands for these bytes. */
    void endBlock(byte[] bytes, int offset, int length, PayloadBuffer to) {
        literals.frequencies[END_OF_BLOCK] = 1;
        literals.assignLengths();
        distances.assignLengths();
        encodeCodeLengths();
        long extra = extraBits();
        long dynamic = codeLengthsSize() + literals.size() + distances.size() + extra;
        long fixed = fixedSize() + extra;
        long stored = length <= MAX_STORED ? 7 + 32 + 8L * length : Long.MAX_VALUE;
        long best = Math.min(Math.min(dynamic, fixed), stored);
        to.reserve((int) (best >>> 3) + 3 * Long.BYTES);
        if (best == stored) {
            writeStored(bytes, offset, length, to);
        } else if (best == fixed) {
            putBlockType(FIXED, to);
            writeSymbols(FIXED_LITERALS, FIXED_DISTANCES, to);
        } else {
            putBlockType(DYNAMIC, to);
            writeCodeLengths(to);
            literals.assignCodes();
            distances.assignCodes();
            writeSymbols(literals, distances, to);
        }
        symbolCount = 0;
        literals.clear();
        distances.clear();
    }

    /**
     * Ends a message. RFC 7692 §7.2.1: an empty block without compression would follow, whose last four octets, 0x00 0x00 0xff 0xff,
     * are removed. Its first three bits are what remains.
     */
    void endMessage(PayloadBuffer to) {
        to.reserve(2 * Long.BYTES);
        putBlockType(STORED, to);
        putPadding(to);
    }

    // ---- a block in three ways

    private void writeStored(byte[] bytes, int offset, int length, PayloadBuffer to) {
        putBlockType(STORED, to);
        putPadding(to);
        put(length | ((long) (~length & MAX_STORED) << 16), 32, to);
        to.write(bytes, offset, length);
    }

    private void writeSymbols(HuffmanCode literalCode, HuffmanCode distanceCode, PayloadBuffer to) {
        int[] litCodes = literalCode.codes;
        byte[] litLengths = literalCode.lengths;
        int[] distCodes = distanceCode.codes;
        byte[] distLengths = distanceCode.lengths;
        byte[] array = to.array();
        int start = to.length();
        int at = start;
        long pending = bits;
        int count = bitCount;
        for (int i = 0; i < symbolCount; i++) {
            int symbol = symbols[i];
            if (symbol < END_OF_BLOCK) {
                pending |= (long) litCodes[symbol] << count;
                count += litLengths[symbol];
            } else {
                int length = symbol & LENGTH;
                int code = LENGTH_CODE[length];
                pending |= (long) litCodes[FIRST_LENGTH + code] << count;
                count += litLengths[FIRST_LENGTH + code];
                pending |= (long) (length - LENGTH_BASE[code]) << count;
                count += LENGTH_EXTRA[code];
                int distance = symbol >>> LENGTH_BITS;
                code = distanceCode(distance);
                pending |= (long) distCodes[code] << count;
                count += distLengths[code];
                pending |= (long) (distance - DISTANCE_BASE[code]) << count;
                count += DISTANCE_EXTRA[code];
            }
            // At most 7 bits were left and 48 have come: the whole bytes go, the rest stays.
            LONG_LE.set(array, at, pending);
            at += count >>> 3;
            pending >>>= count & ~7;
            count &= 7;
        }
        to.advance(at - start);
        bits = pending;
        bitCount = count;
        put(litCodes[END_OF_BLOCK], litLengths[END_OF_BLOCK], to);
    }

    private long extraBits() {
        long extra = 0;
        for (int i = 0; i < LENGTH_EXTRA.length; i++) {
            extra += (long) literals.frequencies[FIRST_LENGTH + i] * LENGTH_EXTRA[i];
        }
        for (int i = 0; i < DISTANCE_EXTRA.length; i++) {
            extra += (long) distances.frequencies[i] * DISTANCE_EXTRA[i];
        }
        return extra;
    }

    private long fixedSize() {
        long size = 0;
        for (int i = 0; i < literals.frequencies.length; i++) {
            size += (long) literals.frequencies[i] * FIXED_LITERALS.lengths[i];
        }
        for (int frequency : distances.frequencies) {
            size += (long) frequency * 5;
        }
        return size;
    }

    // ---- the code lengths of a block with a code of its own, RFC 1951 §3.2.7

    private void encodeCodeLengths() {
        runCount = 0;
        codeLengths.clear();
        encodeRuns(literals.lengths, literals.used(FIRST_LENGTH));
        encodeRuns(distances.lengths, distances.used(1));
        codeLengths.assignLengths();
    }

    private void encodeRuns(byte[] lengths, int count) {
        for (int i = 0; i < count; ) {
            int length = lengths[i];
            int end = i + 1;
            while (end < count && lengths[end] == length) {
                end++;
            }
            int run = end - i;
            i = end;
            if (length == 0) {
                while (run > 10) {
                    run -= addRun(MANY_ZEROS, Math.min(run, 138), 11);
                }
                if (run > 2) {
                    run -= addRun(FEW_ZEROS, run, 3);
                }
            } else {
                run -= addRun(length, 1, 1);
                while (run > 2) {
                    run -= addRun(REPEAT, Math.min(run, 6), 3);
                }
            }
            while (run > 0) {
                run -= addRun(length, 1, 1);
            }
        }
    }

    private int addRun(int symbol, int run, int shortest) {
        runs[runCount++] = (run - shortest) << 8 | symbol;
        codeLengths.frequencies[symbol]++;
        return run;
    }

    private int codeLengthCodes() {
        int count = CODE_LENGTH_ORDER.length;
        while (count > 4 && codeLengths.lengths[CODE_LENGTH_ORDER[count - 1]] == 0) {
            count--;
        }
        return count;
    }

    private static int runExtraBits(int symbol) {
        return switch (symbol) {
            case REPEAT -> 2;
            case FEW_ZEROS -> 3;
            case MANY_ZEROS -> 7;
            default -> 0;
        };
    }

    private long codeLengthsSize() {
        long size = 5 + 5 + 4 + 3 * codeLengthCodes() + codeLengths.size();
        for (int symbol = REPEAT; symbol <= MANY_ZEROS; symbol++) {
            size += (long) codeLengths.frequencies[symbol] * runExtraBits(symbol);
        }
        return size;
    }

    private void writeCodeLengths(PayloadBuffer to) {
        int codes = codeLengthCodes();
        put(literals.used(FIRST_LENGTH) - FIRST_LENGTH, 5, to);
        put(distances.used(1) - 1, 5, to);
        put(codes - 4, 4, to);
        for (int i = 0; i < codes; i++) {
            put(codeLengths.lengths[CODE_LENGTH_ORDER[i]], 3, to);
        }
        codeLengths.assignCodes();
        for (int i = 0; i < runCount; i++) {
            int symbol = runs[i] & 0xFF;
            put(codeLengths.codes[symbol], codeLengths.lengths[symbol], to);
            put(runs[i] >>> 8, runExtraBits(symbol), to);
        }
    }

    // ---- bits

    private void putBlockType(int type, PayloadBuffer to) {
        // The first bit would mark the last block of all, which a message does not need: RFC 7692 §7.2.1.
        put((long) type << 1, 3, to);
    }

    private void putPadding(PayloadBuffer to) {
        put(0, -bitCount & 7, to);
    }

    private void put(long value, int count, PayloadBuffer to) {
        bits |= value << bitCount;
        bitCount += count;
        LONG_LE.set(to.array(), to.length(), bits);
        to.advance(bitCount >>> 3);
        bits >>>= bitCount & ~7;
        bitCount &= 7;
    }
}
