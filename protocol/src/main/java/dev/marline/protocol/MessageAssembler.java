package dev.marline.protocol;

import dev.marline.protocol.extension.PayloadBuffer;
import java.nio.ByteBuffer;

/**
 * Puts together a message that does not lie whole in one read: the pieces of its frames, in one growing array. It exists only
 * while such a message is under way.
 *
 * <p>The array grows with the bytes that have come, never with the length that a header claims.
 */
final class MessageAssembler {
    private final int opcode;
    private final PayloadBuffer payload;
    private int fragments = 1;
    private int utf8 = Utf8.COMPLETE;

    /** @param opcode of the message's first frame: {@link Opcode#TEXT} or {@link Opcode#BINARY} */
    MessageAssembler(int opcode, Memory memory) {
        this.opcode = opcode;
        this.payload = new PayloadBuffer(memory);
    }

    /** Returns how many bytes of memory this takes. */
    int capacity() {
        return payload.array().length;
    }

    /** Returns how many bytes it takes with the next piece. */
    int capacityWith(int count) {
        return payload.capacityFor(count);
    }

    /** Returns how many bytes it takes with the next piece of a frame that has so many bytes left. */
    int capacityWith(int count, long claimed) {
        return payload.capacityFor(count, claimed);
    }

    /** Takes the next piece of payload data, unmasked; false if the text cannot be UTF-8 any more. */
    boolean append(byte[] piece, int offset, int count) {
        System.arraycopy(piece, offset, payload.reserve(count), payload.length(), count);
        return take(count);
    }

    /**
     * Takes the next piece of payload data from a buffer, and unmasks it.
     *
     * @param claimed how many bytes the frame will have, from these on
     */
    boolean append(ByteBuffer piece, int count, int maskingKey, long claimed) {
        byte[] array = payload.reserve(count, claimed);
        piece.get(array, payload.length(), count);
        if (maskingKey != 0) {
            Masking.mask(array, payload.length(), count, maskingKey);
        }
        return take(count);
    }

    private boolean take(int count) {
        if (opcode == Opcode.TEXT) {
            // RFC 6455 §8.1: an endpoint that finds text "is not, in fact, a valid UTF-8
            // stream" must fail the connection; done here with each piece, it fails at
            // the first impossible byte, however large the message was going to be.
            utf8 = Utf8.validate(utf8, payload.array(), payload.length(), count);
        }
        payload.advance(count);
        return utf8 != Utf8.INVALID;
    }

    /** Whether the message so far ends between characters, which text must at its end. */
    boolean endsWhole() {
        return utf8 == Utf8.COMPLETE;
    }

    int nextFragment() {
        return ++fragments;
    }

    int opcode() {
        return opcode;
    }

    byte[] bytes() {
        return payload.array();
    }

    int length() {
        return payload.length();
    }

    /** Gives the array back; the assembler is of no use any more. */
    void release() {
        payload.release();
    }
}
