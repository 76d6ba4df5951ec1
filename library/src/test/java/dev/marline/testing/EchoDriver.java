package dev.marline.testing;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.testing.SeededRandom;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Sends messages of 0 bytes to 1 MiB as fast as they are taken, each size class as often as the next, text and binary, cut into
 * fragments at random, and compares every byte of what comes back. The same seed makes the same messages.
 */
public final class EchoDriver {
    private static final int PING = 0x80 | Opcode.PING;
    private static final int RSV1 = RawDeflate.RSV1 << 4;
    private static final int LARGEST = 1 << 20;

    /** What compressing adds to the largest message, at worst. */
    private static final int SLACK = 1 << 12;

    private static final int BLOCK = 4 * LARGEST;

    private final RawPeer peer;
    private final Role role;
    private final long seed;
    private final RawDeflate deflate;
    private final byte[] binary;
    private final byte[] text;
    private final byte[] out = new byte[64 * 1024];
    private int outLength;

    /**
     * A driver.
     *
     * @param role whose frames the peer sends
     * @param deflate what was agreed on, with which most messages go compressed; null for nothing
     */
    public EchoDriver(RawPeer peer, Role role, long seed, RawDeflate deflate) {
        this.peer = peer;
        this.role = role;
        this.seed = seed;
        this.deflate = deflate;
        SeededRandom random = new SeededRandom(seed);
        binary = new byte[BLOCK];
        for (int i = 0; i < BLOCK; i += 8) {
            ByteBuffer.wrap(binary).putLong(i, random.nextLong());
        }
        StringBuilder characters = new StringBuilder();
        while (characters.length() < BLOCK / 2) {
            characters.append(random.nextBoolean() ? random.text(30) : "plain ASCII, of which most text is made ");
        }
        text = characters.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The messages, one after the other: where in the blocks they lie. */
    private final class Script {
        private final SeededRandom random = new SeededRandom(seed);
        private boolean isText;
        private byte[] block;
        private int start;
        private int end;

        void next() {
            isText = random.nextBoolean();
            block = isText ? text : binary;
            int size = random.below(20) == 0
                    ? 0
                    : (int) Math.round(Math.pow(2, random.below(1_000_001) / 1_000_000.0 * 20));
            start = random.below(block.length - LARGEST);
            end = start + size;
            if (isText) {
                start = characterAt(start);
                end = size == 0 ? start : characterAt(end);
            }
        }

        /** Where the character begins that lies there. */
        private int characterAt(int index) {
            int at = index;
            while ((text[at] & 0xC0) == 0x80) {
                at--;
            }
            return at;
        }
    }

    public void run(int messages) {
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            try {
                write(messages);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
        try {
            read(messages);
            writing.join();
        } catch (IOException | RuntimeException | AssertionError e) {
            writing.exceptionally(thrown -> {
                e.addSuppressed(thrown);
                return null;
            });
            throw new AssertionError("failed with -Dmarline.seed=" + seed + ": " + e, e);
        }
    }

    // ---- out

    private void write(int messages) throws IOException {
        Script script = new Script();
        SeededRandom random = new SeededRandom(~seed);
        for (int i = 0; i < messages; i++) {
            script.next();
            int opcode = script.isText ? Opcode.TEXT : Opcode.BINARY;
            byte[] payload = script.block;
            int at = script.start;
            int end = script.end;
            if (deflate != null && random.below(8) > 0) {
                opcode |= RSV1;
                payload = deflate.compress(payload, at, end - at);
                at = 0;
                end = payload.length;
            }
            do {
                int left = end - at;
                // Half of them whole; of the rest some in a few fragments, some in many.
                int piece = random.nextBoolean() ? left : Math.min(left, random.logUniform(Math.max(1, left)));
                boolean last = piece == left;
                writeFrame((last ? 0x80 : 0) | opcode, payload, at, piece, random.nextInt());
                at += piece;
                opcode = last ? -1 : Opcode.CONTINUATION;
            } while (opcode >= 0);
            if (random.below(50) == 0) {
                flush();
            }
        }
        flush();
    }

    private void writeFrame(int first, byte[] payload, int offset, int length, int key) throws IOException {
        makeRoom(14);
        boolean masked = role == Role.CLIENT;
        ByteBuffer header = ByteBuffer.wrap(out, outLength, 14);
        header.put((byte) first);
        int maskBit = masked ? 0x80 : 0;
        if (length < 126) {
            header.put((byte) (maskBit | length));
        } else if (length < 65536) {
            header.put((byte) (maskBit | 126)).putShort((short) length);
        } else {
            header.put((byte) (maskBit | 127)).putLong(length);
        }
        if (masked) {
            header.putInt(key);
        }
        outLength = header.position();
        for (int done = 0; done < length; ) {
            makeRoom(1);
            int count = Math.min(length - done, out.length - outLength);
            System.arraycopy(payload, offset + done, out, outLength, count);
            if (masked) {
                for (int i = 0; i < count; i++) {
                    out[outLength + i] ^= (byte) (key >>> (24 - 8 * (done + i & 3)));
                }
            }
            outLength += count;
            done += count;
        }
    }

    private void makeRoom(int bytes) throws IOException {
        if (out.length - outLength < bytes) {
            flush();
        }
    }

    private void flush() throws IOException {
        OutputStream stream = peer.output();
        stream.write(out, 0, outLength);
        stream.flush();
        outLength = 0;
    }

    // ---- in

    private void read(int messages) throws IOException {
        DataInputStream in = new DataInputStream(peer.input());
        Script script = new Script();
        byte[] payload = new byte[LARGEST + SLACK];
        for (int i = 0; i < messages; i++) {
            script.next();
            int first = in.readUnsignedByte();
            while (first == PING) {
                skipPing(in);
                first = in.readUnsignedByte();
            }
            int second = in.readUnsignedByte();
            int length = second & 0x7F;
            length = length < 126 ? length : length == 126 ? in.readUnsignedShort() : Math.toIntExact(in.readLong());
            int key = (second & 0x80) == 0 ? 0 : in.readInt();
            boolean compressed = deflate != null;
            if (first != (0x80 | (compressed ? RSV1 : 0) | (script.isText ? Opcode.TEXT : Opcode.BINARY))
                    || (!compressed && length != script.end - script.start)) {
                throw new AssertionError("message " + i + " came back as " + Integer.toHexString(first) + " with "
                        + length + " bytes, not " + (script.end - script.start));
            }
            in.readFully(payload, 0, length);
            for (int k = 0; key != 0 && k < length; k++) {
                payload[k] ^= (byte) (key >>> (24 - 8 * (k & 3)));
            }
            byte[] message = compressed ? deflate.decompress(payload, length) : payload;
            int size = compressed ? message.length : length;
            if (!Arrays.equals(message, 0, size, script.block, script.start, script.end)) {
                throw new AssertionError("message " + i + " came back with other bytes");
            }
        }
    }

    /** A long run is pinged. It need not answer: what it sends is sign enough of its life. */
    private static void skipPing(DataInputStream in) throws IOException {
        int second = in.readUnsignedByte();
        in.skipNBytes((second & 0x7F) + ((second & 0x80) == 0 ? 0 : 4));
    }
}
