package dev.marline.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.deflate.PerMessageDeflate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The demo's live figures: once a second, to everyone who looks, with the version of HTTP that carries them. A Ping goes with them,
 * whose payload is the time, so that each page is shown its own round-trip time.
 */
final class FiguresFeed implements WebSocketListener {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double UNKNOWN = -1;

    private final Traffic traffic;
    private final PerMessageDeflate deflate;
    private final Map<WebSocket, Double> roundTripMillis = new ConcurrentHashMap<>();
    private final long started = System.nanoTime();

    // Of the last second, and of the timer's thread alone.
    private long lastTime = started;
    private long lastMessages;
    private long lastBytes;

    FiguresFeed(Traffic traffic, PerMessageDeflate deflate) {
        this.traffic = traffic;
        this.deflate = deflate;
    }

    /** @param connections tells how many there are */
    void start(IntSupplier connections) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "marline-figures");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleAtFixedRate(() -> sendFigures(connections.getAsInt()), 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void onOpen(WebSocket socket) {
        roundTripMillis.put(socket, UNKNOWN);
    }

    @Override
    public void onMessage(WebSocket socket, Message message) {
        traffic.count(message);
    }

    @Override
    public void onPong(WebSocket socket, ByteBuffer payload) {
        if (payload.remaining() == Long.BYTES) {
            roundTripMillis.replace(socket, (System.nanoTime() - payload.getLong()) / NANOS_PER_MILLI);
        }
    }

    @Override
    public void onClose(WebSocket socket, CloseReason reason) {
        roundTripMillis.remove(socket);
    }

    private void sendFigures(int connections) {
        long now = System.nanoTime();
        long messages = traffic.messages();
        long bytes = traffic.bytes();
        double seconds = (now - lastTime) / NANOS_PER_SECOND;
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("connections", connections);
        figures.put("messages", messages);
        figures.put("messagesPerSecond", (messages - lastMessages) / seconds);
        figures.put("bytesPerSecond", (bytes - lastBytes) / seconds);
        figures.put("savedPercent", savedPercent());
        figures.put("uptimeSeconds", (now - started) / 1_000_000_000L);
        lastTime = now;
        lastMessages = messages;
        lastBytes = bytes;
        roundTripMillis.forEach((socket, millis) -> {
            figures.put("http", socket.handshake().request().version().toString());
            figures.put("roundTripMillis", millis == UNKNOWN ? null : millis);
            socket.send(json(figures));
            socket.ping(ByteBuffer.allocate(Long.BYTES).putLong(0, System.nanoTime()));
        });
    }

    /** How much less the compressed messages took than they had; null before the first. */
    private @Nullable Double savedPercent() {
        long before = deflate.messageBytes();
        return before == 0 ? null : 100.0 * (before - deflate.compressedBytes()) / before;
    }

    private static String json(Map<String, @Nullable Object> figures) {
        try {
            return JSON.std.asString(figures);
        } catch (IOException e) {
            throw new UncheckedIOException("numbers can be written", e);
        }
    }
}
