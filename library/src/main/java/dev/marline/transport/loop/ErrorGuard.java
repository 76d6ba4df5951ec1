package dev.marline.transport.loop;

import io.netty.channel.Channel;
import io.netty.channel.IoHandle;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends the connection that has thrown something, so that the event loop goes on with the others. What is thrown is an {@link Error} as a
 * rule, when memory has run out; so nothing here throws in turn, and little is allocated.
 */
public final class ErrorGuard {
    private static final System.Logger LOG = System.getLogger("dev.marline");
    private static final long LOG_EVERY = TimeUnit.MINUTES.toNanos(1);

    /** What has thrown. Each is logged once a minute at most. */
    @SuppressWarnings("ImmutableEnumChecker") // when each was logged last
    public enum Source {
        CONNECTION("a connection has thrown, and is ended"),
        DEADLINE("a deadline has thrown; its connection is ended"),
        SETTING_UP("a connection could not be set up, and is closed"),
        ACCEPTING("no connection can be accepted; it is tried again every second"),
        LOOP("an event loop has caught what its connections have not; it goes on");

        private final String message;
        private final AtomicLong nextLog = new AtomicLong(Long.MIN_VALUE);

        Source(String message) {
            this.message = message;
        }
    }

    private ErrorGuard() {}

    /** Loads this class and what it uses. */
    static void prepare() {
        LOG.isLoggable(Source.CONNECTION.message.isEmpty() ? Level.OFF : Level.ERROR);
        Causes.inWords(new IOException("nothing"));
    }

    /** Closes a connection that has thrown; on its event loop. */
    public static void end(Channel channel, Source source, Throwable thrown) {
        close(channel);
        log(source, thrown);
    }

    /** Closes a connection, at once or, if that throws, as soon as it does not; on its event loop. */
    public static void close(Channel channel) {
        try {
            channel.close();
        } catch (Throwable again) {
            if (channel.eventLoop() instanceof EventLoops.Loop loop) {
                loop.closeLater(channel);
            }
        }
    }

    /** Ends the connection whose handle has thrown. A socket that serves many connections stays open. */
    static void end(IoHandle handle, Throwable thrown) {
        if (handle instanceof Channel.Unsafe unsafe) {
            Channel channel = unsafe.voidPromise().channel();
            if (!(channel instanceof ServerChannel) && !(channel instanceof DatagramChannel)) {
                close(channel);
            }
        }
        log(Source.CONNECTION, thrown);
    }

    /** Logs what was thrown, unless something from the same source was logged less than a minute ago. */
    public static void log(Source source, Throwable thrown) {
        try {
            long now = LoopContext.nanoTime();
            long next = source.nextLog.get();
            if (now >= next && source.nextLog.compareAndSet(next, now + LOG_EVERY)) {
                if (thrown instanceof IOException) {
                    LOG.log(Level.WARNING, source.message + ": " + Causes.inWords(thrown));
                } else {
                    LOG.log(Level.ERROR, source.message, thrown);
                }
            }
        } catch (Throwable again) {
            // There is nothing left to tell it with; the next one may be luckier.
            source.nextLog.set(Long.MIN_VALUE);
        }
    }
}
