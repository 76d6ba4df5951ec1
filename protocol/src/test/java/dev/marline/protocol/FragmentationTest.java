package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Messages in several frames, RFC 6455 §5.4. */
class FragmentationTest {
    @ForBothRoles
    void fragmentsBecomeOneMessageInTheirOrder(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161 000162 000163 800164");
        assertThat(probe.events()).containsExactly("TEXT 'abcd'");
    }

    @ForBothRoles
    void theFirstFragmentSaysTheType(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("020161 800162 010161 800162");
        assertThat(probe.events()).containsExactly("BINARY 6162", "TEXT 'ab'");
    }

    @ForBothRoles
    void fragmentsMayBeEmpty(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive("0100 0000 000161 0000 8000").receive("0200 8000");
        assertThat(probe.events()).containsExactly("TEXT 'a'", "BINARY ");
    }

    @ForBothRoles
    void fragmentsAndWholeMessagesAlternate(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("810161 010162 800163 810164 020165 800166 8200");
        assertThat(probe.events()).containsExactly("TEXT 'a'", "TEXT 'bc'", "TEXT 'd'", "BINARY 6566", "BINARY ");
    }

    @ForBothRoles
    void nothingIsToldBeforeTheLastFragment(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161").receive("000162");
        assertThat(probe.events()).isEmpty();
        assertThat(probe.receive("800163").events()).containsExactly("TEXT 'abc'");
    }

    @ForBothRoles
    void controlFramesBetweenFragmentsAreHandledAtOnce(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161 890170");
        assertThat(probe.events()).containsExactly("PING 'p'");
        assertThat(probe.sent()).isEqualTo("8a0170");
        probe.receive("8a0171 000162 8900 800163");
        assertThat(probe.events()).containsExactly("PONG 'q'", "PING ''", "TEXT 'abc'");
        assertThat(probe.sent()).isEqualTo("8a00");
    }

    @ForBothRoles
    void aCloseBetweenFragmentsEndsTheMessageUnfinished(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161 880203e8 800162");
        assertThat(probe.events()).isEmpty();
        assertThat(probe.sent()).isEqualTo("880203e8");
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void aContinuationWithoutAMessageFailsWith1002(Role role) {
        for (String hex : new String[] {"8000", "0000", "800161", "810161 800162", "010161 800162 8000"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(hex);
            assertThat(probe.failureCode()).as(hex).isEqualTo(1002);
        }
    }

    @ForBothRoles
    void aNewMessageInsideAMessageFailsWith1002(Role role) {
        for (String hex : new String[] {"810162", "820162", "010162", "020162", "8100", "890170 810162"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive("010161" + hex);
            assertThat(probe.failureCode()).as(hex).isEqualTo(1002);
            assertThat(probe.events()).noneMatch(event -> event.startsWith("TEXT") || event.startsWith("BINARY"));
        }
    }

    @ForBothRoles
    void fragmentsOfAnySizesGiveTheWholeMessage(Role role) {
        SeededRandom.forEachSeed(100, random -> {
            ConnectionProbe probe = new ConnectionProbe(role);
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            List<Frame> frames = new ArrayList<>();
            for (int fragments = random.between(2, 20); fragments > 0; fragments--) {
                byte[] piece = random.bytes(random.logUniform(70_000));
                message.writeBytes(piece);
                Frame frame = frames.isEmpty() ? Frame.binary(piece) : Frame.continuation(piece);
                frames.add(fragments == 1 ? frame : frame.notFinal());
            }
            probe.receive(frames.toArray(Frame[]::new));
            assertThat(probe.events()).containsExactly("BINARY " + Hex.of(message.toByteArray()));
            assertThat(probe.memory.lent()).isZero();
        });
    }
}
