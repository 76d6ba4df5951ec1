package dev.marline.transport.loop;

import dev.marline.Limits;
import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.MaskingKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one event loop share, so that none has it for itself: memory, masking keys, timers, and the list of those
 * that have something to write when the loop is through with what it is doing. Touched by the loop's thread alone.
 */
public final class LoopContext {
    /** How much is read at once. It stays in the processor's second-level cache, with the output that it causes. */
    public static final int READ_BYTES = 256 * 1024;

    /** How much is sent at once: a message of 1 MiB, and what has gathered before it, unless the direct memory is small. */
    private static final int SEND_BYTES = (int) Math.min(
            1024 * 1024 + 64 * 1024,
            Math.max(
                    64 * 1024,
                    MemoryBudgets.maxDirectMemory() / 16 / Runtime.getRuntime().availableProcessors()));

    /** How much of a read is parsed at once, unless it is a large frame's. */
    private static final int PARSED_BYTES = 64 * 1024;

    /** How many connections may keep what they have to send, until the loop is through with what it is doing. */
    private static final int WRITTEN_TOGETHER = 1024;

    /** How many connections may be read from before the first of them is written to, */
    private static final int READ_TOGETHER = 16;

    /** and how much they may have to send: more is worth a system call, while all of it is still in the processor's nearest cache. */
    private static final int GATHERED_BYTES = 16 * 1024;

    /** What may change many times while the loop is busy, and is seen to once when the loop is through. */
    public interface Settling {
        /** Writes what has gathered. */
        void writeOut();

        /** Sees to all that has changed. */
        void settle();

        /** One of these has thrown: ends the connection. */
        void onThrown(Throwable thrown);
    }

    private static final FastThreadLocal<LoopContext> CURRENT = new FastThreadLocal<>() {
        @Override
        protected void onRemoval(LoopContext ofThreadThatEnds) {
            ofThreadThatEnds.sendBuffer.release();
        }
    };
    private static final long ORIGIN = System.nanoTime();

    public final byte[] received = new byte[PARSED_BYTES];
    public final LoopMemory memory = FaultInjection.memory.get();
    final LoopReceiveBuffers receiveBuffers = new LoopReceiveBuffers();
    private final LargeBuffers largeBuffers = new LargeBuffers();
    public final DeadlineWheel deadlines;

    // Direct memory, as the system wants it. One reference is the loop's; when it is the only one, the buffer is free.
    private final ByteBuf sendBuffer = Unpooled.directBuffer(SEND_BYTES, SEND_BYTES);

    private final EventLoop loop;
    private final @Nullable EpollSockets epollSockets;
    private final Thread thread = Thread.currentThread();
    private final Runnable settleTask = this::settleTask;
    private List<Settling> unsettled = new ArrayList<>();
    private List<Settling> settling = new ArrayList<>();
    private long gatheredBytes;

    /** How many bytes connections have in buffers of their own that they have not written yet. */
    private long ownSendBytes;

    private boolean inIo;
    private boolean taskScheduled;
    private @Nullable MaskingKeys maskingKeys;

    // Of the connection that was opened last.
    private @Nullable Limits limits;
    private @Nullable ConnectionLimits connectionLimits;

    private LoopContext(EventLoop loop) {
        this.loop = loop;
        this.epollSockets = loop instanceof EventLoops.Loop own ? own.epollSockets() : null;
        this.deadlines = new DeadlineWheel(loop);
    }

    /** The one of this loop, in whose thread this is called. */
    public static LoopContext of(EventLoop loop) {
        assert loop.inEventLoop();
        LoopContext context = CURRENT.get();
        if (context == null) {
            context = new LoopContext(loop);
            CURRENT.set(context);
        }
        return context;
    }

    /** Whether this is the loop's thread. */
    public boolean isCurrent() {
        return thread.equals(Thread.currentThread());
    }

    /** Whether this thread is an event loop's, which must not wait for anything. */
    public static boolean isLoopThread() {
        return Thread.currentThread() instanceof LoopThread;
    }

    /** The time as the engine wants it: nanoseconds, never negative. */
    public static long nanoTime() {
        return System.nanoTime() - ORIGIN;
    }

    /** An empty direct buffer, to be released by who takes it, with room for so many bytes or for as many as are sent at once. */
    public ByteBuf sendBuffer(ByteBufAllocator allocator, int bytes) {
        if (sendBuffer.refCnt() == 1) {
            return sendBuffer.clear().retain();
        }
        FaultInjection.at(FaultInjection.Place.ALLOCATION);
        int size = Math.min(bytes, SEND_BYTES);
        ownSendBytes += size;
        if (ownSendBytes > SEND_BYTES) {
            // A large message that goes to many would otherwise take as much memory for each, until the loop is
            // through.
            ownSendBytes = size;
            for (int i = 0; i < unsettled.size(); i++) {
                unsettled.get(i).writeOut();
            }
        }
        return allocator.directBuffer(size, size);
    }

    /** An empty buffer in which a large message is brought together; to be released by who takes it. */
    public ByteBuf largeBuffer(int bytes) {
        return largeBuffers.take(bytes);
    }

    /** Whether messages may be shown where they lie in what was read: its memory is never given back while somebody can see it. */
    public boolean mayShow(ByteBuf read) {
        return receiveBuffers.isOwn(read);
    }

    /** An empty direct buffer for what is read, to be released by who takes it. */
    public ByteBuf receiveBuffer(ByteBufAllocator allocator) {
        return receiveBuffers.take(allocator);
    }

    /** Has this read from now on what a channel has just read from its socket, and will again when this does not want to. */
    public void readBy(SocketReader reader, FileDescriptor socket) {
        if (epollSockets != null) {
            epollSockets.readBy(reader, socket);
        }
    }

    /** Has a channel that reads to the loop's buffer read there from now on; null for the loop's again. */
    public void readTo(LoopReceiveBuffers.@Nullable Destination destination, ChannelConfig channel) {
        channel.setRecvByteBufAllocator(destination == null ? receiveBuffers : destination);
    }

    /** What the engine is to keep to; connections with the same limits, which most have, share it. */
    public ConnectionLimits connectionLimits(Limits all) {
        ConnectionLimits last = connectionLimits;
        if (last == null || !all.equals(limits)) {
            last = new ConnectionLimits(
                    all.maxMessageBytes(),
                    all.maxFragments(),
                    all.pingInterval().toNanos(),
                    all.pongTimeout().toNanos(),
                    all.closingTimeout().toNanos());
            limits = all;
            connectionLimits = last;
        }
        return last;
    }

    public MaskingKeys maskingKeys() {
        if (maskingKeys == null) {
            maskingKeys = new SecureMaskingKeys();
        }
        return maskingKeys;
    }

    /**
     * The loop looks after its sockets, and {@link #endIo} will follow.
     *
     * @return whether the loop must not wait, because something has failed that is to be tried again
     */
    static boolean beginIo() {
        LoopContext context = CURRENT.getIfExists();
        if (context == null) {
            return false;
        }
        if (!context.taskScheduled && !context.unsettled.isEmpty()) {
            context.settle(); // no task could be had for it
        }
        if (context.deadlines.isStopped()) {
            context.deadlines.scheduleTurn();
        }
        context.inIo = true;
        return context.deadlines.isStopped();
    }

    /** The loop has read from all sockets that had something: what came of it is written now. */
    static void endIo() {
        LoopContext context = CURRENT.getIfExists();
        if (context != null) {
            context.inIo = false;
            context.settle();
        }
    }

    /**
     * A connection has been read from, and has so many bytes to write. They wait until the next few connections have been read from: a peer
     * that slept when the first answer came is awake for the others.
     */
    public void endOfRead(long gathered) {
        gatheredBytes += gathered;
        if (!inIo || gatheredBytes >= GATHERED_BYTES || unsettled.size() >= READ_TOGETHER) {
            settle();
        }
    }

    /** A stream has been read from. What comes of it is written now, while its connection gathers what all its streams have. */
    public void endOfStreamRead() {
        settle();
    }

    /** Remembers what has changed, until the loop is through with what it is busy with, or before. */
    public void unsettled(Settling changed) {
        unsettled.add(changed);
        if (unsettled.size() % WRITTEN_TOGETHER == 0) {
            for (int i = unsettled.size() - WRITTEN_TOGETHER; i < unsettled.size(); i++) {
                writeOut(unsettled.get(i));
            }
        }
        if (!inIo && !taskScheduled) {
            loop.execute(settleTask);
            taskScheduled = true;
        }
    }

    private static void writeOut(Settling changed) {
        try {
            FaultInjection.at(FaultInjection.Place.WRITE);
            changed.writeOut();
        } catch (Throwable thrown) {
            end(changed, thrown);
        }
    }

    private static void end(Settling failed, Throwable thrown) {
        try {
            failed.onThrown(thrown);
        } catch (Throwable again) {
            ErrorGuard.log(ErrorGuard.Source.LOOP, again);
        }
    }

    private void settle() {
        // Those that change while this goes on wait for their own
        // turn, lest one that always has more to send keeps the loop.
        gatheredBytes = 0;
        ownSendBytes = 0;
        List<Settling> now = unsettled;
        unsettled = settling;
        settling = now;
        for (int i = 0; i < now.size(); i++) {
            settle(now.get(i));
        }
        now.clear();
    }

    private static void settle(Settling changed) {
        try {
            FaultInjection.at(FaultInjection.Place.WRITE);
            changed.settle();
        } catch (Throwable thrown) {
            end(changed, thrown);
        }
    }

    private void settleTask() {
        taskScheduled = false;
        settle();
    }
}
