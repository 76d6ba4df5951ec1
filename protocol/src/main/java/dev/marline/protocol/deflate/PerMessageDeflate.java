package dev.marline.protocol.deflate;

import static dev.marline.protocol.deflate.DeflateParameters.ABSENT;
import static dev.marline.protocol.deflate.DeflateParameters.NO_VALUE;

import dev.marline.protocol.Memory;
import dev.marline.protocol.Role;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.List;
import java.util.Optional;

/**
 * The extension {@code permessage-deflate}, which compresses messages: RFC 7692. It works in one of two modes:
 *
 * <ul>
 *   <li>{@linkplain #dedicated() dedicated}: each connection has a compressor of its own, which finds what repeats from message to
 *       message (context takeover). That gives the best ratio. It holds a window for what it sends, 20 or 36 KiB at the levels up to
 *       6, from its first message on, and as much of what it has received as the peer may refer to, at most 32 KiB.
 *   <li>{@linkplain #shared() shared}: the connections of an event loop share a compressor, and each message stands for itself
 *       (no context takeover, in both directions). A connection holds nothing between messages.
 * </ul>
 *
 * <pre>{@code
 * PerMessageDeflate deflate = PerMessageDeflate.dedicated().threshold(256).build();
 * }</pre>
 *
 * <p>One instance serves any number of servers and clients, and of threads; they share its {@link #maxMemory()}.
 */
public final class PerMessageDeflate implements Extension {
    private final boolean serverNoContextTakeover;
    private final boolean clientNoContextTakeover;
    private final int serverMaxWindowBits;
    private final int clientMaxWindowBits;
    private final boolean fallback;
    private final Effort effort;
    private final int threshold;
    private final MemoryBudget budget;
    private final Savings savings = new Savings();

    private PerMessageDeflate(Builder builder) {
        serverNoContextTakeover = builder.serverNoContextTakeover;
        clientNoContextTakeover = builder.clientNoContextTakeover;
        serverMaxWindowBits = builder.serverMaxWindowBits;
        clientMaxWindowBits = builder.clientMaxWindowBits;
        fallback = builder.fallback;
        effort = Effort.ofLevel(builder.level);
        threshold = builder.threshold;
        budget = new MemoryBudget(builder.maxMemory);
    }

    /** Each connection has a compressor of its own. */
    public static Builder dedicated() {
        return new Builder();
    }

    /** The connections of an event loop share a compressor, and hold nothing between messages. */
    public static Builder shared() {
        return new Builder().serverNoContextTakeover(true).clientNoContextTakeover(true);
    }

    @Override
    public String name() {
        return DeflateParameters.EXTENSION;
    }

    /** How many bytes connections may hold, all together. */
    public long maxMemory() {
        return budget.limit();
    }

    /**
     * How many bytes connections hold now, each counted as if its windows were full, and the inflaters of messages that are under way.
     * What event loops share comes on top of that: about 250 KiB for each of them at the levels up to 6.
     */
    public long memory() {
        return budget.used();
    }

    /** How many bytes the messages had that went compressed so far, in both directions. */
    public long messageBytes() {
        return savings.messageBytes.sum();
    }

    /** How many bytes these messages took, compressed. */
    public long compressedBytes() {
        return savings.compressedBytes.sum();
    }

    // ---- a server

    @Override
    public Optional<NegotiatedExtension> accept(ExtensionOffer offer) {
        return DeflateParameters.read(offer).flatMap(this::answer).map(answer -> new Negotiated(Role.SERVER, answer));
    }

    /** The answer to an offer; none where that cannot be met. */
    private Optional<DeflateParameters> answer(DeflateParameters offer) {
        // RFC 7692 §7.1.2.2: a server "must not" limit the client's window where that has not offered it.
        if (clientMaxWindowBits < SlidingWindow.MAX_BITS && offer.clientMaxWindowBits() == ABSENT) {
            return Optional.empty();
        }
        int serverBits = Math.min(serverMaxWindowBits, bits(offer.serverMaxWindowBits()));
        int clientBits = Math.min(clientMaxWindowBits, bits(offer.clientMaxWindowBits()));
        return Optional.of(new DeflateParameters(
                serverNoContextTakeover || offer.serverNoContextTakeover(),
                // RFC 7692 §7.1.1.2: a server may ask for this unasked. It does
                // where there is no memory for what the client could refer to.
                clientNoContextTakeover
                        || offer.clientNoContextTakeover()
                        || !budget.hasRoomBetweenMessages(1L << clientBits),
                offer.serverMaxWindowBits() != ABSENT || serverBits < SlidingWindow.MAX_BITS ? serverBits : ABSENT,
                clientBits < SlidingWindow.MAX_BITS ? clientBits : ABSENT));
    }

    private static int bits(int parameter) {
        return parameter == ABSENT || parameter == NO_VALUE ? SlidingWindow.MAX_BITS : parameter;
    }

    // ---- a client

    @Override
    public List<ExtensionOffer> offers() {
        ExtensionOffer first = offer().toOffer();
        ExtensionOffer bare = new DeflateParameters(false, false, ABSENT, NO_VALUE).toOffer();
        return fallback && !first.equals(bare) ? List.of(first, bare) : List.of(first);
    }

    private DeflateParameters offer() {
        return new DeflateParameters(
                serverNoContextTakeover,
                clientNoContextTakeover,
                serverMaxWindowBits < SlidingWindow.MAX_BITS ? serverMaxWindowBits : ABSENT,
                // RFC 7692 §7.1.2.2: a server limits the client's window
                // only if it is told that the client can do that.
                clientMaxWindowBits < SlidingWindow.MAX_BITS ? clientMaxWindowBits : NO_VALUE);
    }

    @Override
    public Optional<NegotiatedExtension> confirm(ExtensionOffer answer) {
        return DeflateParameters.read(answer)
                .filter(read -> read.clientMaxWindowBits() != NO_VALUE)
                .filter(read -> fallback || meets(read))
                .map(read -> new Negotiated(Role.CLIENT, read));
    }

    /** Whether an answer gives what was offered: RFC 7692 §7.1 has the server answer with a parameter to accept it. */
    private boolean meets(DeflateParameters answer) {
        return (answer.serverNoContextTakeover() || !serverNoContextTakeover)
                && (answer.serverMaxWindowBits() != ABSENT || serverMaxWindowBits == SlidingWindow.MAX_BITS)
                && bits(answer.serverMaxWindowBits()) <= serverMaxWindowBits
                && (answer.clientMaxWindowBits() == ABSENT || answer.clientMaxWindowBits() <= clientMaxWindowBits);
    }

    // ---- both

    private final class Negotiated implements NegotiatedExtension {
        private final Role role;
        private final DeflateParameters parameters;

        Negotiated(Role role, DeflateParameters parameters) {
            this.role = role;
            this.parameters = parameters;
        }

        @Override
        public ExtensionOffer answer() {
            return parameters.toOffer();
        }

        // RFC 7692 §6: "the 'Per-Message Compressed' bit, [which is] the RSV1 bit".
        @Override
        public int reservedBits() {
            return RSV1;
        }

        @Override
        public MessageEncoder newEncoder(Memory memory) {
            boolean noContextTakeover = parameters.clientNoContextTakeover() || clientNoContextTakeover;
            int maxWindowBits = Math.min(bits(parameters.clientMaxWindowBits()), clientMaxWindowBits);
            if (role == Role.SERVER) {
                noContextTakeover = parameters.serverNoContextTakeover();
                maxWindowBits = bits(parameters.serverMaxWindowBits());
            }
            return new DeflateEncoder(memory, !noContextTakeover, maxWindowBits, effort, threshold, budget, savings);
        }

        @Override
        public MessageDecoder newDecoder(Memory memory) {
            boolean server = role == Role.SERVER;
            boolean noContextTakeover =
                    server ? parameters.clientNoContextTakeover() : parameters.serverNoContextTakeover();
            int windowBits = bits(server ? parameters.clientMaxWindowBits() : parameters.serverMaxWindowBits());
            return new DeflateDecoder(memory, !noContextTakeover, windowBits, budget, savings);
        }
    }

    /** What permessage-deflate is to be like. */
    public static final class Builder {
        private static final int DEFAULT_LEVEL = 5;

        private boolean serverNoContextTakeover;
        private boolean clientNoContextTakeover;
        private int serverMaxWindowBits = SlidingWindow.MAX_BITS;
        private int clientMaxWindowBits = SlidingWindow.MAX_BITS;
        private boolean fallback;
        private int level = DEFAULT_LEVEL;
        private int threshold;
        private long maxMemory = Runtime.getRuntime().maxMemory() / 4;

        private Builder() {}

        /** Whether the server's messages stand each for itself, so that the client need not remember them. */
        public Builder serverNoContextTakeover(boolean none) {
            serverNoContextTakeover = none;
            return this;
        }

        /** Whether the client's messages stand each for itself, so that the server need not remember them. */
        public Builder clientNoContextTakeover(boolean none) {
            clientNoContextTakeover = none;
            return this;
        }

        /**
         * How far back the server's messages may refer, and how much of them a client must remember, as a power of two.
         *
         * @param bits 8 to 15, which it is by default
         */
        public Builder serverMaxWindowBits(int bits) {
            serverMaxWindowBits = checkedBits("serverMaxWindowBits", bits);
            return this;
        }

        /**
         * How far back the client's messages may refer, and how much of them a server must remember, as a power of two. A server that
         * sets it declines the offers of clients that cannot be told so (RFC 7692 §7.1.2.2); browsers can.
         *
         * @param bits 8 to 15, which it is by default
         */
        public Builder clientMaxWindowBits(int bits) {
            clientMaxWindowBits = checkedBits("clientMaxWindowBits", bits);
            return this;
        }

        private static int checkedBits(String name, int bits) {
            if (bits < SlidingWindow.MIN_BITS || bits > SlidingWindow.MAX_BITS) {
                throw new IllegalArgumentException(name + " is " + bits + ", expected 8 to 15 (RFC 7692 7.1.2)");
            }
            return bits;
        }

        /**
         * Whether a client offers permessage-deflate without limits as its second choice, for servers that cannot meet the parameters
         * of the first. By default a server either meets them, or messages are not compressed.
         */
        public Builder fallback(boolean offered) {
            fallback = offered;
            return this;
        }

        /**
         * How hard to try: 1 is the fastest and 9 gives the smallest messages. The default, 5, looks at the last 8 KiB.
         *
         * @param number 1 to 9
         */
        public Builder level(int number) {
            if (number < 1 || number > 9) {
                throw new IllegalArgumentException("level is " + number + ", expected 1 to 9");
            }
            level = number;
            return this;
        }

        /** Messages with fewer bytes than this go out as they are. By default it is 0. */
        public Builder threshold(int bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("threshold is " + bytes + ", expected 0 or more");
            }
            threshold = bytes;
            return this;
        }

        /**
         * How many bytes connections may hold, all together; by default a quarter of the heap. Where three quarters of that are in use,
         * what is sent goes without context, and a server asks its new clients for the same; a client has to remember what its server's
         * messages refer to all the same. Where all of it is in use, a compressed message that does not come in one piece fails its
         * connection with 1013.
         */
        public Builder maxMemory(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("maxMemory is " + bytes + ", expected 0 or more");
            }
            maxMemory = bytes;
            return this;
        }

        public PerMessageDeflate build() {
            return new PerMessageDeflate(this);
        }
    }
}
