package dev.marline.protocol;

import java.util.function.Supplier;

/**
 * Where the engine takes its byte arrays from and gives them back to: what is being assembled and what is waiting to be written.
 * A transport lends the arrays of one event loop to all connections of it, so that an idle connection holds none.
 */
public interface Memory {
    /** Takes every array from the heap and leaves those given back to the garbage collector. */
    Memory HEAP = new Memory() {
        @Override
        public byte[] take(int atLeast) {
            return new byte[atLeast];
        }

        @Override
        public void give(byte[] array) {
            // Nothing points to it any more: that is all the collector needs.
        }
    };

    /** An array of at least that many bytes, with any contents. */
    byte[] take(int atLeast);

    /** Gives back an array that {@link #take} returned; the caller does not touch it again. */
    void give(byte[] array);

    /**
     * Something that all connections of a thread can use in turn, and none needs for itself: the tables of a compressor, say. Memory
     * that belongs to no thread makes a new one each time.
     *
     * @param type says which; there is one of each
     */
    default <T> T shared(Class<T> type, Supplier<T> create) {
        return create.get();
    }
}
