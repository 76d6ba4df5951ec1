package dev.marline.protocol.extension;

import dev.marline.protocol.Memory;

/** Payload data in one array that grows with it. The array is lent from a {@link Memory} while there is anything in it. */
public final class PayloadBuffer {
    private static final byte[] NONE = new byte[0];
    private static final int FIRST_ARRAY = 4 * 1024;
    private static final long MAX_CLAIMED_GROWTH = 8;

    private final Memory memory;
    private byte[] array = NONE;
    private int length;

    public PayloadBuffer(Memory memory) {
        this.memory = memory;
    }

    /** The array, whose first {@link #length} bytes are in use. It is another when {@link #reserve} has made it grow. */
    public byte[] array() {
        return array;
    }

    public int length() {
        return length;
    }

    /** Adds bytes at the end. */
    public void write(byte[] bytes, int offset, int count) {
        System.arraycopy(bytes, offset, reserve(count), length, count);
        length += count;
    }

    /** Makes sure that the array has room for so many bytes behind those in use; whoever writes them there then says {@link #advance}. */
    public byte[] reserve(int count) {
        return growTo(capacityFor(count));
    }

    /**
     * Makes sure of room as {@link #reserve} does, where it is claimed how many bytes will come in all. The array grows with the bytes
     * that have come, up to eight times as many: who claims much and sends little gets little.
     */
    public byte[] reserve(int count, long claimed) {
        return growTo(capacityFor(count, claimed));
    }

    /** Returns how large the array is, at least, after {@link #reserve(int)}. */
    public int capacityFor(int count) {
        if (array.length - length >= count) {
            return array.length;
        }
        // At least to the double, so that each byte is copied once on average.
        return arraySize(Math.max((long) length + count, Math.max(FIRST_ARRAY, 2L * array.length)));
    }

    /** Returns how large the array is, at least, after {@link #reserve(int, long)}. */
    public int capacityFor(int count, long claimed) {
        if (array.length - length >= count) {
            return array.length;
        }
        long needed = (long) length + count;
        return arraySize(Math.max(Math.min(length + claimed, MAX_CLAIMED_GROWTH * needed), needed));
    }

    private static int arraySize(long size) {
        return (int) Math.min(size, Integer.MAX_VALUE - 64);
    }

    private byte[] growTo(int size) {
        byte[] smaller = array;
        if (size <= smaller.length) {
            return smaller;
        }
        array = memory.take(size);
        System.arraycopy(smaller, 0, array, 0, length);
        if (smaller.length > 0) {
            memory.give(smaller);
        }
        return array;
    }

    /** Counts bytes that were written into {@link #reserve}d room. */
    public void advance(int count) {
        length += count;
    }

    /** Empties it and gives the array back. */
    public void release() {
        if (array.length > 0) {
            byte[] given = array;
            array = NONE;
            length = 0;
            memory.give(given);
        }
    }
}
