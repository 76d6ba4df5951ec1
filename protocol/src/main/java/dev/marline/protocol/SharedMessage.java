package dev.marline.protocol;

import dev.marline.protocol.extension.ExtensionOffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message for many connections, which is encoded once for all those that have agreed on the same extensions, and not once for each:
 * see {@link Connection#send(SharedMessage)}. For any thread.
 */
public final class SharedMessage {
    private final int opcode;
    private final byte[] bytes;
    private volatile List<Encoding> encodings = List.of();

    /** One way in which it goes on the wire. */
    static final class Encoding {
        private final Role sender;
        private final List<ExtensionOffer> answers;

        /** Null where these extensions cannot encode a message for more than one connection. */
        final byte @Nullable [] payload;

        final int reservedBits;

        Encoding(Role sender, List<ExtensionOffer> answers, byte @Nullable [] payload, int reservedBits) {
            this.sender = sender;
            this.answers = answers;
            this.payload = payload;
            this.reservedBits = reservedBits;
        }

        private boolean isFor(Role role, List<ExtensionOffer> agreed) {
            return role == sender && agreed.equals(answers);
        }
    }

    /**
     * A message.
     *
     * @param opcode {@link Opcode#TEXT} or {@link Opcode#BINARY}
     * @param bytes belong to the message from now on; of text, valid UTF-8
     * @throws IllegalArgumentException if the opcode is another
     */
    public SharedMessage(int opcode, byte[] bytes) {
        Opcode.requireMessage(opcode);
        this.opcode = opcode;
        this.bytes = bytes;
    }

    int opcode() {
        return opcode;
    }

    byte[] bytes() {
        return bytes;
    }

    /** The encoding for connections with this agreement, made with the help of one of them if it is not there yet. */
    Encoding encoding(Role sender, ExtensionChain extensions) {
        for (Encoding encoding : encodings) {
            if (encoding.isFor(sender, extensions.answers())) {
                return encoding;
            }
        }
        Encoding made = encode(sender, extensions);
        synchronized (this) {
            List<Encoding> more = new ArrayList<>(encodings);
            more.add(made);
            encodings = List.copyOf(more);
        }
        return made;
    }

    private Encoding encode(Role sender, ExtensionChain extensions) {
        Encoding[] made = {new Encoding(sender, extensions.answers(), null, 0)};
        extensions.encodeShared(opcode, bytes, 0, bytes.length, (reservedBits, encoded, offset, length) -> {
            byte[] payload = new byte[length];
            System.arraycopy(encoded, offset, payload, 0, length);
            made[0] = new Encoding(sender, extensions.answers(), payload, reservedBits);
        });
        return made[0];
    }
}
