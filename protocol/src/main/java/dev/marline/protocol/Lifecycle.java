package dev.marline.protocol;

import static dev.marline.protocol.Lifecycle.Event.ABORTED;
import static dev.marline.protocol.Lifecycle.Event.CLOSE_RECEIVED;
import static dev.marline.protocol.Lifecycle.Event.CLOSE_SENT;
import static dev.marline.protocol.Lifecycle.Event.DISCONNECTED;
import static dev.marline.protocol.Lifecycle.Event.END_OF_INPUT;
import static dev.marline.protocol.Lifecycle.Event.FAILED;

import java.util.EnumMap;
import java.util.Map;

/**
 * The life of a connection after its opening handshake: every state, every transition.
 *
 * <pre>
 *                     our Close is sent                    the peer's Close comes
 *           OPEN --------------------------> CLOSING ----------------------------> CLOSE_EXCHANGED
 *            |                                                                             ^
 *            |        the peer's Close comes                   our Close is sent           |
 *            +-----------------------------> CLOSE_RECEIVED -------------------------------+
 *
 *   OPEN, CLOSING, CLOSE_RECEIVED -- we fail the connection ------------> FAILED
 *   all of these                  -- the peer ends its side ------------> INPUT_ENDED
 *   all of these                  -- given up, or out of time ----------> ABORTED
 *   all of these                  -- the transport is gone -------------> DISCONNECTED
 * </pre>
 *
 * RFC 6455 §7.1: the closing handshake is done when each side has sent a Close and received one. A connection in FAILED has sent
 * its Close, if there was none yet, and waits for the peer to let go.
 */
final class Lifecycle {
    enum State {
        /** Messages go both ways. */
        OPEN,

        /** Our Close is sent; what the peer still sends is delivered until its Close comes. */
        CLOSING,

        /** The peer's Close came and ours is about to go. */
        CLOSE_RECEIVED,

        /** The closing handshake is complete; the transport is still there. */
        CLOSE_EXCHANGED,

        /** We failed the connection, RFC 6455 §7.1.7; input is discarded. */
        FAILED,

        /** The peer has shut down its output. Nothing more can come. */
        INPUT_ENDED,

        /** Given up, by the application or because a deadline has passed. Nothing more is sent or read. */
        ABORTED,

        /** The transport is gone. */
        DISCONNECTED
    }

    enum Event {
        CLOSE_SENT,
        CLOSE_RECEIVED,
        FAILED,
        END_OF_INPUT,
        ABORTED,
        DISCONNECTED
    }

    /** The table. An event without an entry leaves the state as it is. */
    private static final Map<State, Map<Event, State>> TRANSITIONS = new EnumMap<>(Map.of(
            State.OPEN,
            Map.of(
                    CLOSE_SENT, State.CLOSING,
                    CLOSE_RECEIVED, State.CLOSE_RECEIVED,
                    FAILED, State.FAILED,
                    END_OF_INPUT, State.INPUT_ENDED,
                    ABORTED, State.ABORTED,
                    DISCONNECTED, State.DISCONNECTED),
            State.CLOSING,
            Map.of(
                    CLOSE_RECEIVED, State.CLOSE_EXCHANGED,
                    FAILED, State.FAILED,
                    END_OF_INPUT, State.INPUT_ENDED,
                    ABORTED, State.ABORTED,
                    DISCONNECTED, State.DISCONNECTED),
            State.CLOSE_RECEIVED,
            Map.of(
                    CLOSE_SENT, State.CLOSE_EXCHANGED,
                    FAILED, State.FAILED,
                    END_OF_INPUT, State.INPUT_ENDED,
                    ABORTED, State.ABORTED,
                    DISCONNECTED, State.DISCONNECTED),
            State.CLOSE_EXCHANGED,
            Map.of(
                    END_OF_INPUT, State.INPUT_ENDED,
                    ABORTED, State.ABORTED,
                    DISCONNECTED, State.DISCONNECTED),
            State.FAILED,
            Map.of(
                    END_OF_INPUT, State.INPUT_ENDED,
                    ABORTED, State.ABORTED,
                    DISCONNECTED, State.DISCONNECTED),
            State.INPUT_ENDED,
            Map.of(ABORTED, State.ABORTED, DISCONNECTED, State.DISCONNECTED),
            State.ABORTED,
            Map.of(DISCONNECTED, State.DISCONNECTED),
            State.DISCONNECTED,
            Map.of()));

    private State state = State.OPEN;

    State state() {
        return state;
    }

    /** Takes an event; whether it changed the state. */
    boolean on(Event event) {
        State next = TRANSITIONS.getOrDefault(state, Map.of()).get(event);
        if (next == null) {
            return false;
        }
        state = next;
        return true;
    }

    /** Whether frames may be sent: until our Close. RFC 6455 §5.5.1: "MUST NOT send any more data frames after sending a Close frame". */
    boolean maySend() {
        return state == State.OPEN;
    }

    /** Whether what arrives is read: until the peer's Close. RFC 6455 §1.4: data after it is discarded. */
    boolean mayReceive() {
        return state == State.OPEN || state == State.CLOSING;
    }

    /** Whether the end is near and must not take longer than the closing timeout. */
    boolean isEnding() {
        return state != State.OPEN && state != State.ABORTED && state != State.DISCONNECTED;
    }
}
