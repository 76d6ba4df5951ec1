package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Lifecycle.Event;
import dev.marline.protocol.Lifecycle.State;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every state with every event: the whole table, written a second time as the paths that lead to a state. */
class LifecycleTest {
    private static final Map<State, List<Event>> PATHS = new TreeMap<>(Map.of(
            State.OPEN, List.of(),
            State.CLOSING, List.of(Event.CLOSE_SENT),
            State.CLOSE_RECEIVED, List.of(Event.CLOSE_RECEIVED),
            State.CLOSE_EXCHANGED, List.of(Event.CLOSE_RECEIVED, Event.CLOSE_SENT),
            State.FAILED, List.of(Event.FAILED),
            State.INPUT_ENDED, List.of(Event.END_OF_INPUT),
            State.ABORTED, List.of(Event.ABORTED),
            State.DISCONNECTED, List.of(Event.DISCONNECTED)));

    @Test
    void everyEventInEveryStateLeadsWhereTheTableSays() {
        StringBuilder table = new StringBuilder();
        PATHS.forEach((state, path) -> {
            table.append(state).append(':');
            for (Event event : Event.values()) {
                Lifecycle lifecycle = at(path);
                assertThat(lifecycle.state()).isEqualTo(state);
                boolean changed = lifecycle.on(event);
                assertThat(changed).isEqualTo(lifecycle.state() != state);
                table.append(' ').append(changed ? lifecycle.state() : "-");
            }
            table.append('\n');
        });
        // after CLOSE_SENT, CLOSE_RECEIVED, FAILED, END_OF_INPUT, ABORTED, DISCONNECTED
        assertThat(table).hasToString("""
                        OPEN: CLOSING CLOSE_RECEIVED FAILED INPUT_ENDED ABORTED DISCONNECTED
                        CLOSING: - CLOSE_EXCHANGED FAILED INPUT_ENDED ABORTED DISCONNECTED
                        CLOSE_RECEIVED: CLOSE_EXCHANGED - FAILED INPUT_ENDED ABORTED DISCONNECTED
                        CLOSE_EXCHANGED: - - - INPUT_ENDED ABORTED DISCONNECTED
                        FAILED: - - - INPUT_ENDED ABORTED DISCONNECTED
                        INPUT_ENDED: - - - - ABORTED DISCONNECTED
                        ABORTED: - - - - - DISCONNECTED
                        DISCONNECTED: - - - - - -
                        """);
    }

    @Test
    void everyStateHasItsPath() {
        assertThat(PATHS).containsOnlyKeys(State.values());
    }

    @Test
    void messagesMayBeSentOnlyWhileOpen() {
        assertThat(statesWhere(Lifecycle::maySend)).containsExactly(State.OPEN);
    }

    @Test
    void inputIsReadUntilThePeersClose() {
        assertThat(statesWhere(Lifecycle::mayReceive)).containsExactly(State.OPEN, State.CLOSING);
    }

    @Test
    void everyStateOnTheWayToTheEndHasADeadline() {
        assertThat(statesWhere(Lifecycle::isEnding))
                .containsExactly(
                        State.CLOSING, State.CLOSE_RECEIVED, State.CLOSE_EXCHANGED, State.FAILED, State.INPUT_ENDED);
    }

    private static List<State> statesWhere(Predicate<Lifecycle> property) {
        return PATHS.entrySet().stream()
                .filter(entry -> property.test(at(entry.getValue())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Lifecycle at(List<Event> path) {
        Lifecycle lifecycle = new Lifecycle();
        path.forEach(lifecycle::on);
        return lifecycle;
    }
}
