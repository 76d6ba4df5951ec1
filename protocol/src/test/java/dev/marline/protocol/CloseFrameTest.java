package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What stands in a Close: status codes (RFC 6455 §7.4) and reasons (§5.5.1). */
class CloseFrameTest {
    /** The sentence of the RFC and of the registry, as a list. */
    private static boolean mayBeSent(int code) {
        return switch (code) {
            case 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014 -> true;
            default -> code >= 3000 && code <= 4999;
        };
    }

    @Test
    void exactlyTheValidCodesAreValidOnTheWire() {
        for (int code = -1; code <= 65536; code++) {
            assertThat(CloseCode.isValidOnWire(code)).as("%d", code).isEqualTo(mayBeSent(code));
        }
    }

    @ForBothRoles
    void everyValidCodeIsTakenAndEveryOtherFailsWith1002(Role role) {
        for (int code = 0; code <= 65535; code++) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.close(code, ""));
            if (mayBeSent(code)) {
                assertThat(probe.failureCode()).as("%d", code).isZero();
                assertThat(probe.connection.receivedCode()).isEqualTo(code);
                assertThat(probe.sentFrames()).as("%d", code).containsExactly(Frame.close(code, ""));
            } else {
                assertThat(probe.failureCode()).as("%d", code).isEqualTo(1002);
                assertThat(probe.connection.receivedCode()).isEqualTo(CloseCode.ABNORMAL);
                assertThat(probe.sentFrames())
                        .as("%d", code)
                        .singleElement()
                        .extracting(Frame::closeCode)
                        .isEqualTo(1002);
            }
        }
    }

    @ForBothRoles
    void aReasonWithHalfASurrogatePairIsRefusedByClose(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThatThrownBy(() -> probe.close(1000, "a\ud83d")).isInstanceOf(IllegalArgumentException.class);
        assertThat(probe.connection.isOpen()).isTrue();
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void aCodeThatMayNotBeSentIsRefusedByClose(Role role) {
        for (int code : new int[] {-1, 0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535, 66536}) {
            ConnectionProbe probe = new ConnectionProbe(role);
            assertThatThrownBy(() -> probe.close(code, "")).as("%d", code).isInstanceOf(IllegalArgumentException.class);
            assertThat(probe.connection.isOpen()).isTrue();
            assertThat(probe.sent()).isEmpty();
        }
    }

    @ForBothRoles
    void aCodeThatMayNotBeSentIsRefusedByFail(Role role) {
        for (int code : new int[] {0, 999, 1004, 1006, 1015, 5000}) {
            ConnectionProbe probe = new ConnectionProbe(role);
            assertThatThrownBy(() -> probe.connection.fail(code, "", probe.now))
                    .as("%d", code)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(probe.sent()).isEmpty();
        }
    }

    @ForBothRoles
    void aCloseWithoutABodyIsAnsweredWithOneAndReadsAs1005(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8800");
        assertThat(probe.sent()).isEqualTo("8800");
        assertThat(probe.connection.receivedCode()).isEqualTo(CloseCode.NO_STATUS);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1005 '' clean");
    }

    @ForBothRoles
    void aCloseWithABodyOfOneByteFailsWith1002(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880103");
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @ForBothRoles
    void codeAndReasonAreTold(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.close(4711, "tschüß"));
        assertThat(probe.connection.receivedCode()).isEqualTo(4711);
        assertThat(probe.connection.receivedReason()).isEqualTo("tschüß");
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 4711 'tschüß' clean");
    }

    @ForBothRoles
    void aReasonOf123BytesIsTaken(Role role) {
        String reason = "r".repeat(123);
        assertThat(new ConnectionProbe(role)
                        .receive(Frame.close(1000, reason))
                        .connection
                        .receivedReason())
                .isEqualTo(reason);
    }

    @ForBothRoles
    void aReasonThatIsNotUtf8FailsWith1007(Role role) {
        for (String reason : new String[] {"ff", "c0af", "eda080", "61e282", "f0908d"}) {
            byte[] bytes = Hex.bytes("03e8" + reason);
            ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.of(Opcode.CLOSE, bytes));
            assertThat(probe.failureCode()).as(reason).isEqualTo(1007);
            assertThat(probe.connection.receivedCode()).isEqualTo(CloseCode.ABNORMAL);
        }
    }

    @ForBothRoles
    void aCloseIsSentWithItsCodeAndReason(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThat(probe.close(1001, "bye")).isTrue();
        assertThat(probe.sent()).isEqualTo("88 05 03e9 627965".replace(" ", ""));
        assertThat(probe.connection.sentCode()).isEqualTo(1001);
        assertThat(probe.connection.sentReason()).isEqualTo("bye");
    }

    @ForBothRoles
    void aCloseWith1005IsSentWithoutABody(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(CloseCode.NO_STATUS, "not sent");
        assertThat(probe.sent()).isEqualTo("8800");
        assertThat(probe.connection.sentReason()).isEmpty();
    }

    @ForBothRoles
    void aLongReasonIsCutAt123BytesBetweenCharacters(Role role) {
        for (String character : new String[] {"x", "ü", "€", "𝄞"}) {
            for (int before = 0; before < 5; before++) {
                String reason = "a".repeat(before) + character.repeat(130);
                ConnectionProbe probe = new ConnectionProbe(role);
                probe.close(1000, reason);
                String sent = probe.sentFrames().get(0).text().substring(2);
                int size = character.getBytes(StandardCharsets.UTF_8).length;
                assertThat(reason).startsWith(probe.connection.sentReason());
                assertThat(probe.connection.sentReason().getBytes(StandardCharsets.UTF_8))
                        .hasSize(before + (123 - before) / size * size);
                assertThat(sent).endsWith(probe.connection.sentReason());
            }
        }
    }
}
