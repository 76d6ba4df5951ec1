package dev.marline.protocol.testing;

import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.Role;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.ExtensionOffer.Parameter;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The other end of permessage-deflate, made of the JDK's compression, with context takeover: what an engine sends and takes is tested
 * against it.
 */
public final class PeerDeflate implements AutoCloseable {
    public static final String NAME = "permessage-deflate";

    /** The end of a flush, which a sender takes off and a receiver puts on: RFC 7692 §7.2.1 and §7.2.2. */
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Deflater deflater;
    private final Inflater inflater = new Inflater(true);

    public PeerDeflate() {
        this(Deflater.DEFAULT_COMPRESSION);
    }

    public PeerDeflate(int level) {
        deflater = new Deflater(level, true);
    }

    // ---- connections that have agreed on it

    /** An end that has agreed on permessage-deflate, with the parameters that the answer has: {@code "server_max_window_bits=9"} say. */
    public static ConnectionProbe probe(Role role, String parameters) {
        return probe(role, parameters, ConnectionProbe.LIMITS);
    }

    public static ConnectionProbe probe(Role role, String parameters, ConnectionLimits limits) {
        return probe(role, parameters, limits, PerMessageDeflate.dedicated().build());
    }

    public static ConnectionProbe probe(
            Role role, String parameters, ConnectionLimits limits, PerMessageDeflate deflate) {
        return new ConnectionProbe(role, limits, List.of(agreed(role, parameters, deflate)));
    }

    public static NegotiatedExtension agreed(Role role, String parameters, PerMessageDeflate deflate) {
        ExtensionOffer offer = offer(parameters.isEmpty() ? NAME : NAME + "; " + parameters);
        return (role == Role.SERVER ? deflate.accept(offer) : deflate.confirm(offer)).orElseThrow();
    }

    /** An offer or an answer as it is written in the header, without quotes. */
    public static ExtensionOffer offer(String text) {
        String[] parts = text.split(";", -1);
        List<Parameter> parameters = new ArrayList<>();
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            String[] sides = part.strip().split("=", 2);
            parameters.add(new Parameter(sides[0], sides.length == 1 ? null : sides[1]));
        }
        return new ExtensionOffer(parts[0].strip(), parameters);
    }

    // ---- messages

    /** The payload of a message; it may refer to those before. */
    public byte[] compress(byte[] message) {
        return compress(message, Deflater.SYNC_FLUSH);
    }

    /** The payload of a message that consists of these parts, with a flush after each. */
    public byte[] compress(int flush, byte[]... parts) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        for (int i = 0; i < parts.length; i++) {
            payload.writeBytes(compress(parts[i], i < parts.length - 1 ? flush : Deflater.SYNC_FLUSH));
            if (i < parts.length - 1) {
                payload.writeBytes(TAIL);
            }
        }
        return payload.toByteArray();
    }

    private byte[] compress(byte[] message, int flush) {
        if (message.length == 0) {
            // A second flush in a row gives nothing.
            return new byte[1];
        }
        deflater.setInput(message);
        byte[] flushed = new byte[2 * message.length + 100];
        int length = deflater.deflate(flushed, 0, flushed.length, flush);
        if (!Arrays.equals(TAIL, Arrays.copyOfRange(flushed, length - TAIL.length, length))) {
            throw new AssertionError("a flush ends with " + Hex.of(flushed, 0, length));
        }
        return Arrays.copyOf(flushed, length - TAIL.length);
    }

    /** What a payload that the engine has sent stands for; it may refer to those before. */
    public byte[] decompress(byte[] payload) {
        byte[] whole = Arrays.copyOf(payload, payload.length + TAIL.length);
        System.arraycopy(TAIL, 0, whole, payload.length, TAIL.length);
        inflater.setInput(whole);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        byte[] chunk = new byte[8192];
        try {
            do {
                int count = inflater.inflate(chunk);
                message.write(chunk, 0, count);
                if (inflater.finished()) {
                    throw new AssertionError("a block says that it is the last");
                }
                if (count < chunk.length && !inflater.needsInput()) {
                    throw new AssertionError("the inflater stops early");
                }
                if (count < chunk.length) {
                    return message.toByteArray();
                }
            } while (true);
        } catch (DataFormatException e) {
            throw new AssertionError("not DEFLATE: " + e.getMessage(), e);
        }
    }

    /** What this end has sent and received so far cannot be referred to any more. */
    public void forget() {
        deflater.reset();
        inflater.reset();
    }

    @Override
    public void close() {
        deflater.end();
        inflater.end();
    }
}
