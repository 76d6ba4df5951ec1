package dev.marline.transport.client;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.Challenge;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A proxy did not open the way to a server. An application sees no more of it than its message. */
public final class ProxyException extends WebSocketException {
    private static final long serialVersionUID = 1L;

    /** What may be done about it. */
    public enum Reason {
        /** It does not answer: another may. */
        NOT_REACHED,
        /** It wants to be told who asks. */
        WANTS_USER,
        /** It says no, and that is that. */
        REFUSED
    }

    private final Reason reason;
    private final transient List<Challenge> challenges;

    ProxyException(String message, Reason reason, List<Challenge> challenges, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.challenges = challenges;
    }

    public Reason reason() {
        return reason;
    }

    /** How an HTTP proxy wants to be told who asks. */
    public List<Challenge> challenges() {
        return challenges;
    }
}
