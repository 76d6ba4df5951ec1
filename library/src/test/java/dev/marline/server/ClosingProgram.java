package dev.marline.server;

import dev.marline.BlockingWebSocket;
import dev.marline.client.WebSocketClient;

/** A program of its own for {@link ClosingWithoutClassFilesTest}: a server and a client that close when they are told. */
final class ClosingProgram {
    private ClosingProgram() {}

    /**
     * Runs the program.
     *
     * @param arguments "idle", or else a WebSocket is open when the server closes
     */
    public static void main(String[] arguments) throws Exception {
        WebSocketServer server = WebSocketServer.builder()
                .host("127.0.0.1")
                .webSocket("/", (socket, message) -> socket.send(message))
                .start();
        WebSocketClient client = WebSocketClient.create();
        if (!arguments[0].equals("idle")) {
            BlockingWebSocket socket = client.connectBlocking("ws://127.0.0.1:" + server.port() + "/");
            socket.send("hello");
            socket.receive();
        }
        System.out.println("READY");
        if (System.in.read() < 0) {
            throw new IllegalStateException("nobody said so");
        }
        server.close();
        client.close();
        System.out.println("CLOSED");
    }
}
