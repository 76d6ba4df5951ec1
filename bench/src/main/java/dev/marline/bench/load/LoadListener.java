package dev.marline.bench.load;

import dev.marline.CloseReason;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;

/** A connection under load, which must not end while the load runs. */
abstract class LoadListener implements WebSocketListener {
    private final Meter meter;

    LoadListener(Meter meter) {
        this.meter = meter;
    }

    @Override
    public final void onError(WebSocket socket, Throwable cause) {
        meter.ended(String.valueOf(cause.getMessage()));
    }

    @Override
    public final void onClose(WebSocket socket, CloseReason reason) {
        meter.ended("the connection was closed: " + reason);
    }
}
