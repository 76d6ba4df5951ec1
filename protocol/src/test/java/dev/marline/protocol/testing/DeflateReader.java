package dev.marline.protocol.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads DEFLATE blocks (RFC 1951) slowly and plainly, bit by bit, and tells what they are made of: what the engine compresses is
 * tested against it.
 */
public final class DeflateReader {
    private static final int[] CODE_LENGTH_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    /** A repetition: so many bytes that stand so far back. */
    public record Match(int distance, int length) {}

    /** A block: its type, and of one with a code of its own the most bits that a code in it has. */
    public record Block(int type, int longestCode, int longestCodeLengthCode) {}

    /** A whole message. */
    public static final class Message {
        private final byte[] bytes;
        private final List<Match> matches;
        private final List<Block> blocks;

        private Message(byte[] bytes, List<Match> matches, List<Block> blocks) {
            this.bytes = bytes;
            this.matches = List.copyOf(matches);
            this.blocks = List.copyOf(blocks);
        }

        public byte[] bytes() {
            return bytes.clone();
        }

        public List<Match> matches() {
            return matches;
        }

        public List<Block> blocks() {
            return blocks;
        }

        /** The longest distance of all matches, 0 if there is none. */
        public int farthest() {
            return matches.stream().mapToInt(Match::distance).max().orElse(0);
        }
    }

    private final int before;
    private final byte[] in;
    private int bit;
    private byte[] soFar;
    private int length;
    private final List<Match> matches = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();

    private DeflateReader(byte[] in, byte[] history) {
        this.in = in;
        this.before = history.length;
        this.soFar = Arrays.copyOf(history, history.length + 1024);
        this.length = history.length;
    }

    /**
     * Reads a message's payload, RFC 7692 §7.2.2.
     *
     * @param history what the messages before it have come to
     * @throws IllegalArgumentException if it is not made of whole blocks up to its end
     */
    public static Message read(byte[] payload, byte[] history) {
        byte[] whole = Arrays.copyOf(payload, payload.length + 4);
        whole[whole.length - 2] = (byte) 0xFF;
        whole[whole.length - 1] = (byte) 0xFF;
        return new DeflateReader(whole, history).read();
    }

    private Message read() {
        while (bit < 8 * in.length) {
            boolean last = bits(1) == 1;
            int type = bits(2);
            switch (type) {
                case 0 -> stored();
                case 1 -> fixed();
                case 2 -> dynamic();
                default -> throw invalid("block type 3");
            }
            if (last) {
                bit = (bit + 7) & ~7;
            }
        }
        return new Message(Arrays.copyOfRange(soFar, before, length), matches, blocks);
    }

    private void stored() {
        bit = (bit + 7) & ~7;
        int count = bits(16);
        if (bits(16) != (~count & 0xFFFF)) {
            throw invalid("a stored block's length");
        }
        for (int i = 0; i < count; i++) {
            add(bits(8));
        }
        blocks.add(new Block(0, 0, 0));
    }

    private void fixed() {
        int[] literals = new int[288];
        Arrays.fill(literals, 0, 144, 8);
        Arrays.fill(literals, 144, 256, 9);
        Arrays.fill(literals, 256, 280, 7);
        Arrays.fill(literals, 280, 288, 8);
        int[] distances = new int[32];
        Arrays.fill(distances, 5);
        symbols(literals, distances);
        blocks.add(new Block(1, 0, 0));
    }

    private void dynamic() {
        int literalCount = 257 + bits(5);
        int distanceCount = 1 + bits(5);
        int codeLengthCount = 4 + bits(4);
        int[] codeLengths = new int[19];
        for (int i = 0; i < codeLengthCount; i++) {
            codeLengths[CODE_LENGTH_ORDER[i]] = bits(3);
        }
        int[] lengths = new int[literalCount + distanceCount];
        for (int i = 0; i < lengths.length; ) {
            int symbol = symbol(codeLengths);
            int value = symbol < 16 ? symbol : symbol == 16 ? lengths[i - 1] : 0;
            int repeat = switch (symbol) {
                case 16 -> 3 + bits(2);
                case 17 -> 3 + bits(3);
                case 18 -> 11 + bits(7);
                default -> 1;
            };
            if (i + repeat > lengths.length) {
                throw invalid("too many code lengths");
            }
            Arrays.fill(lengths, i, i + repeat, value);
            i += repeat;
        }
        symbols(Arrays.copyOf(lengths, literalCount), Arrays.copyOfRange(lengths, literalCount, lengths.length));
        blocks.add(new Block(2, longest(lengths), longest(codeLengths)));
    }

    private static int longest(int[] lengths) {
        return Arrays.stream(lengths).max().orElseThrow();
    }

    private void symbols(int[] literals, int[] distances) {
        while (true) {
            int symbol = symbol(literals);
            if (symbol == 256) {
                return;
            } else if (symbol < 256) {
                add(symbol);
                continue;
            }
            int code = symbol - 257;
            if (code > 28) {
                throw invalid("length code " + symbol);
            }
            int extra = code < 8 || code == 28 ? 0 : code / 4 - 1;
            int count = code < 8 ? 3 + code : code == 28 ? 258 : 3 + ((4 + code % 4) << extra) + bits(extra);
            int distanceCode = symbol(distances);
            if (distanceCode > 29) {
                throw invalid("distance code " + distanceCode);
            }
            extra = distanceCode < 4 ? 0 : distanceCode / 2 - 1;
            int distance = distanceCode < 4 ? 1 + distanceCode : 1 + ((2 + distanceCode % 2) << extra) + bits(extra);
            if (distance > length) {
                throw invalid("a distance of " + distance + " after " + length + " bytes");
            }
            matches.add(new Match(distance, count));
            for (int i = 0; i < count; i++) {
                add(soFar[length - distance]);
            }
        }
    }

    /** RFC 1951 §3.2.2: codes of one length follow each other, and the shorter ones come first. */
    private int symbol(int[] lengths) {
        int code = 0;
        int first = 0;
        for (int size = 1; size <= 15; size++) {
            code = (code << 1) | bits(1);
            first <<= 1;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == size && first++ == code) {
                    return symbol;
                }
            }
        }
        throw invalid("a code that means nothing");
    }

    private int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            if (bit >= 8 * in.length) {
                throw invalid("the end within a block");
            }
            value |= ((in[bit >> 3] >> (bit & 7)) & 1) << i;
        }
        return value;
    }

    private void add(int b) {
        if (length == soFar.length) {
            soFar = Arrays.copyOf(soFar, 2 * length);
        }
        soFar[length++] = (byte) b;
    }

    private IllegalArgumentException invalid(String what) {
        return new IllegalArgumentException("not DEFLATE: " + what + ", at bit " + bit);
    }
}
