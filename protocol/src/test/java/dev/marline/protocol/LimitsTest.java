package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Each limit at its value and one past it: RFC 6455 §10.4. */
class LimitsTest {
    private static final ConnectionLimits SMALL = new ConnectionLimits(1000, 3, 0, 1, 1);

    @ForBothRoles
    void aMessageOfTheLimitIsTaken(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, SMALL).receive(Frame.text("x".repeat(1000)));
        assertThat(probe.events()).containsExactly("TEXT '" + "x".repeat(1000) + "'");
    }

    @ForBothRoles
    void aMessageOnePastTheLimitFailsWith1009AtItsHeader(Role role) {
        // Only the header comes: its length is enough.
        ConnectionProbe probe = new ConnectionProbe(role, SMALL).receive("82 7e 03e9");
        assertThat(probe.failureCode()).isEqualTo(1009);
        assertThat(probe.sentFrames())
                .singleElement()
                .extracting(Frame::closeCode)
                .isEqualTo(1009);
    }

    @ForBothRoles
    void fragmentsThatAddUpToTheLimitAreTaken(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, SMALL)
                .receive(
                        Frame.text("x".repeat(999)).notFinal(),
                        Frame.continuation(new byte[] {'x'}).notFinal(),
                        Frame.continuation(new byte[0]));
        assertThat(probe.events()).containsExactly("TEXT '" + "x".repeat(1000) + "'");
    }

    @ForBothRoles
    void fragmentsThatAddUpToOnePastTheLimitFailWith1009(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, SMALL)
                .receive(Frame.text("x".repeat(999)).notFinal(), Frame.continuation(new byte[] {'x', 'x'}));
        assertThat(probe.failureCode()).isEqualTo(1009);
    }

    @ForBothRoles
    void theLargestLengthsDoNotOverflow(Role role) {
        for (String length :
                new String[] {"7fffffffffffffff", "0000000080000000", "00000000ffffffff", "0000000100000000"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive("82 7f" + length + "00");
            assertThat(probe.failureCode()).as(length).isEqualTo(1009);
            probe = new ConnectionProbe(role).receive("020161 80 7f" + length + "00");
            assertThat(probe.failureCode()).as(length).isEqualTo(1009);
        }
    }

    @ForBothRoles
    void asManyFragmentsAsTheLimitAreTakenAndNotOneMore(Role role) {
        assertThat(new ConnectionProbe(role, SMALL)
                        .receive("010161 000162 800163")
                        .events())
                .containsExactly("TEXT 'abc'");
        ConnectionProbe probe = new ConnectionProbe(role, SMALL).receive("010161 000162 000163");
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.receive("8000").failureCode()).isEqualTo(1009);
    }

    @ForBothRoles
    void emptyFragmentsCountToo(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, SMALL).receive("0100 0000 0000");
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.receive("0000").failureCode()).isEqualTo(1009);
    }

    @ForBothRoles
    void fragmentsAreCountedForEachMessageAnew(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role, SMALL).receive("0100 0000 8000 0100 0000 8000 0100 0000 8000");
        assertThat(probe.events()).isEqualTo(Collections.nCopies(3, "TEXT ''"));
    }

    @ForBothRoles
    void controlFramesDoNotCount(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, new ConnectionLimits(2, 2, 0, 1, 1));
        probe.receive("010161 8903616161 8a03616161 8900 800162");
        assertThat(probe.events()).last().isEqualTo("TEXT 'ab'");
    }

    @ForBothRoles
    void manyFragmentsAreTakenWhereTheLimitAllows(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, new ConnectionLimits(1 << 20, 131_072, 0, 1, 1));
        probe.receive("0100");
        for (int i = 0; i < 131_070 / 1000; i++) {
            probe.receive("000161".repeat(1000));
        }
        assertThat(probe.receive("000161".repeat(131_070 % 1000)).failureCode()).isZero();
        assertThat(probe.receive("8000").events()).containsExactly("TEXT '" + "a".repeat(131_070) + "'");
    }

    @ForBothRoles
    void aLimitOf0AdmitsEmptyMessages(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role, new ConnectionLimits(0, 2, 0, 1, 1)).receive("8100 0100 8000");
        assertThat(probe.events()).containsExactly("TEXT ''", "TEXT ''");
        assertThat(probe.receive("820161").failureCode()).isEqualTo(1009);
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new ConnectionLimits(-1, 1, 0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConnectionLimits(1L << 31, 1, 0, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConnectionLimits(1, 0, 0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConnectionLimits(1, 1, -1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConnectionLimits(1, 1, 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConnectionLimits(1, 1, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
