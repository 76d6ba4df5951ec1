package dev.marline.protocol;

import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.MessageSink;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.extension.PayloadBuffer;
import java.util.List;
import java.util.OptionalInt;

/**
 * The extensions of a connection, in the order that was agreed on. RFC 6455 §9.1: with "foo, bar" what is sent is bar(foo(data)), and
 * what is received is undone in reverse.
 */
final class ExtensionChain {
    /** Which reserved bits have a meaning. */
    final int reservedBits;

    private final List<ExtensionOffer> answers;
    private final int[] bits;
    private final MessageEncoder[] encoders;
    private final MessageDecoder[] decoders;

    /** Which decoders the message that is being received concerns. */
    private final boolean[] decoding;

    /** Where the decoders write to: the next one, or at last the connection. */
    private final MessageSink[] sinks;

    private final MessageSink received;

    // What is being sent: the result of the last encoder is the next one's input.
    private PayloadBuffer encoded;
    private PayloadBuffer spare;

    /**
     * A chain.
     *
     * @param received takes the messages that are decoded
     */
    ExtensionChain(List<NegotiatedExtension> extensions, Memory memory, MessageSink received) {
        int count = extensions.size();
        this.answers = extensions.stream().map(NegotiatedExtension::answer).toList();
        this.received = received;
        this.encoded = new PayloadBuffer(memory);
        this.spare = new PayloadBuffer(memory);
        bits = new int[count];
        encoders = new MessageEncoder[count];
        decoders = new MessageDecoder[count];
        decoding = new boolean[count];
        sinks = new MessageSink[count];
        int all = 0;
        for (int i = 0; i < count; i++) {
            NegotiatedExtension extension = extensions.get(i);
            bits[i] = extension.reservedBits();
            all |= bits[i];
            encoders[i] = extension.newEncoder(memory);
            decoders[i] = extension.newDecoder(memory);
            int next = i - 1;
            sinks[i] = (bytes, offset, length, end) -> decode(next, bytes, offset, length, end);
        }
        reservedBits = all;
    }

    /** The agreement, which is the same for connections that can send the same shared messages. */
    List<ExtensionOffer> answers() {
        return answers;
    }

    // ---- received

    /** A message begins with these reserved bits; whether any of it is to be decoded. */
    boolean begin(int firstFrameBits) {
        boolean any = false;
        for (int i = 0; i < decoders.length; i++) {
            decoding[i] = decoders[i].begin(firstFrameBits & bits[i]);
            any |= decoding[i];
        }
        return any;
    }

    void decode(byte[] bytes, int offset, int length, boolean endOfMessage) throws DecodingException {
        decode(decoders.length - 1, bytes, offset, length, endOfMessage);
    }

    private void decode(int from, byte[] bytes, int offset, int length, boolean endOfMessage) throws DecodingException {
        int i = from;
        while (i >= 0 && !decoding[i]) {
            i--;
        }
        if (i < 0) {
            received.write(bytes, offset, length, endOfMessage);
        } else {
            decoders[i].decode(bytes, offset, length, endOfMessage, sinks[i]);
        }
    }

    void closeDecoders() {
        closeDecoders(0);
    }

    private void closeDecoders(int from) {
        if (from < decoders.length) {
            try {
                decoders[from].close();
            } finally {
                closeDecoders(from + 1);
            }
        }
    }

    // ---- sent

    /** Takes a message that has been encoded; the array is not to be used afterwards. */
    @FunctionalInterface
    interface Encoded {
        void take(int reservedBits, byte[] bytes, int offset, int length);
    }

    void encode(int opcode, boolean compress, byte[] bytes, int offset, int length, Encoded result) {
        encode(
                bytes,
                offset,
                length,
                result,
                (encoder, from, at, count, to) ->
                        OptionalInt.of(encoder.encode(opcode, compress, from, at, count, to)));
    }

    /** Encodes a message for all connections with the same agreement; false, and no result, if that cannot be done. */
    boolean encodeShared(int opcode, byte[] bytes, int offset, int length, Encoded result) {
        return encode(
                bytes,
                offset,
                length,
                result,
                (encoder, from, at, count, to) -> encoder.encodeShared(opcode, from, at, count, to));
    }

    void sharedMessageSent(int length, int encodedLength) {
        for (MessageEncoder encoder : encoders) {
            encoder.sharedMessageSent(length, encodedLength);
        }
    }

    void closeEncoders() {
        closeEncoders(0);
    }

    private void closeEncoders(int from) {
        if (from < encoders.length) {
            try {
                encoders[from].close();
            } finally {
                closeEncoders(from + 1);
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        OptionalInt encode(MessageEncoder encoder, byte[] bytes, int offset, int length, PayloadBuffer to);
    }

    private boolean encode(byte[] bytes, int offset, int length, Encoded result, Step step) {
        byte[] from = bytes;
        int at = offset;
        int count = length;
        int set = 0;
        try {
            for (int i = 0; i < encoders.length; i++) {
                OptionalInt own = step.encode(encoders[i], from, at, count, spare);
                if (own.isEmpty()) {
                    return false;
                }
                if (own.getAsInt() == MessageEncoder.UNCHANGED) {
                    spare.release();
                    continue;
                }
                if ((own.getAsInt() & ~bits[i]) != 0) {
                    throw new IllegalStateException(
                            answers.get(i).name() + " has set reserved bits that it does not claim");
                }
                set |= own.getAsInt();
                from = spare.array();
                at = 0;
                count = spare.length();
                encoded.release();
                PayloadBuffer free = encoded;
                encoded = spare;
                spare = free;
            }
            result.take(set, from, at, count);
            return true;
        } finally {
            encoded.release();
            spare.release();
        }
    }
}
