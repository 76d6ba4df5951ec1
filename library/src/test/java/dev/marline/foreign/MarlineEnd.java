package dev.marline.foreign;

import static dev.marline.testing.RunningProgram.PATIENCE_SECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.marline.CloseReason;
import dev.marline.Handshake;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Marline's end of a WebSocket, client or server. */
final class MarlineEnd implements End, WebSocketListener {
    private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
    private final BlockingQueue<Said> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Throwable> error = new CompletableFuture<>();

    @Override
    public void onOpen(WebSocket opened) {
        socket.complete(opened);
    }

    @Override
    public void onMessage(WebSocket from, Message message) {
        heard.add(new Said((message.isText() ? "text " : "binary ") + Said.hex(message.bytes())));
    }

    @Override
    public void onPing(WebSocket from, ByteBuffer payload) {
        heard.add(new Said("ping " + Said.hex(payload)));
    }

    @Override
    public void onPong(WebSocket from, ByteBuffer payload) {
        heard.add(new Said("pong " + Said.hex(payload)));
    }

    @Override
    public void onError(WebSocket from, Throwable cause) {
        error.complete(cause);
    }

    @Override
    public void onClose(WebSocket from, CloseReason reason) {
        heard.add(Said.close(reason.code(), reason.reason()));
    }

    WebSocket socket() {
        return socket.orTimeout(PATIENCE_SECONDS, SECONDS).join();
    }

    Handshake handshake() {
        return socket().handshake();
    }

    /** What was wrong with the connection. */
    Throwable error() {
        return error.orTimeout(PATIENCE_SECONDS, SECONDS).join();
    }

    @Override
    public void says(Said something) {
        WebSocket to = socket();
        switch (something.word(0)) {
            case "text" -> to.send(something.utf8(1));
            case "binary" -> to.send(something.bytes(1));
            case "ping" -> to.ping(ByteBuffer.wrap(something.bytes(1)));
            case "pong" -> to.pong(ByteBuffer.wrap(something.bytes(1)));
            case "close" -> to.close(Integer.parseInt(something.word(1)), something.utf8(2));
            default -> throw new IllegalArgumentException("Marline does not say " + something);
        }
    }

    @Override
    public Said hears() {
        Said next;
        try {
            next = heard.poll(PATIENCE_SECONDS, SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        if (next == null) {
            throw new AssertionError("Marline has heard nothing more");
        }
        return next;
    }
}
