package dev.marline.protocol.deflate;

import java.util.Arrays;
import java.util.zip.Inflater;

/**
 * The last bytes that a peer has sent, to which it may refer in its next messages (RFC 7692 §7.1.1): a ring, which grows to the size
 * of the peer's LZ77 window as that fills.
 */
final class ReceivedHistory {
    private static final int FIRST_SIZE = 1024;

    private final int limit;
    private byte[] ring;
    private int end;
    private boolean wrapped;

    /** @param bits the size of the peer's window, as a power of two */
    ReceivedHistory(int bits) {
        limit = 1 << bits;
        ring = new byte[Math.min(FIRST_SIZE, limit)];
    }

    void append(byte[] bytes, int offset, int length) {
        if (length >= limit) {
            ring = ring.length == limit ? ring : new byte[limit];
            System.arraycopy(bytes, offset + length - limit, ring, 0, limit);
            end = 0;
            wrapped = true;
            return;
        }
        if (end + length > ring.length && ring.length < limit) {
            // It has not come to its end before, or it would have the full size.
            ring = Arrays.copyOf(ring, (int) Math.min(limit, Math.max(2L * ring.length, (long) end + length)));
        }
        int first = Math.min(length, ring.length - end);
        System.arraycopy(bytes, offset, ring, end, first);
        System.arraycopy(bytes, offset + first, ring, 0, length - first);
        end += length;
        if (end >= ring.length) {
            wrapped = ring.length == limit;
            end = wrapped ? end - limit : end;
        }
    }

    /** Tells an inflater that has just begun what came before. */
    void prime(Inflater inflater) {
        if (wrapped) {
            inflater.setDictionary(ring, end, limit - end);
        }
        if (end > 0) {
            inflater.setDictionary(ring, 0, end);
        }
    }
}
