package dev.marline.transport.websocket;

import dev.marline.BroadcastMessage;
import dev.marline.CloseReason;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.ProtocolException;
import dev.marline.UnsuitableMessageException;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.CloseCode;
import dev.marline.protocol.Connection;
import dev.marline.protocol.ConnectionEvents;
import dev.marline.protocol.Ending;
import dev.marline.protocol.MaskingKeys;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Output;
import dev.marline.protocol.Role;
import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.loop.SocketReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An open WebSocket on a Netty channel: the one handler that bytes meet after the upgrade. It feeds the engine with what was read,
 * calls the listener, and does what the engine wants of the transport. All of it runs on the channel's event loop.
 *
 * <p>Whatever changes the connection leaves it {@link #unsettled}; {@link #settle} then writes out what has gathered, once, and
 * looks after congestion, the closing and the deadline.
 */
public final class WebSocketHandler extends DeadlineWheel.Timed
        implements LoopContext.Settling, SocketReader, ConnectionEvents, Output {
    static {
        // Loads what closing needs: class files may be gone by then.
        Objects.requireNonNull(CloseReason.ABNORMAL);
    }

    /** The reason of a Close for a binary message where the application takes text. */
    public static final String UNSUITABLE = "binary messages are not accepted here";

    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** So much of large messages may be lent to the channel before it writes. */
    private static final int LENT_BYTES = 1024 * 1024;

    private final Limits limits;
    private final OpenSockets sockets;
    private final boolean pauseReadingWhenCongested;
    private final ChannelWebSocket socket;
    private final WebSocketListener listener;
    private final Carrier carrier;
    private final LoopContext loop;
    private final Connection connection;

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    private ChannelHandlerContext ctx;

    /** Null if bytes have to go through the channel. */
    private @Nullable Socket bareSocket;

    /** Its neighbours in {@link OpenSockets}, which alone looks at them. */
    @Nullable
    WebSocketHandler previousOpen;

    @Nullable
    WebSocketHandler nextOpen;

    private @Nullable ReceivedMessage message;
    private @Nullable ByteBuf filling;

    /** Of a large message that is coming. */
    private @Nullable PayloadGathering gathering;

    /** The large message that is being sent on at this moment, from where it lies. */
    private @Nullable ByteBuf sentOn;

    /** How many bytes the channel held after the last flush, with what it has been lent since; the former can only have become fewer. */
    private long heldByChannel;

    /** Null as long as it has held none. */
    private @Nullable HeldMemory memory;

    private @Nullable Throwable failure;
    private boolean reported;
    private @Nullable StalledOutput stalled;

    /** Watches what goes before a Ping whose Pong is waited for. */
    private @Nullable StalledOutput backlog;

    /** How many bytes the channel has been given, and how many it had been given by the last Ping. */
    private long given;

    private long givenBeforePing;

    private Ending applied = Ending.NONE;
    private boolean unsettled;
    private boolean written;
    private boolean paused;
    private boolean pausedByUser;

    /** What comes now is held, because reading is paused or because something is held already. */
    private boolean holding;

    /** What came though reading was paused; null if nothing did. */
    private @Nullable ByteBuf held;

    private boolean endOfInputHeld;

    // Read by other threads through the socket.
    private volatile boolean open = true;
    private volatile boolean congested;

    /** @param loop that of the channel which it is about to be added to */
    public WebSocketHandler(
            Role role, ConnectionSettings settings, WebSocketListener listener, Carrier carrier, LoopContext loop) {
        this.carrier = carrier;
        this.loop = loop;
        this.limits = settings.limits();
        this.sockets = settings.sockets();
        this.pauseReadingWhenCongested = settings.pauseReadingWhenCongested();
        this.listener = listener;
        this.socket = new ChannelWebSocket(this, settings.handshake());
        MaskingKeys keys = role == Role.CLIENT ? loop.maskingKeys() : MaskingKeys.NONE;
        this.connection = new Connection(
                role,
                loop.connectionLimits(limits),
                settings.extensions(),
                keys,
                loop.memory,
                this,
                this,
                LoopContext.nanoTime());
        // The opening handshake's part may wait in the channel still; what onOpen sends goes with it.
        this.written = true;
    }

    public ChannelWebSocket socket() {
        return socket;
    }

    boolean isOnLoop() {
        return loop.isCurrent();
    }

    // ---- Netty's side

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        bareSocket = carrier.bareSocket(added.channel());
        socket.attach(added.channel());
        sockets.add(this);
        try {
            callListener(() -> listener.onOpen(socket));
            unsettled();
        } catch (Throwable thrown) {
            onThrown(thrown);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf in = (ByteBuf) read;
        if (holding) {
            hold(in);
        } else {
            take(in);
        }
    }

    private void take(ByteBuf in) {
        unsettled();
        try {
            while (in.isReadable() && connection.isReceiving()) {
                if (gathering != null) {
                    gather(gathering, in);
                } else if (in.readableBytes() < Connection.LARGE || !receiveLarge(in)) {
                    receive(in);
                }
            }
        } catch (RuntimeException thrown) {
            onExtensionThrown(thrown);
        } catch (Throwable thrown) {
            onThrown(thrown);
        } finally {
            in.release();
        }
    }

    /** Holds a copy: what was read to may be the loop's buffer. */
    private void hold(ByteBuf in) {
        try {
            ByteBuf waiting = held;
            if (waiting == null) {
                waiting = ctx.alloc().buffer(in.readableBytes());
                held = waiting;
            }
            if (waiting.readableBytes() + in.readableBytes() > limits.maxBufferedOutput()) {
                giveUp(new WebSocketException(
                        "the peer has ended the connection while reading is paused, with more than "
                                + limits.maxBufferedOutput() + " bytes unread, maxBufferedOutput"));
            } else {
                waiting.discardSomeReadBytes().writeBytes(in);
            }
        } catch (Throwable thrown) {
            onThrown(thrown);
        } finally {
            in.release();
        }
    }

    private void takeHeld() {
        ByteBuf waiting = held;
        while (waiting != null && waiting.isReadable() && connection.isReceiving() && !pausedByUser) {
            take(waiting.readRetainedSlice(Math.min(waiting.readableBytes(), loop.received.length)));
        }
        if (pausedByUser && connection.isOpen()) {
            return;
        }
        releaseHeld();
        holding = false;
        if (endOfInputHeld) {
            endOfInput();
        }
    }

    private void releaseHeld() {
        if (held != null) {
            held.release();
            held = null;
        }
    }

    private void receive(ByteBuf in) {
        byte[] bytes = loop.received;
        int count = Math.min(in.readableBytes(), bytes.length);
        in.readBytes(bytes, 0, count);
        connection.receive(bytes, 0, count, LoopContext.nanoTime());
    }

    /** Takes what is a large frame's; false if what comes next is not. */
    private boolean receiveLarge(ByteBuf in) {
        ByteBuffer bytes = in.internalNioBuffer(in.readerIndex(), in.readableBytes());
        int before = bytes.remaining();
        long now = LoopContext.nanoTime();
        int whole = connection.receiveLargeHeader(bytes, now);
        boolean taken = whole == 0 && connection.receiveLarge(bytes, now);
        in.skipBytes(before - bytes.remaining());
        if (whole == 0) {
            return taken;
        }
        boolean readByTheLoop = loop.mayShow(in);
        if (whole <= in.readableBytes() && readByTheLoop) {
            ByteBuf payload = in.readSlice(whole);
            connection.unmaskPiece(payload.nioBuffer(), now);
            receiveWhole(payload, now);
        } else if (!mayHold(PayloadGathering.roomFor(whole, in.readableBytes()))) {
            giveBackInput();
        } else {
            gathering = new PayloadGathering(loop, this::mayHold, whole, in.readableBytes());
            if (readByTheLoop && whole - in.readableBytes() >= LoopContext.READ_BYTES) {
                loop.readTo(gathering, ctx.channel().config());
            }
        }
        return true;
    }

    private void gather(PayloadGathering underWay, ByteBuf in) {
        long now = LoopContext.nanoTime();
        ByteBuffer piece = underWay.take(in);
        if (piece == null) {
            giveBackInput();
            return;
        }
        connection.unmaskPiece(piece, now);
        if (underWay.isWhole()) {
            ByteBuf payload = underWay.payload().retain();
            try {
                stopGathering(underWay);
                receiveWhole(payload, now);
            } finally {
                payload.release();
            }
        }
    }

    private void stopGathering(PayloadGathering over) {
        gathering = null;
        over.payload().release();
        if (ctx.channel().config().getRecvByteBufAllocator() == over) {
            loop.readTo(null, ctx.channel().config());
        }
    }

    private void receiveWhole(ByteBuf payload, long now) {
        // The engine will say that this is a message, if it still is.
        ReceivedMessage view = view();
        view.show(payload);
        try {
            connection.receiveWhole(payload.nioBuffer(), now);
        } finally {
            view.hide();
        }
    }

    @Override
    public int prefetch() {
        return connection.prefetch();
    }

    @Override
    public boolean read(Socket from) {
        if (paused) {
            return true;
        }
        try {
            return readFrom(from);
        } catch (Throwable thrown) {
            onThrown(thrown);
            return true;
        }
    }

    private boolean readFrom(Socket from) {
        ByteBuf in = loop.receiveBuffer(ctx.alloc());
        int count;
        try {
            count = from.recvAddress(in.memoryAddress(), 0, in.capacity());
        } catch (IOException e) {
            in.release();
            exceptionCaught(ctx, e);
            return true;
        }
        if (count <= 0) {
            in.release();
            return count == 0;
        }
        channelRead(ctx, in.writerIndex(count));
        loop.endOfRead(unwritten());
        return gathering == null;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        Socket bare = bareSocket;
        // At first the opening handshake's handlers are still before this one.
        if (bare != null
                && gathering == null
                && context.equals(context.pipeline().firstContext())) {
            loop.readBy(this, bare);
        }
        if (carrier.isStream()) {
            loop.endOfStreamRead();
        } else {
            loop.endOfRead(unwritten());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            if (holding) {
                endOfInputHeld = true;
            } else {
                endOfInput();
            }
        }
    }

    private void endOfInput() {
        connection.endOfInput(LoopContext.nanoTime());
        unsettled();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        unsettled();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        try {
            connection.disconnected();
        } finally {
            releaseHeld();
            if (gathering != null) {
                stopGathering(gathering);
            }
        }
        if (memory != null) {
            memory.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            onThrown(cause);
            return;
        }
        // One that is being closed may be reset by a peer that does not wait for the end: nothing is lost by that.
        boolean lost = connection.isReceiving();
        try {
            connection.abort();
            unsettled();
            LOG.log(Level.DEBUG, "a connection failed", cause);
        } catch (Throwable thrown) {
            onThrown(thrown);
        }
        if (lost) {
            report(
                    cause instanceof IOException
                            ? cause
                            : new WebSocketException("the transport failed: " + cause, cause));
        }
    }

    /**
     * Something was thrown that the peer has no part in, because memory has run out as a rule: the connection is closed at once. It may
     * have been in the middle of anything, a frame for example, so that nothing else can be sent.
     */
    @Override
    public void onThrown(Throwable thrown) {
        // Unless it was disconnected before; the engine may have aborted it already.
        boolean lost = connection.isReceiving() || connection.ending() == Ending.CLOSE_NOW;
        try {
            connection.abort();
        } catch (Throwable again) {
            ErrorGuard.log(ErrorGuard.Source.CONNECTION, again);
        }
        ByteBuf unwritten = filling;
        if (unwritten != null) {
            filling = null;
            unwritten.release();
        }
        applied = Ending.CLOSE_NOW;
        ErrorGuard.end(ctx.channel(), ErrorGuard.Source.CONNECTION, thrown);
        // The channel tells of its end in a task, for which there may be no memory either.
        loop.deadlines.set(this, LoopContext.nanoTime());
        if (lost) {
            report(thrown);
        }
    }

    @Override
    public void onDeadline(long now) {
        if (!ctx.channel().isOpen()) {
            channelInactive(ctx);
            return;
        }
        StalledOutput before = backlog;
        if (before != null && before.look(now)) {
            connection.backlogUntil(now);
        }
        Ending ending = connection.ending();
        connection.onDeadline(now);
        watchBacklog(now);
        if (connection.ending() != ending) {
            carrier.peerIsSilent();
        }
        StalledOutput stall = stalled;
        if (stall != null && stall.isOverdue(now)) {
            carrier.peerIsSilent();
            giveUpSlowConsumer("the peer took nothing of " + buffered() + " bytes for "
                    + limits.stalledOutputTimeout().toSeconds() + " s, stalledOutputTimeout");
        }
        unsettled();
    }

    /** A peer that still reads what was sent before a Ping cannot have come to the Ping. */
    private void watchBacklog(long now) {
        if (!connection.isWaitingForPong()) {
            backlog = null;
        } else if (backlog == null) {
            backlog = new StalledOutput(limits.pongTimeout(), carrier, ctx.channel(), now);
            connection.backlogUntil(now + carrier.backlogNanos(ctx.channel(), given - givenBeforePing));
            givenBeforePing = given;
        }
    }

    // ---- the engine's events

    @Override
    public void onMessage(int opcode, byte[] bytes, int offset, int length) {
        ReceivedMessage view = view();
        view.show(opcode, bytes, offset, length);
        callListener(view);
    }

    @Override
    public void onLargeMessage(ByteBuffer bytes) {
        callListener(view());
    }

    private ReceivedMessage view() {
        ReceivedMessage view = message;
        if (view == null) {
            view = new ReceivedMessage();
            message = view;
        }
        return view;
    }

    private void callListener(ReceivedMessage view) {
        try {
            listener.onMessage(socket, view);
        } catch (Throwable thrown) {
            onListenerFailed(thrown);
        } finally {
            view.hide();
        }
    }

    @Override
    public void onPing(byte[] bytes, int offset, int length) {
        callListener(() -> listener.onPing(socket, readOnly(bytes, offset, length)));
    }

    @Override
    public void onPong(byte[] bytes, int offset, int length) {
        callListener(() -> listener.onPong(socket, readOnly(bytes, offset, length)));
    }

    @Override
    public void onFailed(int closeCode, String why) {
        // RFC 6455 §7.1.7: "the server SHOULD log the problem". At a
        // level that is off unless wanted, as peers could fill the disk.
        LOG.log(Level.DEBUG, "failed with {0}: {1}: {2}", String.valueOf(closeCode), why, socket);
        Throwable cause = failure == null ? new ProtocolException(closeCode, why) : failure;
        if (closeCode == CloseCode.TRY_AGAIN_LATER) {
            // Memory is given back while another connection needs it, which may be calling its listener.
            reportLater(cause);
        } else {
            report(cause);
        }
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {
        open = false;
        loop.deadlines.remove(this);
        sockets.remove(this);
        callListener(() -> listener.onClose(socket, new CloseReason(code, reason)));
    }

    /**
     * Takes the engine's bytes into a buffer of the loop's, which goes to the socket when it is full: so it is free again at once if the
     * peer keeps up, and much output goes through a little memory that stays in the processor's cache. The rest goes with the next flush.
     */
    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int done = 0; done < length; ) {
            ByteBuf to = filling(length - done);
            int count = Math.min(length - done, to.maxWritableBytes());
            to.writeBytes(bytes, offset + done, count);
            done += count;
            writeIfFull(to);
        }
    }

    /** Takes a large message, which goes out from where it lies if there is room for the header in front of it. */
    @Override
    public void write(byte[] header, int offset, int length, ByteBuffer payload) {
        ByteBuf lent = sentOn;
        if (lent == null || lent.readableBytes() < LoopContext.READ_BYTES || lent.readerIndex() < length) {
            write(header, offset, length);
            writeCopy(payload.duplicate());
            return;
        }
        writeFilled();
        written = true;
        int start = lent.readerIndex() - length;
        // Others that it goes to, and may not have written yet, have the same header there.
        lent.setBytes(start, header, offset, length);
        ctx.write(lent.retainedSlice(start, length + lent.readableBytes()), ctx.voidPromise());
        heldByChannel += lent.readableBytes();
        given += lent.readableBytes();
        if (heldByChannel >= LENT_BYTES) {
            flushWritten();
        }
    }

    private void writeCopy(ByteBuffer rest) {
        int end = rest.limit();
        while (rest.position() < end) {
            ByteBuf to = filling(end - rest.position());
            rest.limit(Math.min(end, rest.position() + to.maxWritableBytes()));
            to.writeBytes(rest);
            writeIfFull(to);
        }
    }

    private ByteBuf filling(int bytes) {
        ByteBuf to = filling;
        if (to == null) {
            to = loop.sendBuffer(ctx.alloc(), bytes);
            filling = to;
        }
        return to;
    }

    private void writeIfFull(ByteBuf filled) {
        if (filled.maxWritableBytes() == 0) {
            writeFilled();
            flushWritten();
        }
    }

    private void writeFilled() {
        ByteBuf full = filling;
        if (full == null) {
            return;
        }
        filling = null;
        try {
            if (!written) {
                sendToBareSocket(full);
            }
        } catch (IOException e) {
            full.release();
            exceptionCaught(ctx, e);
            return;
        } catch (Throwable thrown) {
            full.release();
            throw thrown;
        }
        if (full.isReadable()) {
            written = true;
            given += full.readableBytes();
            ctx.write(full, ctx.voidPromise());
        } else {
            full.release();
        }
    }

    /**
     * Sends with a system call and nothing else, where that is possible and nothing waits in the channel; what was sent is skipped.
     * Nearly always all goes, and the channel need not remember any.
     */
    private void sendToBareSocket(ByteBuf bytes) throws IOException {
        Socket bare = bareSocket;
        // When it is closed, another may have its number already.
        if (bare == null || !bare.isOpen()) {
            return;
        }
        if (heldByChannel > 0) {
            heldByChannel = outboundBytes();
        }
        if (heldByChannel == 0) {
            bytes.skipBytes(bare.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex()));
        }
    }

    private void flushWritten() {
        if (written) {
            written = false;
            ctx.flush();
            heldByChannel = outboundBytes();
            if (heldByChannel > 0 && !memory().holdOutput(heldByChannel)) {
                giveBackOutput();
            }
        }
    }

    private static ByteBuffer readOnly(byte[] bytes, int offset, int length) {
        return ByteBuffer.wrap(bytes, offset, length).slice().asReadOnlyBuffer();
    }

    // ---- the socket's side

    boolean send(Message sent) {
        if (!connection.isOpen() || !hasRoomFor(sent.size())) {
            return false;
        }
        unsettled();
        return encoding(() -> sendNow(sent));
    }

    private boolean sendNow(Message sent) {
        if (sent instanceof ReceivedMessage view) {
            ByteBuf large = view.buffer();
            return large == null
                    ? connection.send(view.opcode(), view.array(), view.offset(), view.size())
                    : sendOn(view.opcode(), large);
        }
        if (sent instanceof BroadcastMessage broadcast && sent.isCompressible()) {
            return connection.send(broadcast.shared());
        }
        return connection.send(sent.isText() ? Opcode.TEXT : Opcode.BINARY, sent.isCompressible(), sent.bytes());
    }

    private boolean sendOn(int opcode, ByteBuf large) {
        sentOn = large;
        try {
            return connection.send(opcode, true, large.internalNioBuffer(large.readerIndex(), large.readableBytes()));
        } finally {
            sentOn = null;
        }
    }

    boolean sendBinary(ByteBuffer bytes) {
        if (!connection.isOpen() || !hasRoomFor(bytes.remaining())) {
            return false;
        }
        unsettled();
        return encoding(() -> connection.send(Opcode.BINARY, true, bytes));
    }

    private boolean encoding(BooleanSupplier send) {
        try {
            return sending(send);
        } catch (RuntimeException thrown) {
            onExtensionThrown(thrown);
            return false;
        }
    }

    /** Sends, and if memory runs out ends this connection: the caller may be a callback of another, and is not to pay for it. */
    private boolean sending(BooleanSupplier send) {
        try {
            return send.getAsBoolean();
        } catch (Error thrown) {
            onThrown(thrown);
            return false;
        }
    }

    boolean sendPing(byte[] payload) {
        unsettled();
        return connection.isOpen() && hasRoomFor(payload.length) && sending(() -> connection.ping(payload));
    }

    boolean sendPong(byte[] payload) {
        unsettled();
        return connection.isOpen() && hasRoomFor(payload.length) && sending(() -> connection.pong(payload));
    }

    boolean close(int code, String reason) {
        unsettled();
        return sending(() -> connection.close(code, reason, LoopContext.nanoTime()));
    }

    public void abort() {
        connection.abort();
        unsettled();
    }

    void pauseReading(boolean pause) {
        pausedByUser = pause;
        unsettled();
    }

    long roundTripNanos() {
        return connection.roundTripNanos();
    }

    CloseReason sent() {
        return new CloseReason(connection.sentCode(), connection.sentReason());
    }

    CloseReason received() {
        return new CloseReason(connection.receivedCode(), connection.receivedReason());
    }

    /** Whether messages can be sent, as far as another thread can know. */
    boolean isOpen() {
        return open;
    }

    boolean isOpenOnLoop() {
        return connection.isOpen();
    }

    /** More than the high-water mark waits, or is about to, that the loop has not seen: {@link #settle} tells when it has gone. */
    void congestedUntilSettled() {
        congested = true;
    }

    boolean isCongested() {
        return congested;
    }

    Limits limits() {
        return limits;
    }

    SocketAddress remoteAddress() {
        SocketAddress forwarded = ClientAddress.ofWebSocket(ctx.channel());
        return forwarded == null ? carrier.remoteAddress(ctx.channel()) : forwarded;
    }

    SocketAddress localAddress() {
        return carrier.localAddress(ctx.channel());
    }

    /** How many bytes the channel has taken and not written; any thread may ask. */
    long outboundBytes() {
        return carrier.outboundBytes(ctx.channel());
    }

    /** How many bytes wait to be sent, on this loop. */
    long buffered() {
        return unwritten() + (bareSocket != null && heldByChannel == 0 ? 0 : outboundBytes());
    }

    private long unwritten() {
        ByteBuf unwritten = filling;
        return (long) connection.unflushed() + (unwritten == null ? 0 : unwritten.readableBytes());
    }

    void giveUpSlowConsumer(String why) {
        giveUp(new WebSocketException("slow consumer: " + why));
    }

    private void giveUp(WebSocketException why) {
        // Before the report: what onError sends is refused then, and does not lead back here.
        if (connection.abort()) {
            unsettled();
            report(why);
        }
    }

    /** Whether the output may take so many bytes more; if not, the connection is given up. */
    private boolean hasRoomFor(int bytes) {
        // Nearly always this is enough, and the channel need not be asked for each message.
        if (unwritten() + heldByChannel <= limits.highWaterMark()) {
            return true;
        }
        long waiting = buffered();
        // A message larger than the whole buffer may pass alone.
        if (waiting <= limits.highWaterMark()) {
            return true;
        }
        if (waiting + bytes <= limits.maxBufferedOutput()) {
            boolean held = memory().holdOutput(waiting + bytes);
            if (!held) {
                giveBackOutput();
            }
            return held;
        }
        giveUpSlowConsumer(
                waiting + bytes + " bytes wait to be sent, more than maxBufferedOutput, " + limits.maxBufferedOutput());
        return false;
    }

    // ---- memory

    @Override
    public boolean mayHold(int bytes) {
        return memory().holdInput(bytes);
    }

    private HeldMemory memory() {
        HeldMemory held = memory;
        if (held == null) {
            held = new HeldMemory(sockets.budgets(), this, remoteAddress());
            memory = held;
        }
        return held;
    }

    /** How many bytes input takes, as far as another thread can know. */
    long heldInput() {
        PayloadGathering underWay = gathering;
        return (long) connection.heldBytes() + (underWay == null ? 0 : underWay.heldBytes());
    }

    /** Has the memory of input given back, as others need it; any thread may ask. */
    void evictInput() {
        Channels.runOnLoop(ctx.channel(), this::giveBackInput);
    }

    /** Has the memory of output given back, as others need it; any thread may ask. */
    void evictOutput() {
        Channels.runOnLoop(ctx.channel(), this::giveBackOutput);
    }

    private void giveBackInput() {
        connection.fail(
                CloseCode.TRY_AGAIN_LATER,
                "there is no memory for more messages that come in pieces",
                LoopContext.nanoTime());
        if (gathering != null) {
            stopGathering(gathering);
        }
        unsettled();
    }

    /** Aborts the connection, as a Close would have to wait behind the output. */
    private void giveBackOutput() {
        long waiting = buffered();
        if (connection.abort()) {
            reportLater(new WebSocketException(
                    "slow consumer: " + waiting + " bytes wait to be sent, and there is no memory for more output"));
            unsettled();
            carrier.closeNow(ctx);
        }
    }

    private void reportLater(Throwable cause) {
        ctx.channel().eventLoop().execute(() -> report(cause));
    }

    private void settleMemory(HeldMemory held) {
        if (!held.holdInput(heldInput()) && connection.isReceiving()) {
            giveBackInput();
        }
        if (!held.holdOutput(buffered())) {
            giveBackOutput();
        }
    }

    // ---- after each change

    void unsettled() {
        if (!unsettled) {
            unsettled = true;
            try {
                loop.unsettled(this);
            } catch (Throwable thrown) {
                unsettled = false;
                throw thrown;
            }
        }
    }

    /** Called by the loop once for all that has changed. */
    @Override
    public void settle() {
        unsettled = false;
        if (gathering != null && !connection.isReceiving()) {
            stopGathering(gathering);
        }
        writeOut();
        if (memory != null) {
            settleMemory(memory);
        }
        settleCongestion();
        if (open != connection.isOpen()) {
            open = connection.isOpen();
        }
        settleReading();
        settleEnding();
        // While it is receiving, the end of the channel has not been told, which removes the deadline.
        if (connection.isReceiving()
                || (connection.ending() != Ending.CLOSE_NOW && ctx.channel().isActive())) {
            loop.deadlines.set(this, nextDeadline());
        }
    }

    /** Writes what has gathered. It calls no listener: it may be another's turn. */
    @Override
    public void writeOut() {
        connection.flush();
        writeFilled();
        flushWritten();
    }

    private long nextDeadline() {
        long deadline = connection.nextDeadline();
        if (stalled != null) {
            deadline = Math.min(deadline, stalled.deadline());
        }
        return backlog == null ? deadline : Math.min(deadline, backlog.deadline());
    }

    private void settleCongestion() {
        long waiting = socket.bufferedBytes();
        int highWaterMark = limits.highWaterMark();
        if (waiting > highWaterMark && stalled == null) {
            congested = true;
            stalled = new StalledOutput(limits.stalledOutputTimeout(), carrier, ctx.channel(), LoopContext.nanoTime());
            connection.congested(true);
        } else if (congested && waiting <= highWaterMark / 2) {
            congested = false;
            if (stalled != null) {
                stalled = null;
                long now = LoopContext.nanoTime();
                connection.congested(false);
                connection.backlogUntil(now);
                watchBacklog(now);
                unsettled();
            }
            if (connection.isOpen()) {
                callListener(() -> listener.onWritable(socket));
            }
        }
    }

    private void settleReading() {
        // Once our Close is sent, reading goes on: the peer's Close comes behind its messages. What comes after
        // the last Close is read and discarded, or closing the socket would reset it (RFC 6455 §7.1.1).
        boolean pause = connection.isOpen() && (pausedByUser || (congested && pauseReadingWhenCongested));
        if (pause != paused) {
            paused = pause;
            holding = true;
            long now = LoopContext.nanoTime();
            connection.readingPaused(pause, now);
            watchBacklog(now);
            if (!pause) {
                takeHeld();
            }
            // Last: a stream reads what it has at once, which may pause it again.
            ctx.channel().config().setAutoRead(!pause);
        } else if (holding && !pause) {
            takeHeld();
        }
    }

    private void settleEnding() {
        Ending ending = connection.ending();
        if (ending == applied) {
            return;
        }
        if (ending != Ending.CLOSE_NOW && unwritten() > 0) {
            // A listener has just been called, and what it has sent goes first: it is unsettled again.
            return;
        }
        applied = ending;
        // Not a switch, whose table of constants is a class of its own, loaded here: class files may be gone by now.
        if (ending == Ending.SHUT_DOWN_OUTPUT) {
            carrier.shutDownOutput(ctx);
        } else if (ending == Ending.CLOSE) {
            carrier.close(ctx);
        } else if (ending == Ending.CLOSE_NOW) {
            ctx.close();
        }
    }

    // ---- the listener

    @FunctionalInterface
    private interface Callback {
        void run() throws Exception;
    }

    private void callListener(Callback callback) {
        try {
            callback.run();
        } catch (Throwable thrown) {
            onListenerFailed(thrown);
        }
    }

    private void onListenerFailed(Throwable thrown) {
        if (thrown instanceof UnsuitableMessageException) {
            // The peer's doing: logged as other failures of peers are.
            fail(thrown, CloseCode.UNSUPPORTED_DATA, UNSUITABLE);
        } else {
            failWithInternalError("a listener", thrown);
        }
    }

    private void onExtensionThrown(RuntimeException thrown) {
        if (connection.ending() == Ending.CLOSE_NOW) {
            onThrown(thrown); // in the middle of a frame
        } else {
            failWithInternalError("an extension", thrown);
        }
    }

    private void failWithInternalError(String who, Throwable thrown) {
        fail(thrown, CloseCode.INTERNAL_ERROR, "internal error");
        sockets.log().log(Level.ERROR, who + " has thrown; the connection is closed with 1011", thrown);
    }

    private void fail(Throwable cause, int code, String reason) {
        failure = cause;
        connection.fail(code, reason, LoopContext.nanoTime());
        unsettled();
    }

    /** Tells the listener why the connection ends; of several reasons the first. */
    private void report(Throwable cause) {
        if (reported) {
            return;
        }
        reported = true;
        try {
            listener.onError(socket, cause);
        } catch (Throwable thrown) {
            sockets.log().log(Level.ERROR, "a listener's onError has thrown", thrown);
        }
    }
}
