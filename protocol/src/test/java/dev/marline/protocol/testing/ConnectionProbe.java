package dev.marline.protocol.testing;

import dev.marline.protocol.Connection;
import dev.marline.protocol.ConnectionEvents;
import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.MaskingKeys;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection under test, with what it told and what it sent. Tests write the frames of both directions unmasked, as
 * hex, and so hold for both roles: where the sender is the client the probe puts the mask on, or takes it off.
 */
public final class ConnectionProbe implements ConnectionEvents {
    public static final long SECOND = 1_000_000_000;

    /** Roomy limits, and pings switched off: tests of the one or the other bring their own. */
    public static final ConnectionLimits LIMITS =
            new ConnectionLimits(16 * 1024 * 1024, 1000, 0, 20 * SECOND, 5 * SECOND);

    public final Role role;
    public final CountingMemory memory = new CountingMemory();
    public final Connection connection;

    /** The time that the connection is told with each call. */
    public long now = 1000 * SECOND;

    private final List<String> events = new ArrayList<>();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private int writes;
    private int failureCode;
    private Consumer<String> reaction = event -> {};
    private boolean echoes;
    private int mayHold = Integer.MAX_VALUE;

    /** The payload data of a large message that is being brought together. */
    private @Nullable ByteBuffer whole;

    public ConnectionProbe(Role role) {
        this(role, LIMITS);
    }

    public ConnectionProbe(Role role, ConnectionLimits limits) {
        this(role, limits, () -> Integer.reverseBytes(Frame.KEY));
    }

    /**
     * A connection with masking keys of the test's own.
     *
     * @param keys used where the role is a client's
     */
    public ConnectionProbe(Role role, ConnectionLimits limits, MaskingKeys keys) {
        this(role, limits, keys, List.of());
    }

    /** A connection that has agreed on extensions. */
    public ConnectionProbe(Role role, ConnectionLimits limits, List<NegotiatedExtension> extensions) {
        this(role, limits, () -> Integer.reverseBytes(Frame.KEY), extensions);
    }

    private ConnectionProbe(
            Role role, ConnectionLimits limits, MaskingKeys keys, List<NegotiatedExtension> extensions) {
        this.role = role;
        this.connection = new Connection(
                role,
                limits,
                extensions,
                role.masks() ? keys : MaskingKeys.NONE,
                memory,
                (bytes, offset, length) -> {
                    output.write(bytes, offset, length);
                    writes++;
                },
                this,
                now);
    }

    /** From now on a message of which a part has come may take at most so many bytes of memory. */
    public ConnectionProbe withMemoryFor(int bytes) {
        mayHold = bytes;
        return this;
    }

    @Override
    public boolean mayHold(int bytes) {
        return bytes <= mayHold;
    }

    // ---- what happens to it

    /** The peer sends these bytes in one go: frames in hex, not masked; the last may be cut off. */
    public ConnectionProbe receive(String hex) {
        return receiveRaw(onTheWire(hex));
    }

    public ConnectionProbe receive(Frame... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            bytes.writeBytes(frame.encode(role.peer()));
        }
        return receiveRaw(bytes.toByteArray());
    }

    /** The peer sends these bytes one at a time. */
    public ConnectionProbe receiveByteByByte(String hex) {
        for (byte b : onTheWire(hex)) {
            receiveRaw(new byte[] {b});
        }
        return this;
    }

    /** The peer sends these bytes as they are. They are laid into a larger array, which the engine must keep its hands off. */
    public ConnectionProbe receiveRaw(byte[] bytes) {
        byte[] lent = new byte[bytes.length + 16];
        Arrays.fill(lent, (byte) 0x5A);
        System.arraycopy(bytes, 0, lent, 7, bytes.length);
        connection.receive(lent, 7, bytes.length, now);
        for (int i = 0; i < lent.length; i++) {
            if ((i < 7 || i >= 7 + bytes.length) && lent[i] != 0x5A) {
                throw new AssertionError("the engine changed a byte that it was not given, at " + (i - 7));
            }
        }
        // The read buffer belongs to someone else now.
        Arrays.fill(lent, (byte) 0xDE);
        return this;
    }

    /** The peer sends these bytes as they are, so many to a read, and large frames are taken from a buffer, as a transport with direct memory does. */
    public ConnectionProbe receiveBuffered(byte[] bytes, int read) {
        for (int i = 0; i < bytes.length; i += read) {
            int count = Math.min(read, bytes.length - i);
            receiveBuffered(
                    ByteBuffer.allocateDirect(count).put(bytes, i, count).flip());
        }
        return this;
    }

    private void receiveBuffered(ByteBuffer buffer) {
        while (buffer.hasRemaining() && connection.isReceiving()) {
            if (whole == null) {
                int length = connection.receiveLargeHeader(buffer, now);
                if (length > 0) {
                    whole = ByteBuffer.allocateDirect(length);
                    continue;
                }
            }
            if (whole != null) {
                receiveWhole(whole, buffer);
            } else if (!connection.receiveLarge(buffer, now)) {
                byte[] rest = new byte[buffer.remaining()];
                buffer.get(rest);
                receiveRaw(rest);
            }
        }
    }

    private void receiveWhole(ByteBuffer payload, ByteBuffer buffer) {
        ByteBuffer piece = buffer.slice(buffer.position(), Math.min(payload.remaining(), buffer.remaining()));
        buffer.position(buffer.position() + piece.remaining());
        connection.unmaskPiece(piece, now);
        payload.put(piece);
        if (!payload.hasRemaining()) {
            whole = null;
            connection.receiveWhole(payload.flip(), now);
        }
    }

    /** What the peer's bytes look like on their way to this end. */
    public byte[] onTheWire(String hex) {
        byte[] unmasked = Hex.bytes(hex);
        return role == Role.SERVER ? Frame.asClient(unmasked) : unmasked;
    }

    public boolean send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return connection.send(Opcode.TEXT, bytes, 0, bytes.length);
    }

    public boolean send(byte[] binary) {
        return connection.send(Opcode.BINARY, binary, 0, binary.length);
    }

    public boolean close(int code, String reason) {
        return connection.close(code, reason, now);
    }

    public ConnectionProbe endOfInput() {
        connection.endOfInput(now);
        return this;
    }

    public ConnectionProbe disconnected() {
        connection.disconnected();
        return this;
    }

    /** Lets time pass, and tells the connection so if that is past its deadline. */
    public ConnectionProbe pass(long nanos) {
        now += nanos;
        if (now >= connection.nextDeadline()) {
            connection.onDeadline(now);
        }
        return this;
    }

    /** Does something inside each callback, told the event; it may use the connection, or throw. */
    public ConnectionProbe inCallbacks(Consumer<String> reaction) {
        this.reaction = reaction;
        return this;
    }

    /** Sends every message back from the very array that it is lent in. */
    public ConnectionProbe echoing() {
        echoes = true;
        return this;
    }

    // ---- what it did

    /** What it has told since this was asked last: {@code TEXT 'hi'}, {@code BINARY 01ff}, {@code CLOSED 1000 'bye' clean}. */
    public List<String> events() {
        List<String> told = List.copyOf(events);
        events.clear();
        return told;
    }

    /** The code with which it failed the connection, 0 if it has not. */
    public int failureCode() {
        return failureCode;
    }

    /** What it has sent since this was asked last, flushed, in hex, its frames not masked. */
    public String sent() {
        ByteArrayOutputStream unmasked = new ByteArrayOutputStream();
        for (Frame frame : sentFrames()) {
            unmasked.writeBytes(frame.encodeUnmasked());
        }
        return Hex.of(unmasked.toByteArray());
    }

    public List<Frame> sentFrames() {
        return Frame.parse(sentRaw(), role);
    }

    /** What it has sent since this was asked last, flushed, as on the wire. */
    public byte[] sentRaw() {
        connection.flush();
        byte[] sent = output.toByteArray();
        output.reset();
        return sent;
    }

    /** How often it has called its output. */
    public int writes() {
        return writes;
    }

    // ---- ConnectionEvents

    @Override
    public void onMessage(int opcode, byte[] bytes, int offset, int length) {
        if (echoes) {
            connection.send(opcode, bytes, offset, length);
        }
        told(Opcode.name(opcode) + " "
                + (opcode == Opcode.TEXT ? quoted(bytes, offset, length) : Hex.of(bytes, offset, length)));
    }

    @Override
    public void onLargeMessage(ByteBuffer bytes) {
        if (echoes) {
            connection.send(Opcode.BINARY, false, bytes);
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        told("BINARY " + Hex.of(copy));
    }

    @Override
    public void onPing(byte[] bytes, int offset, int length) {
        told("PING " + quoted(bytes, offset, length));
    }

    @Override
    public void onPong(byte[] bytes, int offset, int length) {
        told("PONG " + quoted(bytes, offset, length));
    }

    @Override
    public void onFailed(int closeCode, String why) {
        failureCode = closeCode;
        told("FAILED " + closeCode + " " + Objects.requireNonNull(why));
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {
        told("CLOSED " + code + " '" + reason + "'" + (clean ? " clean" : ""));
    }

    private void told(String event) {
        events.add(event);
        reaction.accept(event);
    }

    private static String quoted(byte[] bytes, int offset, int length) {
        return "'" + new String(bytes, offset, length, StandardCharsets.UTF_8) + "'";
    }
}
