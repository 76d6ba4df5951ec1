package dev.marline.protocol;

import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One end of a WebSocket connection, from the end of the opening handshake on: RFC 6455 without I/O. Feed it what was received
 * ({@link #receive}, {@link #endOfInput}, {@link #disconnected}) and the time ({@link #onDeadline}); it calls
 * {@link ConnectionEvents} for what that means and writes frames, when told to {@link #flush}, to its {@link Output}. After each
 * of these calls ask {@link #ending()} and {@link #nextDeadline()}.
 *
 * <p>It never throws for what the peer did: it fails the connection with the right close code, says so, and has the Close
 * ready. Wrong arguments from the caller are an {@link IllegalArgumentException}.
 *
 * <p>If the {@link Memory} or the {@link Output} throws while a frame is written, the connection is aborted, because part of the frame
 * may be out; the error passes on to the caller. What is thrown while bytes are received also passes on, and the caller ends the
 * connection with {@link #fail} or {@link #abort}.
 *
 * <p>Times are nanoseconds from any fixed origin, not negative and never running backwards. A connection belongs to one thread
 * at a time. {@link Lifecycle} has the states and their transitions.
 */
public final class Connection {
    static {
        // Loads what closing needs: class files may be gone by then.
        CloseCode.isValidOnWire(ClosePayload.code(new byte[0], 0, 0));
    }

    /** What {@link #nextDeadline()} says when no timer is needed. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /** What {@link #roundTripNanos()} says before the first Pong. */
    public static final long UNKNOWN = -1;

    /** A frame with payload data of this size or more is {@link #receiveLargeHeader}'s. */
    public static final int LARGE = 16 * 1024;

    private static final byte[] NOTHING = {};

    private final Role role;
    private final ConnectionLimits limits;
    private final Memory memory;
    private final ConnectionEvents events;
    private final FrameWriter writer;
    private final Lifecycle lifecycle = new Lifecycle();
    private final KeepAlive keepAlive;

    // The frame that is being received: between reads at most 14
    // header bytes, or how much of the payload is still to come.
    private final FrameHeader header;
    private long payloadLeft;
    private boolean inPayload;

    private @Nullable MessageAssembler message;

    /** Null where no extension was agreed on. */
    private final @Nullable ExtensionChain extensions;

    /** Whether the extensions have something to do with the message that is being received. */
    private boolean decoding;

    /** What has come of a control frame that is split. */
    private @Nullable ByteBuffer controlPayload;

    private byte @Nullable [] heldPong;
    private boolean congested;

    private int sentCode = CloseCode.ABNORMAL;
    private String sentReason = "";
    private int receivedCode = CloseCode.ABNORMAL;
    private String receivedReason = "";
    private long now;
    private long closingDeadline = NO_DEADLINE;

    /**
     * A connection whose opening handshake has just been completed.
     *
     * @param role which end this is
     * @param extensions those agreed on, in the order that they apply in
     * @param keys masking keys, for a client; {@link MaskingKeys#NONE} for a server
     * @param nowNanos the time
     */
    public Connection(
            Role role,
            ConnectionLimits limits,
            List<NegotiatedExtension> extensions,
            MaskingKeys keys,
            Memory memory,
            Output output,
            ConnectionEvents events,
            long nowNanos) {
        this.role = role;
        this.limits = limits;
        this.memory = memory;
        this.events = events;
        this.writer = new FrameWriter(role, keys, memory, output);
        this.keepAlive = new KeepAlive(limits, nowNanos);
        this.header = new FrameHeader(role.peer());
        this.extensions = extensions.isEmpty() ? null : new ExtensionChain(extensions, memory, this::receiveDecoded);
        this.now = nowNanos;
    }

    // ---- what arrives

    /**
     * Looks at what {@link #receive} and {@link #send} need of the connection's state: so, for several connections at a time, the processor
     * loads all of it at once.
     *
     * @return a number that is made of it and means nothing
     */
    public int prefetch() {
        return (lifecycle.mayReceive() ? 1 : 0)
                + (int) keepAlive.nextDeadline()
                + (int) header.payloadLength
                + writer.gathered()
                + sentCode;
    }

    /**
     * Takes received bytes, all of them. The engine may change them: payload data is unmasked where it lies.
     */
    public void receive(byte[] bytes, int offset, int length, long nowNanos) {
        now = nowNanos;
        keepAlive.heard(nowNanos);
        int end = offset + length;
        int i = offset;
        while (i < end && lifecycle.mayReceive()) {
            int taken = inPayload ? 0 : receiveWholeMessage(bytes, i, end);
            i += taken > 0 ? taken : receivePiece(bytes, i, end);
        }
    }

    /**
     * Takes what nearly all frames are: a message in one frame, all of it here, for which no extension has a use.
     *
     * @return how many bytes the frame has; 0 if it is any other, or wrong
     */
    private int receiveWholeMessage(byte[] bytes, int offset, int end) {
        if (message != null || extensions != null) {
            return 0;
        }
        int headerLength = header.takeOfWholeMessage(bytes, offset, end);
        if (headerLength == 0 || header.payloadLength > limits.maxMessageBytes()) {
            return 0;
        }
        int start = offset + headerLength;
        int count = (int) header.payloadLength;
        if (header.maskingKey != 0) {
            Masking.mask(bytes, start, count, header.maskingKey);
        }
        receiveMessage(bytes, start, count, true);
        return headerLength + count;
    }

    /**
     * Takes a piece of a frame: a header, whole or the bytes of it that have come, and what there is of its payload data.
     *
     * @return how many bytes were taken
     */
    private int receivePiece(byte[] bytes, int offset, int end) {
        int i = offset;
        if (!inPayload) {
            i = readHeader(bytes, i, end);
            if (!inPayload || (i == end && payloadLeft > 0)) {
                return end - offset;
            }
        }
        int count = (int) Math.min(payloadLeft, end - i);
        if (header.maskingKey != 0) {
            Masking.mask(bytes, i, count, header.maskingKey);
            header.maskingKey = Masking.advance(header.maskingKey, count);
        }
        payloadLeft -= count;
        inPayload = payloadLeft > 0;
        if (Opcode.isControl(header.opcode)) {
            receiveControl(bytes, i, count);
        } else {
            receiveData(bytes, i, count);
        }
        return i + count - offset;
    }

    /**
     * Takes the header of a large frame, if one begins here with all that a header may have.
     *
     * @param bytes what was received, from its position on; it moves behind what was taken
     * @return how much payload data is to be brought together for {@link #receiveWhole}: all of a binary message in one frame; 0 for
     *     everything else, which {@link #receiveLarge} and {@link #receive} take as it comes
     */
    public int receiveLargeHeader(ByteBuffer bytes, long nowNanos) {
        int start = bytes.position();
        if (inPayload
                || !lifecycle.mayReceive()
                || !header.isAtStart()
                || bytes.remaining() < FrameHeader.MAX_BYTES
                || FrameHeader.claimedLength(bytes, start) < LARGE) {
            return 0;
        }
        now = nowNanos;
        keepAlive.heard(nowNanos);
        byte[] first = new byte[FrameHeader.MAX_BYTES];
        bytes.get(start, first);
        int end = readHeader(first, 0, first.length);
        if (!inPayload) {
            return 0;
        }
        bytes.position(start + end);
        return header.fin && header.opcode == Opcode.BINARY && !decoding ? (int) payloadLeft : 0;
    }

    /**
     * Unmasks, where it lies, a piece of the payload data that {@link #receiveWhole} will be given. So it is done while the piece is in
     * the processor's cache.
     */
    public void unmaskPiece(ByteBuffer piece, long nowNanos) {
        keepAlive.heard(nowNanos);
        int count = piece.remaining();
        if (header.maskingKey != 0) {
            Masking.mask(piece, header.maskingKey);
            header.maskingKey = Masking.advance(header.maskingKey, count);
        }
        payloadLeft -= count;
    }

    /**
     * Takes all payload data of the frame whose header {@link #receiveLargeHeader} has taken, when {@link #unmaskPiece} has had all of
     * it. {@link ConnectionEvents#onLargeMessage} is shown it where it lies.
     */
    public void receiveWhole(ByteBuffer payload, long nowNanos) {
        if (!inPayload || payloadLeft != 0 || payload.remaining() != header.payloadLength) {
            throw new IllegalStateException(
                    payload.remaining() + " bytes of payload data, expected " + header.payloadLength
                            + (payloadLeft == 0 ? "" : ", of which " + payloadLeft + " have not been unmasked"));
        }
        inPayload = false;
        if (lifecycle.mayReceive()) {
            now = nowNanos;
            events.onLargeMessage(payload);
        }
    }

    /**
     * Takes payload data of a large frame from the beginning of received bytes, without its being copied twice.
     *
     * @param bytes what was received, from its position on; it moves behind what was taken
     * @return whether any was taken
     */
    public boolean receiveLarge(ByteBuffer bytes, long nowNanos) {
        if (!lifecycle.mayReceive() || !inPayload || header.payloadLength < LARGE || decoding) {
            return false;
        }
        now = nowNanos;
        keepAlive.heard(nowNanos);
        MessageAssembler underWay = message;
        if (underWay == null) {
            underWay = new MessageAssembler(header.opcode, memory);
            message = underWay;
        }
        int count = (int) Math.min(payloadLeft, bytes.remaining());
        if (!mayHold(underWay, underWay.capacityWith(count, payloadLeft))) {
            return true;
        }
        boolean valid = underWay.append(bytes, count, header.maskingKey, payloadLeft);
        header.maskingKey = Masking.advance(header.maskingKey, count);
        payloadLeft -= count;
        inPayload = payloadLeft > 0;
        onAppended(underWay, valid, header.fin && !inPayload);
        return true;
    }

    /** The peer has shut down its output. */
    public void endOfInput(long nowNanos) {
        now = nowNanos;
        if (lifecycle.on(Lifecycle.Event.END_OF_INPUT)) {
            endReceiving();
            endSending();
            startClosingTimer();
        }
    }

    /** The transport is gone, whoever ended it. */
    public void disconnected() {
        boolean clean = sentCode != CloseCode.ABNORMAL && receivedCode != CloseCode.ABNORMAL;
        if (lifecycle.on(Lifecycle.Event.DISCONNECTED)) {
            try {
                giveBackAll();
            } finally {
                events.onClosed(receivedCode, receivedReason, clean);
            }
        }
    }

    // ---- what is sent

    /**
     * Sends a message in one frame.
     *
     * @param opcode {@link Opcode#TEXT}, with bytes that are valid UTF-8, or {@link Opcode#BINARY}
     * @param compress whether an extension may compress it
     * @return false if the connection is closing or closed, so that the message will never go
     * @throws IllegalArgumentException if the opcode is another
     * @throws IndexOutOfBoundsException if offset and length do not fit the array
     */
    public boolean send(int opcode, boolean compress, byte[] bytes, int offset, int length) {
        Opcode.requireMessage(opcode);
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (!lifecycle.maySend()) {
            return false;
        }
        if (extensions == null) {
            writeFrame(FrameWriter.FIN | opcode, bytes, offset, length);
        } else {
            extensions.encode(
                    opcode,
                    compress,
                    bytes,
                    offset,
                    length,
                    (reservedBits, encoded, at, count) ->
                            writeFrame(FrameWriter.FIN | reservedBits | opcode, encoded, at, count));
        }
        return true;
    }

    /** Sends a message as {@link #send(int, boolean, byte[], int, int)} does, compressed where an extension does that. */
    public boolean send(int opcode, byte[] bytes, int offset, int length) {
        return send(opcode, true, bytes, offset, length);
    }

    /** Sends a message as {@link #send(int, boolean, byte[], int, int)} does, from between a buffer's position and limit. */
    public boolean send(int opcode, boolean compress, ByteBuffer bytes) {
        if (bytes.hasArray()) {
            return send(opcode, compress, bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        if (extensions != null) {
            int length = bytes.remaining();
            byte[] copy = memory.take(length);
            try {
                bytes.get(bytes.position(), copy, 0, length);
                return send(opcode, compress, copy, 0, length);
            } finally {
                memory.give(copy);
            }
        }
        Opcode.requireMessage(opcode);
        if (!lifecycle.maySend()) {
            return false;
        }
        try {
            writer.write(FrameWriter.FIN | opcode, bytes);
        } catch (Throwable thrown) {
            abort();
            throw thrown;
        }
        return true;
    }

    /**
     * Sends a message that goes to other connections too, and is encoded once for all that have the same extensions.
     *
     * @return false if the connection is closing or closed, so that the message will never go
     */
    public boolean send(SharedMessage shared) {
        if (extensions != null && lifecycle.maySend()) {
            SharedMessage.Encoding encoding = shared.encoding(role, extensions);
            byte[] payload = encoding.payload;
            if (payload != null) {
                writeFrame(FrameWriter.FIN | encoding.reservedBits | shared.opcode(), payload, 0, payload.length);
                extensions.sharedMessageSent(shared.bytes().length, payload.length);
                return true;
            }
        }
        return send(shared.opcode(), shared.bytes(), 0, shared.bytes().length);
    }

    /**
     * Sends a Ping of the application's own.
     *
     * @return false if the connection is closing or closed
     * @throws IllegalArgumentException if the payload has more than 125 bytes
     */
    public boolean ping(byte[] payload) {
        return sendControl(Opcode.PING, payload);
    }

    /**
     * Sends a Pong that nobody asked for, RFC 6455 §5.5.3: "a unidirectional heartbeat".
     *
     * @return false if the connection is closing or closed
     * @throws IllegalArgumentException if the payload has more than 125 bytes
     */
    public boolean pong(byte[] payload) {
        return sendControl(Opcode.PONG, payload);
    }

    /**
     * Starts the closing handshake: sends a Close, after which nothing else is sent. Messages that the peer sent before its own
     * Close are still delivered.
     *
     * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; {@link CloseCode#NO_STATUS} sends a Close without code and reason
     * @param reason goes as at most 123 bytes of UTF-8, cut between characters
     * @return false if the connection is closing or closed already
     * @throws IllegalArgumentException if a Close frame must not carry the code, or the reason has half of a surrogate pair
     */
    public boolean close(int code, String reason, long nowNanos) {
        requireSendable(code);
        Utf8.requireEncodable(reason);
        now = nowNanos;
        if (!lifecycle.maySend()) {
            return false;
        }
        sendClose(code, reason);
        return true;
    }

    /**
     * Fails the connection, RFC 6455 §7.1.7, for a reason that lies outside the engine.
     *
     * @param code as for {@link #close}
     * @param why becomes the reason, with a question mark for half of a surrogate pair
     * @throws IllegalArgumentException if a Close frame must not carry the code
     */
    public void fail(int code, String why, long nowNanos) {
        requireSendable(code);
        now = nowNanos;
        fail(code, why);
    }

    /**
     * Gives the connection up, without a Close: nothing more is sent or read.
     *
     * @return false if it was aborted or disconnected before
     */
    public boolean abort() {
        if (!lifecycle.on(Lifecycle.Event.ABORTED)) {
            return false;
        }
        giveBackAll();
        return true;
    }

    /**
     * Hands the frames that are ready to the output. If the output throws, it may have taken part of a frame: the connection is
     * {@linkplain #abort aborted}.
     */
    public void flush() {
        try {
            writer.flush();
        } catch (Throwable thrown) {
            abort();
            throw thrown;
        }
    }

    /** How many bytes wait for {@link #flush}. */
    public int unflushed() {
        return writer.gathered();
    }

    // ---- what the transport tells and asks

    /**
     * Tells that the output is over its high-water mark, or under it again. While it is over, of the Pongs that are due only the
     * newest is kept (RFC 6455 §5.5.3), so that a flood of Pings cannot make the output grow, and no Pong is waited for.
     */
    public void congested(boolean congested) {
        this.congested = congested;
        keepAlive.congested(congested);
        byte[] pong = heldPong;
        if (!congested && pong != null) {
            heldPong = null;
            answerPing(pong);
        }
    }

    /**
     * Tells until when the peer may be busy reading what was sent before the last Ping. The time to answer begins then; an earlier time than
     * the last one told changes nothing.
     */
    public void backlogUntil(long nanos) {
        keepAlive.backlogUntil(nanos);
    }

    /** Whether a Pong is waited for that answers a Ping sent by {@link #onDeadline}. */
    public boolean isWaitingForPong() {
        return lifecycle.maySend() && keepAlive.isWaitingForPong();
    }

    /** Tells that reading has been paused or resumed: while it is paused no Pong is waited for. */
    public void readingPaused(boolean paused, long nowNanos) {
        now = nowNanos;
        keepAlive.paused(paused, nowNanos);
    }

    /** When {@link #onDeadline} should be called, or {@link #NO_DEADLINE}. */
    public long nextDeadline() {
        return lifecycle.isEnding() ? closingDeadline : lifecycle.maySend() ? keepAlive.nextDeadline() : NO_DEADLINE;
    }

    /** Tells the time, at {@link #nextDeadline} or whenever it suits. */
    public void onDeadline(long nowNanos) {
        now = nowNanos;
        if (lifecycle.isEnding()) {
            if (nowNanos >= closingDeadline) {
                abort();
            }
        } else if (keepAlive.isPeerGone(nowNanos)) {
            fail(CloseCode.INTERNAL_ERROR, "no answer to a Ping within " + limits.pongTimeout() / 1_000_000 + " ms");
        } else if (keepAlive.isPingDue(nowNanos)) {
            ping(keepAlive.ping(nowNanos));
        } else if (keepAlive.isHeartbeatDue(nowNanos)) {
            keepAlive.heartbeat(nowNanos);
            // Output that waits is itself written as soon as it can be.
            if (!congested) {
                pong(NOTHING);
            }
        }
    }

    /** What the transport should do when all that was flushed is written. */
    public Ending ending() {
        return switch (lifecycle.state()) {
            case OPEN, CLOSING, CLOSE_RECEIVED -> Ending.NONE;
            // RFC 6455 §7.1.1: "the server MUST close the TCP connection
            // first", so that it, and not the client, keeps the port waiting.
            case CLOSE_EXCHANGED -> role == Role.SERVER ? Ending.SHUT_DOWN_OUTPUT : Ending.NONE;
            case FAILED -> Ending.SHUT_DOWN_OUTPUT;
            case INPUT_ENDED, DISCONNECTED -> Ending.CLOSE;
            case ABORTED -> Ending.CLOSE_NOW;
        };
    }

    /** Whether messages can be sent. */
    public boolean isOpen() {
        return lifecycle.maySend();
    }

    /** Whether received bytes still mean anything. */
    public boolean isReceiving() {
        return lifecycle.mayReceive();
    }

    /** How many bytes of memory the message takes of which a part has come; 0 if there is none. */
    public int heldBytes() {
        MessageAssembler underWay = message;
        return underWay == null ? 0 : underWay.capacity();
    }

    /** The code of the Close that was sent, {@link CloseCode#ABNORMAL} if none was. */
    public int sentCode() {
        return sentCode;
    }

    /** The reason in the Close that was sent. */
    public String sentReason() {
        return sentReason;
    }

    /** The code of the Close that was received, {@link CloseCode#ABNORMAL} if none was. */
    public int receivedCode() {
        return receivedCode;
    }

    /** The reason in the Close that was received. */
    public String receivedReason() {
        return receivedReason;
    }

    /** The time between the last Ping and its Pong, or {@link #UNKNOWN}. */
    public long roundTripNanos() {
        return keepAlive.roundTrip();
    }

    // ---- frames

    /** Writes a frame. If that throws, part of the frame may be out, and what came next would be taken for the rest of it. */
    private void writeFrame(int first, byte[] payload, int offset, int length) {
        try {
            writer.write(first, payload, offset, length);
        } catch (Throwable thrown) {
            abort();
            throw thrown;
        }
    }

    /**
     * Reads the header that begins, or goes on, at {@code offset}. When it is complete and acceptable, {@link #inPayload} is set.
     *
     * @return where it ends
     */
    private int readHeader(byte[] bytes, int offset, int end) {
        int taken = header.take(bytes, offset, end, extensions == null ? 0 : extensions.reservedBits);
        if (taken == FrameHeader.INVALID) {
            fail(CloseCode.PROTOCOL_ERROR, String.valueOf(header.violation));
        } else if (header.complete) {
            payloadLeft = header.payloadLength;
            inPayload = Opcode.isControl(header.opcode) || acceptsDataFrame();
        }
        return offset + taken;
    }

    /** Checks a data frame's header against the message that is under way and against the limits. */
    private boolean acceptsDataFrame() {
        MessageAssembler underWay = message;
        long sizeSoFar = 0;
        // RFC 6455 §5.4: a message is one frame with FIN and an opcode other than 0, or
        // such a frame without FIN, then frames with opcode 0, the last of them with
        // FIN; and fragments of one message "MUST NOT be interleaved" with another's.
        if (header.opcode == Opcode.CONTINUATION) {
            if (underWay == null) {
                fail(CloseCode.PROTOCOL_ERROR, "a continuation frame without a message to continue (RFC 6455 5.4)");
                return false;
            }
            // RFC 7692 §6: the bit of an extension is set "on the
            // first fragment of a message" and "MUST NOT" on others.
            if (header.rsv != 0) {
                fail(CloseCode.PROTOCOL_ERROR, "a reserved bit is set on a continuation frame (RFC 7692 6.1)");
                return false;
            }
            sizeSoFar = underWay.length();
            if (underWay.nextFragment() > limits.maxFragments()) {
                fail(CloseCode.MESSAGE_TOO_BIG, "a message has more than " + limits.maxFragments() + " fragments");
                return false;
            }
        } else if (underWay != null) {
            fail(CloseCode.PROTOCOL_ERROR, "a message begins before the last one has ended (RFC 6455 5.4)");
            return false;
        } else {
            decoding = extensions != null && extensions.begin(header.rsv);
        }
        // RFC 6455 §10.4: a limit on the size after reassembly. The claimed length is enough to refuse, and never
        // enough to allocate. What an extension has encoded is counted when it is decoded.
        if (!decoding && header.payloadLength > limits.maxMessageBytes() - sizeSoFar) {
            fail(CloseCode.MESSAGE_TOO_BIG, tooBig());
            return false;
        }
        return true;
    }

    // ---- data

    private void receiveData(byte[] bytes, int offset, int count) {
        boolean endOfMessage = header.fin && !inPayload;
        if (!decoding || extensions == null) {
            receiveMessage(bytes, offset, count, endOfMessage);
            return;
        }
        if (!endOfMessage && message == null) {
            message = new MessageAssembler(header.opcode, memory);
        }
        try {
            extensions.decode(bytes, offset, count, endOfMessage);
        } catch (DecodingException e) {
            fail(e.closeCode(), String.valueOf(e.getMessage()));
        }
    }

    /** Takes what the extensions have made of a message so far. */
    private void receiveDecoded(byte[] bytes, int offset, int count, boolean endOfMessage) throws DecodingException {
        // RFC 6455 §10.4: the limit holds for what a message becomes, before it does.
        long sizeSoFar = message == null ? 0 : message.length();
        if (count > limits.maxMessageBytes() - sizeSoFar) {
            throw new DecodingException(CloseCode.MESSAGE_TOO_BIG, tooBig());
        }
        receiveMessage(bytes, offset, count, endOfMessage);
        if (!endOfMessage && !lifecycle.mayReceive()) {
            // The connection has failed over this piece, and said so: nobody is to go on decoding.
            throw new DecodingException(CloseCode.INVALID_PAYLOAD, "the message has failed");
        }
    }

    private String tooBig() {
        return "a message is larger than " + limits.maxMessageBytes() + " bytes";
    }

    private void receiveMessage(byte[] bytes, int offset, int count, boolean endOfMessage) {
        MessageAssembler underWay = message;
        if (underWay == null && endOfMessage) {
            if (header.opcode == Opcode.TEXT && !Utf8.isValid(bytes, offset, count)) {
                failInvalidUtf8();
            } else {
                events.onMessage(header.opcode, bytes, offset, count);
            }
            return;
        }
        if (underWay == null) {
            underWay = new MessageAssembler(header.opcode, memory);
            message = underWay;
        }
        if (mayHold(underWay, underWay.capacityWith(count))) {
            onAppended(underWay, underWay.append(bytes, offset, count), endOfMessage);
        }
    }

    /** Whether a message may take so many bytes of memory; if not, the connection has failed. */
    private boolean mayHold(MessageAssembler underWay, int bytes) {
        if (bytes <= underWay.capacity() || events.mayHold(bytes)) {
            return true;
        }
        fail(CloseCode.TRY_AGAIN_LATER, "there is no memory for more messages that come in pieces");
        return false;
    }

    private void onAppended(MessageAssembler underWay, boolean valid, boolean endOfMessage) {
        if (!valid || (endOfMessage && !underWay.endsWhole())) {
            failInvalidUtf8();
        } else if (endOfMessage) {
            message = null;
            try {
                events.onMessage(underWay.opcode(), underWay.bytes(), 0, underWay.length());
            } finally {
                underWay.release();
            }
        }
    }

    // RFC 6455 §8.1: text that is not UTF-8 fails the connection, and §7.4.1 has 1007 for it.
    private void failInvalidUtf8() {
        fail(CloseCode.INVALID_PAYLOAD, "a text message is not UTF-8 (RFC 6455 8.1)");
    }

    /** Gives back all memory, whichever part of it throws. */
    private void giveBackAll() {
        try {
            endReceiving();
        } finally {
            try {
                endSending();
            } finally {
                writer.discard();
            }
        }
    }

    private void endReceiving() {
        MessageAssembler underWay = message;
        if (underWay != null) {
            message = null;
        }
        try {
            if (underWay != null) {
                underWay.release();
            }
        } finally {
            if (extensions != null) {
                extensions.closeDecoders();
            }
        }
    }

    private void endSending() {
        if (extensions != null) {
            extensions.closeEncoders();
        }
    }

    // ---- control frames

    private void receiveControl(byte[] bytes, int offset, int count) {
        ByteBuffer kept = controlPayload;
        if (kept == null && !inPayload) {
            onControl(bytes, offset, count);
            return;
        }
        if (kept == null) {
            kept = ByteBuffer.allocate((int) header.payloadLength);
            controlPayload = kept;
        }
        kept.put(bytes, offset, count);
        if (!inPayload) {
            controlPayload = null;
            onControl(kept.array(), 0, kept.capacity());
        }
    }

    private void onControl(byte[] bytes, int offset, int length) {
        switch (header.opcode) {
            case Opcode.PING -> {
                // RFC 6455 §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response,
                // unless it already received a Close frame", and §5.5.3: with "identical 'Application data'".
                byte[] pong = Arrays.copyOfRange(bytes, offset, offset + length);
                events.onPing(bytes, offset, length);
                if (congested) {
                    heldPong = pong;
                } else {
                    answerPing(pong);
                }
            }
            case Opcode.PONG -> {
                keepAlive.pong(bytes, offset, length, now);
                events.onPong(bytes, offset, length);
            }
            default -> onClose(bytes, offset, length);
        }
    }

    /** Unlike messages, which our Close ends, Pongs are owed until the peer's Close. */
    private void answerPing(byte[] pong) {
        if (lifecycle.mayReceive()) {
            writeFrame(FrameWriter.FIN | Opcode.PONG, pong, 0, pong.length);
        }
    }

    private void onClose(byte[] bytes, int offset, int length) {
        int code = ClosePayload.code(bytes, offset, length);
        // RFC 6455 §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
        if (length == 1) {
            fail(CloseCode.PROTOCOL_ERROR, "a Close frame has a body of one byte (RFC 6455 5.5.1)");
        } else if (length > 0 && !CloseCode.isValidOnWire(code)) {
            fail(CloseCode.PROTOCOL_ERROR, "close code " + code + " may not be sent (RFC 6455 7.4)");
        } else if (!ClosePayload.hasValidReason(bytes, offset, length)) {
            fail(CloseCode.INVALID_PAYLOAD, "a close reason is not UTF-8 (RFC 6455 5.5.1)");
        } else {
            receivedCode = code;
            receivedReason = ClosePayload.reason(bytes, offset, length);
            lifecycle.on(Lifecycle.Event.CLOSE_RECEIVED);
            endReceiving();
            startClosingTimer();
            // RFC 6455 §5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame,
            // the endpoint MUST send a Close frame in response", and "typically echos the status code it received".
            if (lifecycle.state() == Lifecycle.State.CLOSE_RECEIVED) {
                sendClose(code, "");
            }
        }
    }

    private boolean sendControl(int opcode, byte[] payload) {
        if (payload.length > FrameHeader.MAX_CONTROL_PAYLOAD) {
            throw new IllegalArgumentException(
                    "a " + Opcode.name(opcode) + " carries at most 125 bytes, not " + payload.length);
        }
        if (!lifecycle.maySend()) {
            return false;
        }
        writeFrame(FrameWriter.FIN | opcode, payload, 0, payload.length);
        return true;
    }

    private void sendClose(int code, String reason) {
        byte[] payload = ClosePayload.encode(code, reason);
        String sent = ClosePayload.reason(payload, 0, payload.length);
        writeFrame(FrameWriter.FIN | Opcode.CLOSE, payload, 0, payload.length);
        sentCode = code;
        sentReason = sent;
        lifecycle.on(Lifecycle.Event.CLOSE_SENT);
        endSending();
        startClosingTimer();
    }

    // RFC 6455 §7.1.7: an endpoint that fails the connection "SHOULD send a Close
    // frame with an appropriate status code before proceeding to _Close the
    // WebSocket Connection_", and "MUST NOT continue to attempt to process data".
    private void fail(int code, String why) {
        boolean closeSent = lifecycle.state() == Lifecycle.State.CLOSING;
        if (!lifecycle.on(Lifecycle.Event.FAILED)) {
            return;
        }
        endReceiving();
        controlPayload = null;
        if (!closeSent) {
            sendClose(code, why);
        }
        startClosingTimer();
        events.onFailed(code, why);
    }

    private static void requireSendable(int code) {
        if (!CloseCode.isValidOnWire(code) && code != CloseCode.NO_STATUS) {
            throw new IllegalArgumentException("close code " + code
                    + " may not be sent, expected 1000-1003, 1007-1014 or 3000-4999 (RFC 6455 7.4)");
        }
    }

    private void startClosingTimer() {
        closingDeadline = now + limits.closingTimeout();
    }
}
