package dev.marline.bench.kernels;

import com.jcraft.jzlib.GZIPException;
import com.jcraft.jzlib.JZlib;
import dev.marline.protocol.Memory;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.PayloadBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.zip.Deflater;

/** The ways to compress a connection's messages that were to choose from. */
final class Compressors {
    private static final int TAIL = 4;
    private static final int MAX_COMPRESSED = 2 * 1024 * 1024;
    private static final byte[] OUTPUT = new byte[MAX_COMPRESSED];

    private Compressors() {}

    /** Compresses the messages of one connection. */
    @FunctionalInterface
    interface Compressor {
        /** Compresses a message; how many bytes it takes then. */
        int compress(byte[] message);
    }

    /**
     * One way.
     *
     * @param memory what a connection holds, in bytes
     */
    record Way(String name, long memory, Supplier<Compressor> make) {}

    // zlib's manual: "The memory requirements for deflate are (in bytes): (1 << (windowBits+2)) + (1 << (memLevel+9))".
    private static long zlibMemory(int windowBits, int memLevel) {
        return (1L << (windowBits + 2)) + (1L << (memLevel + 9));
    }

    /** The JDK's, which always has a window of 32 KiB. */
    static Way jdk(int level) {
        return new Way("JDK, level " + level, zlibMemory(15, 8), () -> {
            Deflater deflater = new Deflater(level, true);
            return message -> {
                deflater.setInput(message);
                return deflater.deflate(OUTPUT, 0, OUTPUT.length, Deflater.SYNC_FLUSH) - TAIL;
            };
        });
    }

    /**
     * The JDK's, held to a smaller window: it begins anew after each half of the window, and is told the half before as a dictionary.
     */
    static Way jdkWithin(int windowBits, int level) {
        int half = 1 << (windowBits - 1);
        return new Way("JDK, level " + level + ", held to " + windowBits + " bits", zlibMemory(15, 8) + half, () -> {
            Deflater deflater = new Deflater(level, true);
            byte[] history = new byte[half];
            int[] sinceReset = {0};
            return message -> {
                int written = 0;
                for (int at = 0; at < message.length; ) {
                    if (sinceReset[0] == half) {
                        deflater.reset();
                        deflater.setDictionary(history);
                        sinceReset[0] = 0;
                    }
                    int count = Math.min(half - sinceReset[0], message.length - at);
                    deflater.setInput(message, at, count);
                    written += deflater.deflate(OUTPUT, 0, OUTPUT.length, Deflater.SYNC_FLUSH);
                    System.arraycopy(history, count, history, 0, half - count);
                    System.arraycopy(message, at, history, half - count, count);
                    sinceReset[0] += count;
                    at += count;
                }
                return written - TAIL;
            };
        });
    }

    /** One of the JDK's for all connections: before each message it begins anew, and is told the connection's last bytes. */
    static Way jdkShared(int windowBits, int level) {
        int half = 1 << (windowBits - 1);
        Deflater deflater = new Deflater(level, true);
        return new Way("JDK, level " + level + ", shared, " + windowBits + " bits", half, () -> {
            byte[] history = new byte[half];
            return message -> {
                int written = 0;
                for (int at = 0; at < message.length; ) {
                    deflater.reset();
                    deflater.setDictionary(history);
                    int count = Math.min(half, message.length - at);
                    deflater.setInput(message, at, count);
                    written += deflater.deflate(OUTPUT, 0, OUTPUT.length, Deflater.SYNC_FLUSH);
                    System.arraycopy(history, count, history, 0, half - count);
                    System.arraycopy(message, at, history, half - count, count);
                    at += count;
                }
                return written - TAIL;
            };
        });
    }

    /** JZlib, zlib in Java, which has both of zlib's parameters. */
    static Way jzlib(int windowBits, int memLevel, int level) {
        String name = "JZlib, level " + level + ", " + windowBits + " bits, memLevel " + memLevel;
        return new Way(name, zlibMemory(windowBits, memLevel), () -> {
            com.jcraft.jzlib.Deflater deflater;
            try {
                deflater = new com.jcraft.jzlib.Deflater(level, -windowBits, memLevel);
            } catch (GZIPException e) {
                throw new IllegalStateException(e);
            }
            return message -> {
                deflater.setInput(message);
                deflater.setOutput(OUTPUT);
                deflater.deflate(JZlib.Z_SYNC_FLUSH);
                return OUTPUT.length - deflater.avail_out - TAIL;
            };
        });
    }

    /** Marline's. */
    static Way marline(int level) {
        PerMessageDeflate measured = PerMessageDeflate.dedicated().level(level).build();
        encoder(measured, new ThreadMemory()).encode(Opcode.TEXT, true, OUTPUT, 0, 1, new PayloadBuffer(Memory.HEAP));
        Memory memory = new ThreadMemory();
        return new Way("Marline, level " + level, measured.memory(), () -> {
            MessageEncoder encoder =
                    encoder(PerMessageDeflate.dedicated().level(level).build(), memory);
            PayloadBuffer to = new PayloadBuffer(memory);
            return message -> {
                encoder.encode(Opcode.TEXT, true, message, 0, message.length, to);
                int count = to.length();
                to.release();
                return count;
            };
        });
    }

    private static MessageEncoder encoder(PerMessageDeflate deflate, Memory memory) {
        return deflate.accept(new ExtensionOffer(deflate.name())).orElseThrow().newEncoder(memory);
    }

    /** The messages of a corpus: 1 KiB each, one behind the other. */
    static byte[][] cut(byte[] corpus, int size) {
        byte[][] messages = new byte[corpus.length / size][];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = Arrays.copyOfRange(corpus, i * size, (i + 1) * size);
        }
        return messages;
    }
}
