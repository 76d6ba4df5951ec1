package dev.marline.testing;

import dev.marline.protocol.handshake.HttpVersion;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * HTTP/2 in clear text, with prior knowledge, as a client and, for what little is needed of it, as a server, on a {@link RawPeer}'s blocking socket: what the server sends is read while the test waits
 * for something, and not before. Writes its frames by itself (RFC 9113 §4.1); HPACK is Netty's where it has to be decoded.
 */
public final class Http2Peer implements StreamPeer {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 1;
    public static final int ACK = 1;
    public static final int END_HEADERS = 4;

    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** The window that streams and connections begin with: RFC 9113 §6.9.2. */
    public static final int WINDOW = 65_535;

    private static final int PLENTY = 1 << 30;
    private static final int HEAD_BYTES = 9;

    private final RawPeer raw;
    private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false);
    private final Map<Integer, Stream> streams = new HashMap<>();
    private final Map<Integer, Long> settings = new HashMap<>();
    private final Map<Integer, Long> credit = new HashMap<>();
    private final Map<Integer, String> resets = new HashMap<>();
    private int pongs;
    private boolean acknowledged;
    private Stream requested;
    private ByteArrayOutputStream gathered;
    private boolean answering = true;
    private int nextStream = 1;
    private String end;

    private Http2Peer(RawPeer raw) {
        this.raw = raw;
    }

    // ---- connections

    /** A client of the server at this port that has exchanged settings with it. */
    public static Http2Peer connect(int port) {
        Http2Peer peer = begin(RawPeer.connect(port)).sendSettings();
        peer.sendWindowUpdate(0, PLENTY);
        peer.pump("the server's settings", () -> !peer.settings.isEmpty());
        return peer;
    }

    /** A client that has sent the preface without the SETTINGS that belong to it, and acknowledges nothing. */
    public static Http2Peer begin(RawPeer raw) {
        return begin(raw, PREFACE);
    }

    /** A client that has sent this instead of the preface, and acknowledges nothing. */
    public static Http2Peer begin(RawPeer raw, String preface) {
        Http2Peer peer = new Http2Peer(raw);
        peer.raw.sendRaw(preface);
        return peer;
    }

    /** A server for a client that has connected and begins with HTTP/2; it has sent nothing yet. */
    public static Http2Peer accept(RawPeer raw) {
        String begun = new String(raw.readBytes(PREFACE.length()), StandardCharsets.US_ASCII);
        if (!begun.equals(PREFACE)) {
            throw new AssertionError("the client begins with " + begun);
        }
        return new Http2Peer(raw);
    }

    /** Answers neither SETTINGS nor DATA from here on. */
    public Http2Peer answerNothing() {
        answering = false;
        return this;
    }

    /** Begins another TLS handshake on the connection. */
    public void renegotiate() {
        raw.renegotiate();
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_2;
    }

    @Override
    public void close() {
        raw.close();
    }

    // ---- what the peer sends

    @Override
    public PeerStream open(boolean last, String... fields) {
        Stream stream = newStream();
        sendFrame(HEADERS, END_HEADERS | (last ? END_STREAM : 0), stream.id, LiteralFields.hpack(fields));
        return stream;
    }

    /** Takes the next number for a stream on which nothing is sent yet. */
    public Stream newStream() {
        Stream stream = new Stream(nextStream);
        streams.put(nextStream, stream);
        nextStream += 2;
        return stream;
    }

    /** Names and values in turn, as a header block. */
    public static byte[] block(String... fields) {
        return LiteralFields.hpack(fields);
    }

    /** Sends SETTINGS: identifiers and values in turn. */
    public Http2Peer sendSettings(int... idsAndValues) {
        ByteBuffer payload = ByteBuffer.allocate(idsAndValues.length * 3);
        for (int i = 0; i < idsAndValues.length; i += 2) {
            payload.putShort((short) idsAndValues[i]).putInt(idsAndValues[i + 1]);
        }
        return sendFrame(SETTINGS, 0, 0, payload.array());
    }

    public Http2Peer sendWindowUpdate(int stream, int increment) {
        return sendFrame(WINDOW_UPDATE, 0, stream, number(increment));
    }

    public Http2Peer sendFrame(int type, int flags, int stream, byte[] payload) {
        return sendRaw(frame(type, flags, stream, payload));
    }

    public Http2Peer sendRaw(byte[] bytes) {
        if (gathered == null) {
            raw.sendRaw(bytes);
        } else {
            gathered.writeBytes(bytes);
        }
        return this;
    }

    /** Sends at once, and so much faster, what is sent meanwhile. */
    public Http2Peer atOnce(Runnable sending) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        gathered = all;
        try {
            sending.run();
        } finally {
            gathered = null;
        }
        return sendRaw(all.toByteArray());
    }

    public static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(HEAD_BYTES + payload.length)
                .put((byte) (payload.length >>> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    public static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    // ---- what the server sends

    @Override
    public long setting(int id) {
        return settings.getOrDefault(id, 0L);
    }

    /** How much the server has opened the window of a stream, or with 0 of the connection, beyond what it began with. */
    public long windowUpdates(int stream) {
        return credit.getOrDefault(stream, 0L);
    }

    /** Reads until the window of a stream, or with 0 of the connection, has been opened by so much. */
    public void awaitWindowUpdates(int stream, long atLeast) {
        pump("a WINDOW_UPDATE", () -> windowUpdates(stream) >= atLeast);
    }

    /** The stream of the request that the other side has made. */
    public Stream readRequest() {
        pump("a request", this::isRequested);
        return requested;
    }

    /** The stream of the request that the other side makes after another one. */
    public Stream readRequestAfter(Stream earlier) {
        pump("another request", () -> requested != earlier);
        return requested;
    }

    /** Whether the other side has made a request, as far as has been read. */
    public boolean isRequested() {
        return requested != null;
    }

    /** Reads up to the frame that acknowledges SETTINGS, and none of what follows. */
    public void awaitAcknowledgement() {
        pump("an acknowledgement of SETTINGS", () -> acknowledged);
    }

    /** Reads all that the server has sent before the answer to a PING that goes now. */
    public void readUpToNow() {
        sendFrame(PING, 0, 0, new byte[8]);
        int before = pongs;
        pump("the answer to a PING", () -> pongs > before);
    }

    /** How often the other side has reset a stream, as far as has been read, and with which error codes; null for never. */
    public String reset(int stream) {
        return resets.get(stream);
    }

    /** The error that the other side answers with: {@code RESET} and a code on this stream, or how the connection ends. */
    public String readError(int stream) {
        boolean more = true;
        while (more && end == null && reset(stream) == null) {
            more = readFrame();
        }
        return end == null ? reset(stream) : end;
    }

    @Override
    public void awaitGoAway() {
        pump("a GOAWAY", () -> end != null);
    }

    /** {@code GOAWAY} and an error code; or {@link PeerStream#END} if the server ends the connection without a word. */
    @Override
    public String readEnd() {
        boolean more = true;
        while (more) {
            more = readFrame();
        }
        return end;
    }

    private void pump(String what, BooleanSupplier happened) {
        while (!happened.getAsBoolean()) {
            if (!readFrame()) {
                throw new AssertionError("the connection ended before " + what + ": " + end);
            }
        }
    }

    /** Whether there was one: not after the end of the connection. */
    private boolean readFrame() {
        try {
            int first = raw.input().read();
            if (first < 0) {
                endWith(PeerStream.END);
                return false;
            }
            ByteBuffer head = ByteBuffer.wrap(raw.readBytes(HEAD_BYTES - 1));
            int length = (first << 16) | (head.getShort() & 0xFFFF);
            int type = head.get();
            int flags = head.get();
            int stream = head.getInt();
            receive(type, flags, stream, raw.readBytes(length));
            return true;
        } catch (IOException | UncheckedIOException failed) {
            // A server that has said why it ends the connection owes no more.
            if (end == null) {
                throw new AssertionError("the connection has failed", failed);
            }
            return false;
        }
    }

    private void receive(int type, int flags, int id, byte[] payload) {
        ByteBuffer in = ByteBuffer.wrap(payload);
        Stream stream = streams.getOrDefault(id, new Stream(id));
        boolean isLast = (flags & END_STREAM) != 0;
        switch (type) {
            case DATA -> {
                stream.receiveData(payload);
                answerData(stream, payload.length, isLast);
            }
            case HEADERS -> {
                if (streams.putIfAbsent(id, stream) == null) {
                    requested = stream;
                }
                stream.receiveHead(decode(id, payload));
            }
            case RST_STREAM -> {
                String reset = "RESET " + Http2Error.valueOf(in.getInt());
                resets.merge(id, reset, (first, next) -> first + ", " + next);
                stream.receiveEnd(reset);
            }
            case SETTINGS -> receiveSettings(flags, in);
            case PING -> pongs++;
            case GOAWAY -> {
                in.getInt();
                endWith("GOAWAY " + Http2Error.valueOf(in.getInt()));
            }
            case WINDOW_UPDATE -> credit.merge(id, (long) in.getInt(), Long::sum);
            default -> throw new AssertionError("a frame of type " + type);
        }
        if (isLast && (type == DATA || type == HEADERS)) {
            stream.receiveEnd(PeerStream.END);
        }
    }

    private void answerData(Stream stream, int length, boolean isLast) {
        if (answering && length > 0) {
            sendWindowUpdate(0, length);
            if (!stream.readsNoMore && !isLast) {
                sendWindowUpdate(stream.id, length);
            }
        }
    }

    private void receiveSettings(int flags, ByteBuffer in) {
        if ((flags & ACK) != 0) {
            acknowledged = true;
            return;
        }
        while (in.hasRemaining()) {
            settings.put((int) in.getShort(), in.getInt() & 0xFFFF_FFFFL);
        }
        if (answering) {
            sendFrame(SETTINGS, ACK, 0, new byte[0]);
        }
    }

    private HttpHead decode(int stream, byte[] block) {
        try {
            List<String> fields = new ArrayList<>();
            String[] status = new String[1];
            hpack.decodeHeaders(stream, Unpooled.wrappedBuffer(block)).forEach(field -> {
                if (field.getKey().toString().equals(":status")) {
                    status[0] = field.getValue().toString();
                } else {
                    fields.add(field.getKey() + ": " + field.getValue());
                }
            });
            return new HttpHead("HTTP/2 " + status[0], fields);
        } catch (Http2Exception e) {
            throw new AssertionError("the server's header block is malformed", e);
        }
    }

    private void endWith(String how) {
        if (end == null) {
            end = how;
        }
    }

    /** A stream with its number. */
    public final class Stream extends PeerStream {
        private final int id;
        private boolean readsNoMore;

        private Stream(int id) {
            this.id = id;
        }

        public int id() {
            return id;
        }

        @Override
        public void await(String what, BooleanSupplier happened) {
            pump(what, happened);
        }

        @Override
        void sendData(byte[] bytes, boolean last) {
            int most = 16_384; // RFC 9113 §4.2, until the server allows more
            int at = 0;
            for (; bytes.length - at > most; at += most) {
                sendFrame(
                        DATA,
                        0,
                        id,
                        ByteBuffer.allocate(most).put(bytes, at, most).array());
            }
            byte[] rest = ByteBuffer.allocate(bytes.length - at)
                    .put(bytes, at, bytes.length - at)
                    .array();
            sendFrame(DATA, last ? END_STREAM : 0, id, rest);
        }

        @Override
        public PeerStream endWith(String... trailers) {
            sendFrame(HEADERS, END_HEADERS | END_STREAM, id, block(trailers));
            return this;
        }

        @Override
        public void reset() {
            sendFrame(RST_STREAM, 0, id, number((int) Http2Error.CANCEL.code()));
        }

        @Override
        public void readNoMore() {
            readsNoMore = true;
        }
    }
}
