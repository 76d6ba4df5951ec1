package dev.marline.testing;

import dev.marline.WebSocket;

/** Tells each client which address the server takes for its. */
public final class AddressTeller extends Recorder {
    @Override
    public void onOpen(WebSocket socket) {
        socket.send(socket.remoteAddress().toString());
    }
}
