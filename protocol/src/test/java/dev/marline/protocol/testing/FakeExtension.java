package dev.marline.protocol.testing;

import dev.marline.protocol.Memory;
import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.MessageSink;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.extension.PayloadBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A made-up extension: it writes its mark before each message that it sends and wants it there in what it receives. It accepts what is
 * offered without parameters, or with those that it was given, and counts what is asked of it.
 */
public final class FakeExtension implements Extension, NegotiatedExtension {
    private final ExtensionOffer offer;
    private final int bits;
    private final char mark;
    private int setBits;
    private boolean sharing;

    public int encoded;
    public int encodedShared;
    public int sharedSent;
    public int encodersClosed;
    public int decodersClosed;

    /**
     * An extension.
     *
     * @param bits those that it claims, and sets in every message that it has marked
     */
    public FakeExtension(String name, int bits, char mark) {
        this(new ExtensionOffer(name), bits, mark);
    }

    public FakeExtension(ExtensionOffer offer, int bits, char mark) {
        this.offer = offer;
        this.bits = bits;
        this.mark = mark;
        this.setBits = bits;
    }

    /** Sets other bits than it claims. */
    public FakeExtension setting(int others) {
        setBits = others;
        return this;
    }

    /** Can encode a message for several connections. */
    public FakeExtension sharing() {
        sharing = true;
        return this;
    }

    // ---- Extension

    @Override
    public String name() {
        return offer.name();
    }

    @Override
    public List<ExtensionOffer> offers() {
        return List.of(offer);
    }

    @Override
    public Optional<NegotiatedExtension> accept(ExtensionOffer asked) {
        return asked.equals(offer) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public Optional<NegotiatedExtension> confirm(ExtensionOffer answer) {
        return accept(answer);
    }

    // ---- NegotiatedExtension

    @Override
    public ExtensionOffer answer() {
        return offer;
    }

    @Override
    public int reservedBits() {
        return bits;
    }

    @Override
    public MessageEncoder newEncoder(Memory memory) {
        return new MessageEncoder() {
            @Override
            public int encode(int opcode, boolean compress, byte[] bytes, int offset, int length, PayloadBuffer to) {
                encoded++;
                to.write(new byte[] {(byte) mark}, 0, 1);
                to.write(bytes, offset, length);
                // What has been written does not matter then.
                return compress ? setBits : UNCHANGED;
            }

            @Override
            public OptionalInt encodeShared(int opcode, byte[] bytes, int offset, int length, PayloadBuffer to) {
                if (!sharing) {
                    return OptionalInt.empty();
                }
                encodedShared++;
                to.write(new byte[] {(byte) mark}, 0, 1);
                to.write(bytes, offset, length);
                return OptionalInt.of(setBits);
            }

            @Override
            public void sharedMessageSent(int length, int encodedLength) {
                sharedSent++;
            }

            @Override
            public void close() {
                encodersClosed++;
            }
        };
    }

    @Override
    public MessageDecoder newDecoder(Memory memory) {
        return new MessageDecoder() {
            private boolean begun;

            @Override
            public boolean begin(int reservedBits) {
                begun = true;
                // Without a bit to tell, every message has the mark.
                return bits == 0 || reservedBits != 0;
            }

            @Override
            public void decode(byte[] bytes, int offset, int length, boolean endOfMessage, MessageSink sink)
                    throws DecodingException {
                int from = 0;
                if (begun && length > 0) {
                    begun = false;
                    from = 1;
                    if (bytes[offset] != mark) {
                        throw new DecodingException(4000 + (bytes[offset] & 0xFF), "no mark of " + offer.name());
                    }
                }
                sink.write(bytes, offset + from, length - from, endOfMessage);
            }

            @Override
            public void close() {
                decodersClosed++;
            }
        };
    }
}
