package dev.marline.cli;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.testing.RunningProgram;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What a server hears and says. */
final class Talk implements WebSocketListener {
    final BlockingQueue<WebSocket> opened = new LinkedBlockingQueue<>();
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public void onOpen(WebSocket socket) {
        opened.add(socket);
    }

    @Override
    public void onMessage(WebSocket socket, Message message) {
        heard.add(message.text());
        if (message.text().equals("one more, please")) {
            socket.send("one more");
        }
    }

    @Override
    public void onClose(WebSocket socket, CloseReason reason) {
        heard.add("closed: " + reason);
    }

    private static <T> T next(BlockingQueue<T> queue) {
        try {
            T next = queue.poll(RunningProgram.PATIENCE_SECONDS, SECONDS);
            if (next == null) {
                throw new AssertionError("the server has heard nothing more");
            }
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    WebSocket socket() {
        return next(opened);
    }

    String hears() {
        return next(heard);
    }
}
