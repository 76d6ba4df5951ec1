package dev.marline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener that writes down what it is told, for a test to read in its own thread: {@code TEXT 'hi'}, {@code CLOSED 1000}. */
public class Recorder implements WebSocketListener {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();

    /** The next event, for which it waits. */
    public String next() {
        return take(events, "no event has come");
    }

    /** What {@code onError} was told, for which it waits. */
    public Throwable nextError() {
        return take(errors, "there was no error; events: " + events);
    }

    /** The next event that begins so; those before it are skipped. */
    public String next(String prefix) {
        String event = next();
        while (!event.startsWith(prefix)) {
            event = next();
        }
        return event;
    }

    /** What has been told and not been read. */
    public BlockingQueue<String> events() {
        return events;
    }

    /** What {@code onError} was told and has not been read. */
    public BlockingQueue<Throwable> errors() {
        return errors;
    }

    private static <T> T take(BlockingQueue<T> queue, String otherwise) {
        try {
            T next = queue.poll(Patience.SECONDS, TimeUnit.SECONDS);
            assertThat(next).as(otherwise).isNotNull();
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void onOpen(WebSocket socket) throws Exception {
        events.add("OPEN");
    }

    @Override
    public void onMessage(WebSocket socket, Message message) throws Exception {
        events.add(message.isText() ? "TEXT '" + message.text() + "'" : "BINARY [" + message.size() + "]");
    }

    @Override
    public void onPing(WebSocket socket, ByteBuffer payload) throws Exception {
        events.add("PING '" + StandardCharsets.UTF_8.decode(payload) + "'");
    }

    @Override
    public void onPong(WebSocket socket, ByteBuffer payload) throws Exception {
        events.add("PONG '" + StandardCharsets.UTF_8.decode(payload) + "'");
    }

    @Override
    public void onWritable(WebSocket socket) throws Exception {
        events.add("WRITABLE");
    }

    @Override
    public void onError(WebSocket socket, Throwable cause) throws Exception {
        events.add("ERROR");
        errors.add(cause);
    }

    @Override
    public void onClose(WebSocket socket, CloseReason reason) throws Exception {
        events.add("CLOSED " + reason);
    }
}
