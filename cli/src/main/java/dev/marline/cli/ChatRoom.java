package dev.marline.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.marline.BroadcastMessage;
import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The demo's chat: what one says is sent to all, and so is the number of people when it changes.
 *
 * <p>In: {@code {"name": ..., "text": ...}}. Out: {@code {"type": "message", "name": ..., "text": ..., "time": ...}} and
 * {@code {"type": "people", "count": ...}}.
 */
final class ChatRoom implements WebSocketListener {
    private static final int MAX_NAME = 100;
    private static final int MAX_TEXT = 10_000;

    private final Set<WebSocket> sockets = ConcurrentHashMap.newKeySet();
    private final Traffic traffic;

    ChatRoom(Traffic traffic) {
        this.traffic = traffic;
    }

    @Override
    public void onOpen(WebSocket socket) throws IOException {
        sockets.add(socket);
        sendPeople();
    }

    @Override
    public void onMessage(WebSocket socket, Message message) throws IOException {
        traffic.count(message);
        String name;
        String text;
        try {
            Map<String, Object> said = JSON.std.mapFrom(message.text());
            name = (String) said.get("name");
            text = (String) said.get("text");
        } catch (IOException | IllegalStateException | ClassCastException notJson) {
            name = null;
            text = null;
        }
        if (name == null || text == null || name.length() > MAX_NAME || text.length() > MAX_TEXT) {
            socket.close(1008, "expected {\"name\": ..., \"text\": ...} of at most 100 and 10000 characters");
            return;
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("type", "message");
        told.put("name", name);
        told.put("text", text);
        told.put("time", System.currentTimeMillis());
        sendToAll(told);
    }

    @Override
    public void onClose(WebSocket socket, CloseReason reason) throws IOException {
        sockets.remove(socket);
        sendPeople();
    }

    private void sendPeople() throws IOException {
        sendToAll(Map.of("type", "people", "count", sockets.size()));
    }

    private void sendToAll(Map<String, Object> json) throws IOException {
        Message message = new BroadcastMessage(Message.text(JSON.std.asString(json)));
        for (WebSocket socket : sockets) {
            socket.send(message);
        }
    }
}
