package dev.marline;

import org.jspecify.annotations.Nullable;

/** What went wrong with a WebSocket; the subclasses say more. */
public class WebSocketException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WebSocketException(String message) {
        super(message);
    }

    public WebSocketException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
