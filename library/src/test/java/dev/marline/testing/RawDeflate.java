package dev.marline.testing;

import dev.marline.protocol.testing.Frame;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * permessage-deflate for a scripted peer, by the JDK's zlib and not through the engine: with context takeover and the largest
 * windows, both ways. One thread may send while another receives.
 */
public final class RawDeflate implements AutoCloseable {
    /** What a client offers that leaves all to the server. */
    public static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

    /** RSV1, in a frame. */
    public static final int RSV1 = 4;

    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final Inflater inflater = new Inflater(true);

    /** The header of a server that grants what a client has offered, and asks for no more. */
    public static String answer(HttpHead request) {
        return "Sec-WebSocket-Extensions: "
                + request.header("Sec-WebSocket-Extensions").replace("; client_max_window_bits", "");
    }

    /** The same message compressed. */
    public Frame compress(Frame message) {
        byte[] payload = message.payload();
        return Frame.of(message.opcode(), compress(payload, 0, payload.length)).withRsv(RSV1);
    }

    /** RFC 7692 §7.2.1. */
    public byte[] compress(byte[] bytes, int offset, int length) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        byte[] chunk = new byte[64 * 1024];
        deflater.setInput(bytes, offset, length);
        int count;
        do {
            count = deflater.deflate(chunk, 0, chunk.length, Deflater.SYNC_FLUSH);
            compressed.write(chunk, 0, count);
        } while (count == chunk.length);
        byte[] all = compressed.toByteArray();
        // Nothing comes of nothing where the last message ended with a flush: an empty block with its first byte.
        return all.length == 0 ? new byte[1] : Arrays.copyOf(all, all.length - TAIL.length);
    }

    /** The same message as it was before it was compressed; the frame must be one. */
    public Frame decompress(Frame message) {
        if (message.rsv() != RSV1) {
            throw new AssertionError("not compressed: " + message);
        }
        byte[] payload = message.payload();
        return Frame.of(message.opcode(), decompress(payload, payload.length));
    }

    /** RFC 7692 §7.2.2. */
    public byte[] decompress(byte[] payload, int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            inflate(payload, length, bytes);
            inflate(TAIL, TAIL.length, bytes);
        } catch (DataFormatException e) {
            throw new AssertionError("no compressed message: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private void inflate(byte[] input, int length, ByteArrayOutputStream to) throws DataFormatException {
        byte[] chunk = new byte[64 * 1024];
        inflater.setInput(input, 0, length);
        int count;
        while ((count = inflater.inflate(chunk)) > 0) {
            to.write(chunk, 0, count);
        }
    }

    @Override
    public void close() {
        deflater.end();
        inflater.end();
    }
}
