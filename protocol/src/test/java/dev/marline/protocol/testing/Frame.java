package dev.marline.protocol.testing;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A frame as a value, right or deliberately wrong. It reads and writes the bytes of RFC 6455 §5.2 by itself, slowly and plainly:
 * the engine's own reading and writing is tested against it.
 *
 * <pre>{@code
 * socket.getOutputStream().write(Frame.text("hi").encode(Role.CLIENT));
 * Frame answer = Frame.read(socket.getInputStream(), Role.SERVER); // TEXT 'hi' [2 bytes]
 * }</pre>
 */
public final class Frame {
    /** The masking key of encoded frames where the test does not say another; it is the one in the examples of RFC 6455 §5.7. */
    public static final int KEY = 0x37FA213D;

    private static final int SHOWN_BYTES = 32;

    private final boolean fin;
    private final int rsv;
    private final int opcode;
    private final byte[] payload;
    private final int lengthBits;
    private final long declaredLength;

    private Frame(boolean fin, int rsv, int opcode, byte[] payload, int lengthBits, long declaredLength) {
        this.fin = fin;
        this.rsv = rsv;
        this.opcode = opcode;
        this.payload = payload;
        this.lengthBits = lengthBits;
        this.declaredLength = declaredLength;
    }

    // ---- frames

    public static Frame of(int opcode, byte[] payload) {
        return new Frame(true, 0, opcode, payload.clone(), minimalLengthBits(payload.length), payload.length);
    }

    public static Frame text(String text) {
        return of(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static Frame binary(byte[] payload) {
        return of(Opcode.BINARY, payload);
    }

    public static Frame continuation(byte[] payload) {
        return of(Opcode.CONTINUATION, payload);
    }

    public static Frame ping(String payload) {
        return of(Opcode.PING, payload.getBytes(StandardCharsets.UTF_8));
    }

    public static Frame pong(String payload) {
        return of(Opcode.PONG, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** A Close without a body. */
    public static Frame close() {
        return of(Opcode.CLOSE, new byte[0]);
    }

    public static Frame close(int code, String reason) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.write(code >>> 8);
        payload.write(code);
        payload.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
        return of(Opcode.CLOSE, payload.toByteArray());
    }

    /** The same without FIN: more fragments follow. */
    public Frame notFinal() {
        return new Frame(false, rsv, opcode, payload, lengthBits, declaredLength);
    }

    /** The same with RSV bits: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
    public Frame withRsv(int bits) {
        return new Frame(fin, bits, opcode, payload, lengthBits, declaredLength);
    }

    /** The same with its length in 7, 16 or 64 bits, whether or not fewer would do. */
    public Frame withLengthBits(int bits) {
        return new Frame(fin, rsv, opcode, payload, bits, declaredLength);
    }

    /** The same with a header that claims another length than the payload has. */
    public Frame withDeclaredLength(long length) {
        return new Frame(fin, rsv, opcode, payload, minimalLengthBits(length), length);
    }

    public boolean fin() {
        return fin;
    }

    public int rsv() {
        return rsv;
    }

    public int opcode() {
        return opcode;
    }

    public byte[] payload() {
        return payload.clone();
    }

    /** The payload as text. */
    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** A Close frame's code, 1005 where it has none. */
    public int closeCode() {
        return payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
    }

    // ---- bytes

    /** As this role sends it: a client's is masked, with {@link #KEY}. */
    public byte[] encode(Role sender) {
        return sender == Role.CLIENT ? encodeMasked(KEY) : encodeUnmasked();
    }

    public byte[] encodeUnmasked() {
        return encode(false, 0);
    }

    /**
     * As a client sends it, with this masking key.
     *
     * @param key its first octet on the wire is the highest byte
     */
    public byte[] encodeMasked(int key) {
        return encode(true, key);
    }

    private byte[] encode(boolean masked, int key) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write((fin ? 0x80 : 0) | rsv << 4 | opcode);
        int maskBit = masked ? 0x80 : 0;
        bytes.write(maskBit | (lengthBits == 7 ? (int) declaredLength : lengthBits == 16 ? 126 : 127));
        for (int shift = lengthBits - 8; lengthBits > 7 && shift >= 0; shift -= 8) {
            bytes.write((int) (declaredLength >>> shift));
        }
        for (int shift = 24; masked && shift >= 0; shift -= 8) {
            bytes.write(key >>> shift);
        }
        bytes.writeBytes(mask(payload, key));
        return bytes.toByteArray();
    }

    /** RFC 6455 §5.3: octet i is XORed with octet i modulo 4 of the key. */
    public static byte[] mask(byte[] payload, int key) {
        byte[] masked = new byte[payload.length];
        for (int i = 0; i < payload.length; i++) {
            masked[i] = (byte) (payload[i] ^ key >>> (24 - 8 * (i % 4)));
        }
        return masked;
    }

    /**
     * What a client would send instead of these frames, which are not masked: the same with the mask bit, {@link #KEY} and masked
     * payload. The frames may be wrong in other ways, and the last one may be cut off.
     */
    public static byte[] asClient(byte[] unmasked) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < unmasked.length) {
            bytes.write(unmasked[at++]);
            if (at == unmasked.length) {
                break;
            }
            int second = unmasked[at++] & 0xFF;
            bytes.write(second | 0x80);
            int lengthBytes = second == 126 ? 2 : second == 127 ? 8 : 0;
            long length = lengthBytes == 0 ? second & 0x7F : 0;
            for (; lengthBytes > 0 && at < unmasked.length; lengthBytes--) {
                length = length << 8 | (unmasked[at] & 0xFF);
                bytes.write(unmasked[at++]);
            }
            if (lengthBytes > 0) {
                break;
            }
            bytes.writeBytes(new byte[] {(byte) (KEY >>> 24), (byte) (KEY >>> 16), (byte) (KEY >>> 8), (byte) KEY});
            int end = length < 0 ? unmasked.length : at + (int) Math.min(length, unmasked.length - at);
            bytes.writeBytes(mask(Arrays.copyOfRange(unmasked, at, end), KEY));
            at = end;
        }
        return bytes.toByteArray();
    }

    /** Reads all frames of these bytes; they must be whole and masked as this role sends them. */
    public static List<Frame> parse(byte[] bytes, Role sender) {
        List<Frame> frames = new ArrayList<>();
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        try {
            while (in.available() > 0) {
                frames.add(read(in, sender));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("after " + frames + " not a whole frame", e);
        }
        return frames;
    }

    /**
     * Reads the next frame, waiting for it.
     *
     * @throws EOFException if the stream ends before the frame does
     * @throws AssertionError if the frame is not masked as this role must
     */
    public static Frame read(InputStream in, Role sender) throws IOException {
        DataInputStream data = new DataInputStream(in);
        int first = data.readUnsignedByte();
        int second = data.readUnsignedByte();
        boolean masked = (second & 0x80) != 0;
        if (masked != (sender == Role.CLIENT)) {
            throw new AssertionError("a " + sender + "'s frame is " + (masked ? "" : "not ") + "masked");
        }
        int shortLength = second & 0x7F;
        int lengthBits = shortLength < 126 ? 7 : shortLength == 126 ? 16 : 64;
        long length = lengthBits == 7 ? shortLength : lengthBits == 16 ? data.readUnsignedShort() : data.readLong();
        int key = masked ? data.readInt() : 0;
        byte[] payload = new byte[Math.toIntExact(length)];
        data.readFully(payload);
        return new Frame((first & 0x80) != 0, first >> 4 & 7, first & 15, mask(payload, key), lengthBits, length);
    }

    private static int minimalLengthBits(long length) {
        return length < 0 || length > 65535 ? 64 : length > 125 ? 16 : 7;
    }

    // ---- value

    @Override
    public boolean equals(Object other) {
        return other instanceof Frame frame
                && fin == frame.fin
                && rsv == frame.rsv
                && opcode == frame.opcode
                && lengthBits == frame.lengthBits
                && declaredLength == frame.declaredLength
                && Arrays.equals(payload, frame.payload);
    }

    @Override
    public int hashCode() {
        return Objects.hash(fin, rsv, opcode, lengthBits, declaredLength, Arrays.hashCode(payload));
    }

    /** {@code TEXT 'hi' [2 bytes]}, {@code CLOSE 1000 'bye' [5 bytes]}, {@code BINARY 0102 [2 bytes, continued]}. */
    @Override
    public String toString() {
        StringBuilder shown = new StringBuilder(Opcode.name(opcode)).append(' ');
        if (opcode == Opcode.CLOSE && payload.length >= 2) {
            shown.append(closeCode()).append(' ').append(quoted(2));
        } else {
            shown.append(opcode == Opcode.BINARY || opcode == Opcode.CONTINUATION ? hex() : quoted(0));
        }
        shown.append(" [").append(payload.length).append(payload.length == 1 ? " byte" : " bytes");
        if (declaredLength != payload.length) {
            shown.append(" of ").append(declaredLength);
        }
        if (lengthBits != minimalLengthBits(declaredLength)) {
            shown.append(", length in ").append(lengthBits).append(" bits");
        }
        if (rsv != 0) {
            shown.append(", rsv ").append(rsv);
        }
        return shown.append(fin ? "]" : ", continued]").toString();
    }

    private String hex() {
        int shown = Math.min(payload.length, SHOWN_BYTES);
        return Hex.of(payload, 0, shown) + (shown < payload.length ? "..." : "");
    }

    private String quoted(int from) {
        int shown = Math.min(payload.length - from, SHOWN_BYTES);
        String text = new String(payload, from, shown, StandardCharsets.UTF_8);
        return "'" + text + (from + shown < payload.length ? "..." : "") + "'";
    }
}
