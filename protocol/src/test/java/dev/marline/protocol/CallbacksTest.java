package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;

/** The connection is used, or an exception thrown, inside its own callbacks. */
class CallbacksTest {
    @ForBothRoles
    void aMessageMayBeSentInsideOnMessage(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> probe.send(event)).receive("810161 010162 800163");
        assertThat(probe.sentFrames()).containsExactly(Frame.text("TEXT 'a'"), Frame.text("TEXT 'bc'"));
    }

    @ForBothRoles
    void aMessageMayBeSentStraightFromWhereItLies(Role role) {
        // What an echo does: the array it was lent is the array it sends.
        Frame[] frames = {
            Frame.text(""), Frame.text("hello"), Frame.text("e".repeat(200)), Frame.binary(new byte[40_000])
        };
        ConnectionProbe probe = new ConnectionProbe(role).echoing().receive(frames);
        probe.receive("010161 800162");
        assertThat(probe.sentFrames()).startsWith(frames).last().isEqualTo(Frame.text("ab"));
    }

    @ForBothRoles
    void aCloseInsideOnMessageStillDeliversTheRestOfTheRead(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> probe.close(1000, "enough")).receive("810161 810162 880203e8");
        assertThat(probe.events()).containsExactly("TEXT 'a'", "TEXT 'b'");
        assertThat(probe.sentFrames()).containsExactly(Frame.close(1000, "enough"));
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1000 '' clean");
    }

    @ForBothRoles
    void aFailureInsideOnMessageDiscardsTheRestOfTheRead(Role role) {
        for (String message : new String[] {"810161", "0100 800161"}) {
            ConnectionProbe probe = new ConnectionProbe(role);
            probe.inCallbacks(event -> probe.connection.fail(1008, "no", probe.now));
            probe.receive(message + "810162 880203e8");
            assertThat(probe.events()).containsExactly("TEXT 'a'", "FAILED 1008 no");
            assertThat(probe.sentFrames()).containsExactly(Frame.close(1008, "no"));
            assertThat(probe.memory.lent()).isZero();
        }
    }

    @ForBothRoles
    void aFailureInsideOnFailedIsTheSameFailure(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> {
            probe.connection.fail(1011, "again", probe.now);
            probe.close(1000, "");
            probe.send("late");
        });
        probe.receive("8300");
        assertThat(probe.events()).hasSize(1);
        assertThat(probe.sentFrames())
                .singleElement()
                .extracting(Frame::closeCode)
                .isEqualTo(1002);
    }

    @ForBothRoles
    void theTransportMayGoInsideACallback(Role role) {
        for (String hex : new String[] {"810161", "0100 800161", "8900", "010162 8900", "8a00", "8300"}) {
            ConnectionProbe probe = new ConnectionProbe(role);
            probe.inCallbacks(event -> probe.disconnected()).receive(hex + "810162");
            assertThat(probe.events()).as(hex).hasSize(2).last().isEqualTo("CLOSED 1006 ''");
            assertThat(probe.memory.lent()).as(hex).isZero();
            assertThat(probe.sent()).as(hex).isEmpty();
        }
    }

    @ForBothRoles
    void aMessageSentInsideOnPingGoesBeforeItsPong(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> probe.send("first")).receive("890161");
        assertThat(probe.sentFrames()).containsExactly(Frame.text("first"), Frame.pong("a"));
    }

    @ForBothRoles
    void aCloseInsideOnPingGoesBeforeItsPong(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.inCallbacks(event -> probe.close(1000, "")).receive("890161");
        assertThat(probe.sent()).isEqualTo("880203e8" + "8a0161");
    }

    @ForBothRoles
    void anExceptionInsideACallbackLeavesNoHalfState(Role role) {
        for (String hex : new String[] {"810161", "0100 800161", "890161", "8a0161", "810361 6161"}) {
            ConnectionProbe probe = new ConnectionProbe(role);
            probe.inCallbacks(event -> {
                throw new IllegalStateException(event);
            });
            assertThatThrownBy(() -> probe.receive(hex)).as(hex).isInstanceOf(IllegalStateException.class);
            assertThat(probe.memory.lent()).as(hex).isZero();
            // The frame has been taken whole: what comes next is read as if nothing had been thrown.
            probe.inCallbacks(event -> {});
            probe.events();
            assertThat(probe.receive("810162 0100 800163").events()).as(hex).containsExactly("TEXT 'b'", "TEXT 'c'");
        }
    }

    @ForBothRoles
    void anExceptionAfterAMessageInPiecesLeavesNoHalfState(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8103 6161");
        probe.inCallbacks(event -> {
            throw new IllegalStateException(event);
        });
        assertThatThrownBy(() -> probe.receiveRaw(role == Role.SERVER ? new byte[] {0x61 ^ 0x21} : new byte[] {0x61}))
                .hasMessage("TEXT 'aaa'");
        assertThat(probe.memory.lent()).isZero();
        probe.inCallbacks(event -> {});
        probe.events();
        assertThat(probe.receive("810162").events()).containsExactly("TEXT 'b'");
    }

    @ForBothRoles
    void anExceptionInsideOnFailedLeavesTheConnectionFailed(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161");
        probe.inCallbacks(event -> {
            throw new IllegalStateException(event);
        });
        assertThatThrownBy(() -> probe.receive("8300")).isInstanceOf(IllegalStateException.class);
        assertThat(probe.sentFrames())
                .singleElement()
                .extracting(Frame::closeCode)
                .isEqualTo(1002);
        assertThat(probe.connection.ending()).isEqualTo(Ending.SHUT_DOWN_OUTPUT);
        assertThat(probe.memory.lent()).isZero();
    }
}
