package dev.marline.protocol.deflate;

import dev.marline.protocol.CloseCode;
import dev.marline.protocol.Memory;
import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageSink;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses the messages of a peer: RFC 7692 §7.2.2. Between messages it holds what the peer may refer to, and nothing else.
 *
 * <p>What is inflated goes on in chunks, so that a small message that would become a huge one costs a chunk more than the limit.
 */
final class DeflateDecoder implements MessageDecoder {
    private static final int CHUNK = 32 * 1024;

    /**
     * RFC 7692 §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message." Behind them an empty
     * last block, which is recognized only where all blocks of the message were complete.
     */
    private static final byte[] TAIL = {0x00, 0x00, (byte) 0xFF, (byte) 0xFF, 0x03, 0x00};

    private final Memory memory;
    private final Inflaters inflaters;
    private final MemoryBudget budget;
    private final MemoryBudget.Reservation reserved;
    private final Savings savings;
    private final @Nullable ReceivedHistory history;

    // Of the message that is under way, if one is.
    private @Nullable Inflater inflater;
    private MemoryBudget.@Nullable Reservation held;
    private boolean closed;

    /** What has come of the message ends with a block that says it is the last. */
    private boolean ended;

    // Of the chunk that is being filled.
    private int filled;
    private int remembered;

    /**
     * A decoder.
     *
     * @param contextTakeover whether the peer may refer to earlier messages
     * @param windowBits how far back it may refer, as a power of two
     */
    DeflateDecoder(Memory memory, boolean contextTakeover, int windowBits, MemoryBudget budget, Savings savings) {
        this.memory = memory;
        this.inflaters = memory.shared(Inflaters.class, Inflaters::new);
        this.history = contextTakeover ? new ReceivedHistory(windowBits) : null;
        this.budget = budget;
        this.reserved = budget.reserve(contextTakeover ? 1L << windowBits : 0);
        this.savings = savings;
        inflaters.join();
    }

    @Override
    public void decode(byte[] bytes, int offset, int length, boolean endOfMessage, MessageSink sink)
            throws DecodingException {
        Inflater current = inflater;
        if (current == null) {
            current = inflaters.take();
            inflater = current;
            ended = false;
            prime(current);
        }
        byte[] chunk = memory.take(CHUNK);
        filled = 0;
        remembered = 0;
        try {
            savings.count(0, length);
            if (length > 0) {
                inflate(current, bytes, offset, length, chunk, sink);
            }
            if (endOfMessage) {
                if (!ended) {
                    expectEnd(current, chunk);
                }
                remember(chunk);
                release();
                sink.write(chunk, 0, filled, true);
            } else {
                hold();
                remember(chunk);
                sink.write(chunk, 0, filled, false);
            }
        } catch (DataFormatException e) {
            throw invalid(String.valueOf(e.getMessage()));
        } finally {
            memory.give(chunk);
        }
    }

    private void inflate(Inflater current, byte[] bytes, int offset, int length, byte[] chunk, MessageSink sink)
            throws DataFormatException, DecodingException {
        ended = false;
        current.setInput(bytes, offset, length);
        while (true) {
            filled += current.inflate(chunk, filled, chunk.length - filled);
            if (filled == chunk.length) {
                remember(chunk);
                sink.write(chunk, 0, filled, false);
                filled = 0;
                remembered = 0;
            } else if (current.finished()) {
                // RFC 7692 §7.2.3.4: a block may have BFINAL set; more blocks may follow.
                int left = current.getRemaining();
                remember(chunk);
                current.reset();
                prime(current);
                if (left == 0) {
                    ended = true;
                    return;
                }
                current.setInput(bytes, offset + length - left, left);
            } else if (current.needsInput()) {
                return;
            } else {
                throw invalid("it asks for a dictionary");
            }
        }
    }

    private void expectEnd(Inflater current, byte[] chunk) throws DataFormatException, DecodingException {
        current.setInput(TAIL);
        int more = current.inflate(chunk, filled, Math.min(1, chunk.length - filled));
        if (more > 0 || !current.finished() || current.getRemaining() > 0) {
            throw invalid("it is cut off");
        }
    }

    private void prime(Inflater begun) {
        if (history != null) {
            history.prime(begun);
        }
    }

    private void remember(byte[] chunk) {
        savings.count(filled - remembered, 0);
        if (history != null) {
            history.append(chunk, remembered, filled - remembered);
        }
        remembered = filled;
    }

    private static DecodingException invalid(String how) {
        return new DecodingException(CloseCode.INVALID_PAYLOAD, "a compressed message is invalid: " + how);
    }

    /** The message is not complete and goes on holding its inflater: many that never are must not hold as many. */
    private void hold() throws DecodingException {
        if (held == null) {
            if (!budget.hasRoom(Inflaters.MEMORY)) {
                throw new DecodingException(
                        CloseCode.TRY_AGAIN_LATER, "there is no memory for more compressed messages under way");
            }
            held = budget.reserve(Inflaters.MEMORY);
        }
    }

    private void release() {
        if (held != null) {
            held.release();
            held = null;
        }
        Inflater done = inflater;
        if (done != null) {
            inflater = null;
            inflaters.give(done);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                release();
            } finally {
                inflaters.leave();
                reserved.release();
            }
        }
    }
}
