package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import java.util.Arrays;

/** Text is UTF-8, RFC 6455 §5.6 and §8.1: across frames, across reads, and wrong from the first wrong byte on. */
class TextMessagesTest {
    /** Bad text, each with the place of the byte at which it cannot be UTF-8 any more. */
    private static final String[] BAD = {
        "80 @0",
        "c0 @0",
        "c1 @0",
        "f5 @0",
        "ff @0",
        "61ff @1",
        "c341 @1",
        "e080 @1",
        "e09f @1",
        "eda0 @1",
        "f080 @1",
        "f08f @1",
        "f490 @1",
        "e28241 @2",
        "f0908d41 @3",
        "f09080c3 @3",
        "cebae1bdb9cf83cebcceb5eda080 @12"
    };

    @ForBothRoles
    void textThatIsNotUtf8FailsWith1007(Role role) {
        for (String each : BAD) {
            byte[] bytes = Hex.bytes(each.substring(0, each.indexOf(' ')));
            ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.of(Opcode.TEXT, bytes));
            assertThat(probe.failureCode()).as(each).isEqualTo(1007);
            assertThat(probe.events()).hasSize(1);
        }
    }

    @ForBothRoles
    void textFailsExactlyAtItsFirstImpossibleByte(Role role) {
        for (String each : BAD) {
            byte[] bytes = Hex.bytes(each.substring(0, each.indexOf(' ')));
            int bad = Integer.parseInt(each.substring(each.indexOf('@') + 1));
            // The frame goes on for another 100 bytes that never come.
            byte[] frame = Frame.of(Opcode.TEXT, Arrays.copyOf(bytes, bytes.length + 100))
                    .encode(role.peer());
            int header = frame.length - bytes.length - 100;
            ConnectionProbe probe = new ConnectionProbe(role);
            for (int i = 0; i < header + bad; i++) {
                probe.receiveRaw(new byte[] {frame[i]});
            }
            assertThat(probe.failureCode()).as(each).isZero();
            probe.receiveRaw(new byte[] {frame[header + bad]});
            assertThat(probe.failureCode()).as(each).isEqualTo(1007);
            assertThat(probe.memory.lentBytes()).as("only the Close is kept").isEqualTo(probe.memory.lent() * 2048L);
        }
    }

    @ForBothRoles
    void anUnfinishedFragmentFailsAtItsFirstImpossibleByte(Role role) {
        for (String each : BAD) {
            byte[] bytes = Hex.bytes(each.substring(0, each.indexOf(' ')));
            ConnectionProbe probe = new ConnectionProbe(role)
                    .receive(Frame.of(Opcode.TEXT, bytes).notFinal());
            assertThat(probe.failureCode()).as(each).isEqualTo(1007);
        }
    }

    @ForBothRoles
    void aCharacterMayLieAcrossFragments(Role role) {
        // € is e282ac, 𝄞 is f09d849e
        for (String hex : new String[] {
            "0101e2 80028 2ac",
            "0102e282 8001ac",
            "0101e2 000182 8001ac",
            "0101e2 0000 000182 0000 8001ac",
            "0101e2 8900 800282ac"
        }) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(hex);
            assertThat(probe.events()).as(hex).last().isEqualTo("TEXT '€'");
        }
        assertThat(new ConnectionProbe(role).receive("0103f09d84 80029e61").events())
                .containsExactly("TEXT '𝄞a'");
    }

    @ForBothRoles
    void aCharacterMayLieAcrossReads(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receiveByteByByte("8107 e282ac f09d849e");
        assertThat(probe.events()).containsExactly("TEXT '€𝄞'");
    }

    @ForBothRoles
    void anImpossibleByteAfterAFragmentFailsAtOnce(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("0101e2 00 05 82 41");
        assertThat(probe.failureCode()).isEqualTo(1007);
    }

    @ForBothRoles
    void textThatEndsInsideACharacterFailsWith1007(Role role) {
        for (String hex :
                new String[] {"8101e2", "8102e282", "8103f09d84", "0101e2 8000", "0101e2 800182", "010161 8001c3"}) {
            assertThat(new ConnectionProbe(role).receive(hex).failureCode())
                    .as(hex)
                    .isEqualTo(1007);
            assertThat(new ConnectionProbe(role).receiveByteByByte(hex).failureCode())
                    .as(hex)
                    .isEqualTo(1007);
        }
    }

    @ForBothRoles
    void anUnfinishedCharacterAtTheEndOfAFragmentIsNoErrorYet(Role role) {
        assertThat(new ConnectionProbe(role).receive("0101e2 000182").failureCode())
                .isZero();
    }

    @ForBothRoles
    void binaryMayHoldAnything(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8202c0ff 0201ff 8001fe");
        assertThat(probe.events()).containsExactly("BINARY c0ff", "BINARY fffe");
    }

    @ForBothRoles
    void everyMessageBeginsBetweenCharacters(Role role) {
        // The state of the first message must not leak into the second: 82ac alone is not UTF-8.
        ConnectionProbe probe = new ConnectionProbe(role).receive("0201e2 8000 810282ac");
        assertThat(probe.events()).first().isEqualTo("BINARY e2");
        assertThat(probe.failureCode()).isEqualTo(1007);
    }

    @ForBothRoles
    void emptyTextIsText(Role role) {
        assertThat(new ConnectionProbe(role).receive("8100 0100 8000").events()).containsExactly("TEXT ''", "TEXT ''");
    }
}
