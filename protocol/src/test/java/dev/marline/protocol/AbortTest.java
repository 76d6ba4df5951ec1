package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;

/** Giving a connection up without a closing handshake. */
class AbortTest {
    @ForBothRoles
    void anAbortedConnectionSendsNothingAndReadsNothing(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161");
        probe.send("not flushed");
        probe.connection.abort();
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
        assertThat(probe.connection.isOpen()).isFalse();
        assertThat(probe.send("late")).isFalse();
        assertThat(probe.close(1000, "")).isFalse();
        probe.receive("800162 8900 8800 8300").endOfInput();
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.memory.lent()).isZero();
        assertThat(probe.connection.nextDeadline()).isEqualTo(Connection.NO_DEADLINE);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void anAbortAfterBothClosesLeavesThemClean(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880203e8");
        probe.sent();
        probe.connection.abort();
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1000 '' clean");
    }

    @ForBothRoles
    void anAbortInsideAMessageEndsTheRead(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> probe.connection.abort()).receive("810161 810162");
        assertThat(probe.events()).containsExactly("TEXT 'a'");
    }
}
