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

    /** Whether the load has been taken off, so that nothing that happens now is a failure. */
    abstract boolean isStopped();

    @Override
    public final void onError(WebSocket socket, Throwable cause) {
        if (!isStopped()) {
            meter.fail(String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public final void onClose(WebSocket socket, CloseReason reason) {
        if (!isStopped()) {
            meter.fail("the connection was closed: " + reason);
        }
    }
}
