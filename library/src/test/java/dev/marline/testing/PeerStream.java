package dev.marline.testing;

import dev.marline.protocol.Role;
import dev.marline.protocol.testing.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** The stream of one request, as a {@link StreamPeer} has it. Whatever waits here does so for ten seconds at most. */
public abstract class PeerStream {
    /** How a stream ends on which all has been said. */
    public static final String END = "END";

    private HttpHead head;
    private byte[] received = new byte[0];
    private int taken;
    private String end;

    // ---- what the server sends

    final synchronized void receiveHead(HttpHead fields) {
        // A second one is a trailer.
        if (head == null) {
            head = fields;
        }
    }

    final synchronized void receiveData(byte[] bytes) {
        byte[] all = Arrays.copyOfRange(received, taken, received.length + bytes.length);
        System.arraycopy(bytes, 0, all, received.length - taken, bytes.length);
        received = all;
        taken = 0;
    }

    final synchronized void receiveEnd(String how) {
        if (end == null) {
            end = how;
        }
    }

    /** Waits until it has happened, or the connection has ended. */
    public abstract void await(String what, BooleanSupplier happened);

    /** The head of the response. */
    public HttpHead readHead() {
        await("a head", () -> hasHead() || hasEnded());
        if (!hasHead()) {
            throw new AssertionError("there was no head, but " + end);
        }
        return head;
    }

    /** What is left up to the end of the stream, as text. */
    public String readBody() {
        readEnd();
        return new String(take(unread()), StandardCharsets.UTF_8);
    }

    public byte[] readBytes(int count) {
        await(count + " bytes", () -> unread() >= count || hasEnded());
        if (unread() < count) {
            throw new AssertionError("the stream ended after " + unread() + " of " + count + " bytes: " + end);
        }
        return take(count);
    }

    /** The next frame of the WebSocket that the stream has become. */
    public Frame readFrame() {
        try {
            return Frame.read(new Input(), Role.SERVER);
        } catch (IOException e) {
            throw new UncheckedIOException("no frame, but " + end, e);
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            await("a byte", () -> unread() > 0 || hasEnded());
            int count = Math.min(length, unread());
            System.arraycopy(take(count), 0, to, offset, count);
            return count == 0 ? -1 : count;
        }
    }

    /** How the stream ends: {@link #END}, or {@code RESET} and the name of an error code. */
    public String readEnd() {
        await("the end of the stream", this::hasEnded);
        return end;
    }

    private synchronized boolean hasHead() {
        return head != null;
    }

    public synchronized boolean hasEnded() {
        return end != null;
    }

    /** How many bytes have come and are not read. */
    public synchronized int unread() {
        return received.length - taken;
    }

    private synchronized byte[] take(int count) {
        taken += count;
        return Arrays.copyOfRange(received, taken - count, taken);
    }

    // ---- what the peer sends

    /** Sends bytes in a DATA frame, whether or not the server's windows allow it. */
    public final PeerStream send(byte[] bytes) {
        sendData(bytes, false);
        return this;
    }

    /** Sends frames of a WebSocket. */
    public final PeerStream send(Frame... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            bytes.writeBytes(frame.encode(Role.CLIENT));
        }
        return send(bytes.toByteArray());
    }

    /** Ends the peer's direction. */
    public final PeerStream end() {
        sendData(new byte[0], true);
        return this;
    }

    /** Ends the peer's direction with a trailer section: names and values in turn. */
    public abstract PeerStream endWith(String... trailers);

    abstract void sendData(byte[] bytes, boolean last);

    /** Resets the stream, as a peer does that wants no more of it. */
    public abstract void reset();

    /** From now on lets the server send no more than fits the stream's window. */
    public abstract void readNoMore();
}
