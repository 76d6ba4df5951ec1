package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;

/** Ping and Pong, and what holds for all control frames: RFC 6455 §5.5. */
class ControlFramesTest {
    @ForBothRoles
    void aControlFrameMayHave125Bytes(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.ping("x".repeat(125)));
        assertThat(probe.sentFrames()).containsExactly(Frame.pong("x".repeat(125)));
    }

    @ForBothRoles
    void aControlFrameOfMoreThan125BytesFailsWith1002(Role role) {
        for (int opcode : new int[] {Opcode.CLOSE, Opcode.PING, Opcode.PONG}) {
            for (int length : new int[] {126, 127, 65535, 65536}) {
                ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.of(opcode, new byte[length]));
                assertThat(probe.failureCode())
                        .as(Opcode.name(opcode) + " " + length)
                        .isEqualTo(1002);
            }
        }
    }

    @ForBothRoles
    void theSecondByteIsEnoughToFailALongControlFrame(Role role) {
        String maskBit = role == Role.SERVER ? "89fe" : "897e";
        ConnectionProbe probe = new ConnectionProbe(role).receiveRaw(Hex.bytes(maskBit));
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @ForBothRoles
    void aFragmentedControlFrameFailsWith1002(Role role) {
        for (String hex : new String[] {"0800", "0900", "0a00", "090161", "010161 0900"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(hex);
            assertThat(probe.failureCode()).as(hex).isEqualTo(1002);
        }
    }

    @ForBothRoles
    void everyPingIsAnsweredWithItsPayloadInOrder(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("890161 8900 89026263");
        assertThat(probe.sent()).isEqualTo("8a0161" + "8a00" + "8a026263");
        assertThat(probe.events()).containsExactly("PING 'a'", "PING ''", "PING 'bc'");
    }

    @ForBothRoles
    void aPongIsReadyAsSoonAsItsPingIsRead(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("890161 82 05 01");
        assertThat(probe.sent()).isEqualTo("8a0161");
    }

    @ForBothRoles
    void aPingInPiecesIsAnsweredWhole(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receiveByteByByte("8905 48656c6c6f 8900");
        assertThat(probe.sent()).isEqualTo("8a0548656c6c6f" + "8a00");
    }

    @ForBothRoles
    void anUnsolicitedPongIsToldAndNotAnswered(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8a00 8a0161");
        assertThat(probe.events()).containsExactly("PONG ''", "PONG 'a'");
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void pingsAndPongsOfTheApplicationAreSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThat(probe.connection.ping(Hex.bytes("61"))).isTrue();
        assertThat(probe.connection.pong(Hex.bytes("62"))).isTrue();
        assertThat(probe.sent()).isEqualTo("890161" + "8a0162");
    }

    @ForBothRoles
    void aPingOfMoreThan125BytesIsRefused(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThatThrownBy(() -> probe.connection.ping(new byte[126])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> probe.connection.pong(new byte[126])).isInstanceOf(IllegalArgumentException.class);
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void whileTheOutputIsCongestedOnlyTheNewestPongIsKept(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.connection.congested(true);
        probe.receive("890161 890162 890163");
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.events()).containsExactly("PING 'a'", "PING 'b'", "PING 'c'");
        probe.connection.congested(false);
        assertThat(probe.sent()).isEqualTo("8a0163");
        probe.connection.congested(false);
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void afterCongestionEveryPingIsAnsweredAgain(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.connection.congested(true);
        probe.receive("890161");
        probe.connection.congested(false);
        probe.receive("890162 890163");
        assertThat(probe.sent()).isEqualTo("8a0161" + "8a0162" + "8a0163");
    }

    @ForBothRoles
    void aPongHeldBackIsNotSentAfterAClose(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.connection.congested(true);
        probe.receive("890161 880203e8");
        probe.connection.congested(false);
        assertThat(probe.sent()).isEqualTo("880203e8");
    }

    @ForBothRoles
    void aPingAfterThePeersCloseIsNotAnswered(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive("880203e8 8900").receive("8900");
        assertThat(probe.sent()).isEqualTo("880203e8");
        assertThat(probe.events()).isEmpty();
    }
}
