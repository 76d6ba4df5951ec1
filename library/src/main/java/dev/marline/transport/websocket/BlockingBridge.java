package dev.marline.transport.websocket;

import dev.marline.BlockingWebSocket;
import dev.marline.CloseReason;
import dev.marline.ConnectionClosedException;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.transport.loop.LoopContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes a blocking WebSocket of one with callbacks: received messages wait in a queue, and when there is more in it than the
 * high-water mark, reading from the peer pauses until half of it is taken. After this end's Close, reading does not pause, so that the
 * peer's Close is read: then messages wait up to a limit, and those beyond it are discarded.
 */
public class BlockingBridge implements WebSocketListener, BlockingWebSocket {
    /** About what a queued message costs beside its payload. */
    private static final int OVERHEAD = 64;

    private final int highWaterMark;
    private final int closingLimit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Message> received = new ArrayDeque<>();
    private long receivedBytes;
    private boolean paused;
    private boolean abandoned;
    private long discarded;
    private boolean closed;
    private @Nullable WebSocket socket;
    private CloseReason closeSent = CloseReason.ABNORMAL;
    private CloseReason closeReceived = CloseReason.ABNORMAL;
    private @Nullable Throwable failure;

    /** @param limits tell how many bytes of messages may wait to be received */
    public BlockingBridge(Limits limits) {
        this.highWaterMark = limits.highWaterMark();
        this.closingLimit = limits.maxMessageBytes();
    }

    // ---- on the event loop

    @Override
    public void onOpen(WebSocket opened) {
        locked(() -> socket = opened);
    }

    @Override
    public void onMessage(WebSocket from, Message message) {
        locked(() -> {
            boolean closing = !from.isOpen();
            if (abandoned) {
                return;
            }
            if (closing && receivedBytes > closingLimit) {
                discarded++;
                return;
            }
            received.add(message.copy());
            receivedBytes += message.size() + OVERHEAD;
            if (!closing && !paused && receivedBytes > highWaterMark) {
                paused = true;
                from.pauseReading();
            }
        });
    }

    @Override
    public void onWritable(WebSocket of) {
        locked(() -> {});
    }

    @Override
    public void onError(WebSocket of, Throwable cause) {
        locked(() -> failure = failure == null ? cause : failure);
    }

    @Override
    public void onClose(WebSocket of, CloseReason reason) {
        WebSocketHandler handler = ((ChannelWebSocket) of).handler();
        locked(() -> {
            closed = true;
            closeSent = handler.sent();
            closeReceived = handler.received();
        });
    }

    /** Changes something under the lock, and wakes all who wait for a change. */
    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- in threads that may wait

    @Override
    public Message receive() {
        return receive(Long.MAX_VALUE).orElseThrow();
    }

    @Override
    public Optional<Message> receive(Duration timeout) {
        return receive(TimeUnit.NANOSECONDS.convert(timeout));
    }

    private Optional<Message> receive(long timeoutNanos) {
        requireMayWait();
        lock.lock();
        try {
            long left = timeoutNanos;
            while (received.isEmpty() && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (received.isEmpty() && closed) {
                throw closedException();
            }
            return Optional.ofNullable(takeReceived());
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Message takeReceived() {
        Message message = received.poll();
        if (message != null) {
            receivedBytes -= message.size() + OVERHEAD;
            if (paused && receivedBytes <= highWaterMark / 2) {
                paused = false;
                unblocked().resumeReading();
            }
        }
        return message;
    }

    @Override
    public void send(Message message) {
        awaitWritable();
        requireSent(unblocked().send(message));
    }

    @Override
    public void send(String text) {
        send(Message.text(text));
    }

    @Override
    public void send(byte[] binary) {
        awaitWritable();
        requireSent(unblocked().send(binary));
    }

    @Override
    public void send(ByteBuffer binary) {
        awaitWritable();
        requireSent(unblocked().send(binary));
    }

    private void awaitWritable() {
        requireMayWait();
        WebSocket out = unblocked();
        if (out.isWritable()) {
            return;
        }
        lock.lock();
        try {
            while (out.isOpen() && !out.isWritable()) {
                changed.await();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private void requireSent(boolean sent) {
        if (!sent) {
            lock.lock();
            try {
                throw closedException();
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public Iterator<Message> iterator() {
        return new Iterator<>() {
            private @Nullable Message next;

            @Override
            public boolean hasNext() {
                if (next == null) {
                    next = receiveUnlessClosedNormally();
                }
                return next != null;
            }

            @Override
            public Message next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the connection is closed");
                }
                Message message = next;
                next = null;
                if (message == null) {
                    throw new NoSuchElementException("another thread has taken the message");
                }
                return message;
            }
        };
    }

    private @Nullable Message receiveUnlessClosedNormally() {
        try {
            return receive();
        } catch (ConnectionClosedException e) {
            if (e.received().isNormal()) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        close(1000, "");
    }

    @Override
    public void close(int code, String reason) {
        requireMayWait();
        startClosing(code, reason);
        lock.lock();
        try {
            while (!closed) {
                changed.await();
            }
        } catch (InterruptedException e) {
            // The connection closes all the same, and who closes it has said all there is to say.
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void startClosing(int code, String reason) {
        unblocked().close(code, reason);
        // Or the peer's Close would not be read.
        unblocked().resumeReading();
    }

    /** Closes without waiting for it. Nobody will receive what still comes: it is discarded. */
    public void abandon(int code, String reason) {
        locked(() -> abandoned = true);
        startClosing(code, reason);
    }

    @Override
    public WebSocket unblocked() {
        WebSocket opened = socket;
        if (opened == null) {
            throw new IllegalStateException("the WebSocket is not open yet");
        }
        return opened;
    }

    private ConnectionClosedException closedException() {
        if (!closed) {
            WebSocketHandler handler = ((ChannelWebSocket) unblocked()).handler();
            return new ConnectionClosedException(handler.sent(), handler.received(), 0, failure);
        }
        return new ConnectionClosedException(closeSent, closeReceived, discarded, failure);
    }

    private static void requireMayWait() {
        if (LoopContext.isLoopThread()) {
            throw new IllegalStateException(
                    "a BlockingWebSocket must not be used on an event loop, in a listener's callback say: that would stop all its sockets");
        }
    }

    private static WebSocketException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new WebSocketException("interrupted while waiting", e);
    }
}
