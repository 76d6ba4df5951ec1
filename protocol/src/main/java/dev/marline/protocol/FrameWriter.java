package dev.marline.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames (RFC 6455 §5.2), gathered: small ones are laid one behind the other in one array, which goes to the output when
 * it is full or on {@link #flush}. A server's large payload goes to the output straight from where it is.
 */
public final class FrameWriter {
    public static final int FIN = 0x80;

    /** A payload from this size on is not copied into the gathering array where it need not be masked. */
    private static final int LARGE = 16 * 1024;

    private static final int FIRST_ARRAY = 2 * 1024;
    private static final int FULL_ARRAY = 64 * 1024;
    private static final byte[] EMPTY = new byte[0];
    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_BE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Null where frames are not masked. */
    private final @Nullable MaskingKeys keys;

    private final Memory memory;
    private final Output output;
    private byte[] gathered = EMPTY;
    private int length;

    /** @param keys used when the role is a client's */
    public FrameWriter(Role role, MaskingKeys keys, Memory memory, Output output) {
        this.keys = role.masks() ? keys : null;
        this.memory = memory;
        this.output = output;
    }

    /**
     * Writes one frame.
     *
     * @param first the frame's first byte: {@link #FIN}, RSV bits, opcode
     */
    public void write(int first, byte[] payload, int offset, int payloadLength) {
        if (payloadLength >= LARGE) {
            writeLarge(first, payload, offset, payloadLength);
            return;
        }
        makeRoom(FrameHeader.MAX_BYTES + payloadLength);
        int key = writeHeader(first, payloadLength);
        System.arraycopy(payload, offset, gathered, length, payloadLength);
        if (keys != null) {
            Masking.mask(gathered, length, payloadLength, key);
        }
        length += payloadLength;
    }

    /** Writes one frame with the bytes between a buffer's position and limit; the buffer stays as it is. */
    public void write(int first, ByteBuffer payload) {
        int payloadLength = payload.remaining();
        if (payload.hasArray()) {
            write(first, payload.array(), payload.arrayOffset() + payload.position(), payloadLength);
            return;
        }
        if (keys == null && payloadLength >= LARGE) {
            flush();
            makeRoom(FrameHeader.MAX_BYTES);
            writeHeader(first, payloadLength);
            flush(payload);
            return;
        }
        makeRoom(FrameHeader.MAX_BYTES);
        int key = writeHeader(first, payloadLength);
        for (int done = 0; done < payloadLength; ) {
            int piece = Math.min(LARGE, payloadLength - done);
            makeRoom(piece);
            payload.get(payload.position() + done, gathered, length, piece);
            if (keys != null) {
                Masking.mask(gathered, length, piece, Masking.advance(key, done));
            }
            length += piece;
            done += piece;
        }
    }

    /** Hands everything gathered to the output and gives the array back. */
    public void flush() {
        if (length > 0) {
            flush(null);
        }
    }

    private void flush(@Nullable ByteBuffer payloadThatFollows) {
        byte[] full = gathered;
        int count = length;
        gathered = EMPTY;
        length = 0;
        try {
            if (payloadThatFollows == null) {
                output.write(full, 0, count);
            } else {
                output.write(full, 0, count, payloadThatFollows);
            }
        } finally {
            memory.give(full);
        }
    }

    /** How many bytes are gathered and not yet with the output. */
    public int gathered() {
        return length;
    }

    /** Forgets what is gathered, of a connection that is lost. */
    void discard() {
        byte[] given = gathered;
        gathered = EMPTY;
        length = 0;
        if (given.length > 0) {
            memory.give(given);
        }
    }

    private void writeLarge(int first, byte[] payload, int offset, int payloadLength) {
        makeRoom(FrameHeader.MAX_BYTES);
        int key = writeHeader(first, payloadLength);
        if (keys == null) {
            flush();
            output.write(payload, offset, payloadLength);
            return;
        }
        for (int done = 0; done < payloadLength; ) {
            int piece = Math.min(LARGE, payloadLength - done);
            makeRoom(piece);
            System.arraycopy(payload, offset + done, gathered, length, piece);
            Masking.mask(gathered, length, piece, Masking.advance(key, done));
            length += piece;
            done += piece;
        }
    }

    private int writeHeader(int first, int payloadLength) {
        byte[] to = gathered;
        int at = length;
        int maskBit = keys != null ? 0x80 : 0;
        to[at] = (byte) first;
        if (payloadLength < 126) {
            to[at + 1] = (byte) (maskBit | payloadLength);
            at += 2;
        } else if (payloadLength <= 0xFFFF) {
            to[at + 1] = (byte) (maskBit | 126);
            to[at + 2] = (byte) (payloadLength >>> 8);
            to[at + 3] = (byte) payloadLength;
            at += 4;
        } else {
            to[at + 1] = (byte) (maskBit | 127);
            LONG_BE.set(to, at + 2, (long) payloadLength);
            at += 10;
        }
        int key = 0;
        if (keys != null) {
            key = keys.next();
            INT_LE.set(to, at, key);
            at += 4;
        }
        length = at;
        return key;
    }

    private void makeRoom(int bytes) {
        if (gathered.length - length >= bytes) {
            return;
        }
        if (length + bytes > FULL_ARRAY) {
            flush();
        }
        // Most connections gather a frame or two; those that gather many soon have the full array.
        byte[] larger = memory.take(length == 0 && bytes <= FIRST_ARRAY ? FIRST_ARRAY : FULL_ARRAY);
        byte[] smaller = gathered;
        System.arraycopy(smaller, 0, larger, 0, length);
        gathered = larger;
        if (smaller.length > 0) {
            memory.give(smaller);
        }
    }
}
