package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;

/** The transport ends, half or whole, in every state of a connection: RFC 6455 §7.1.4 to §7.1.6. */
class EndOfInputTest {
    @ForBothRoles
    void anOpenConnectionWhoseInputEndsIsClosedAbnormally(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).endOfInput();
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        assertThat(probe.connection.isOpen()).isFalse();
        assertThat(probe.send("late")).isFalse();
        assertThat(probe.close(1000, "")).isFalse();
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void anUnfinishedMessageIsForgottenAtTheEndOfInput(Role role) {
        for (String hex : new String[] {"010161", "8105 6161", "81", "817e", "890561"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(hex).endOfInput();
            assertThat(probe.memory.lent()).isZero();
            assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
        }
    }

    @ForBothRoles
    void inputThatEndsBeforeTheAnswerToOurCloseIsAbnormal(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.endOfInput();
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void inputThatEndsAfterBothClosesIsClean(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880203e8").endOfInput();
        assertThat(probe.sent()).isEqualTo("880203e8");
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1000 '' clean");
    }

    @ForBothRoles
    void inputThatEndsAfterAFailureLeavesOurCloseToBeSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8300").endOfInput();
        assertThat(probe.sentFrames()).hasSize(1);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
    }

    @ForBothRoles
    void whatWasSentBeforeTheEndOfInputIsStillWritten(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.send("a");
        probe.endOfInput();
        assertThat(probe.sent()).isEqualTo("810161");
    }

    @ForBothRoles
    void aTransportThatBreaksIsClosedAbnormally(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161");
        probe.send("never flushed");
        probe.disconnected();
        assertThat(probe.events()).containsExactly("CLOSED 1006 ''");
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void aTransportThatBreaksWhileWeCloseIsClosedAbnormally(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void theEndIsToldOnce(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role)
                .disconnected()
                .disconnected()
                .endOfInput()
                .disconnected();
        assertThat(probe.events()).containsExactly("CLOSED 1006 ''");
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
    }

    @ForBothRoles
    void afterTheEndNothingIsReadOrSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).disconnected();
        probe.events();
        probe.receive("810161 8900 8800");
        assertThat(probe.send("late")).isFalse();
        probe.connection.fail(1011, "late", probe.now);
        assertThat(probe.events()).isEmpty();
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.memory.lent()).isZero();
    }
}
