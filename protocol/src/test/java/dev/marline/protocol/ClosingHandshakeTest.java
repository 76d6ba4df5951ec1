package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import org.junit.jupiter.api.Test;

/** The closing handshake, RFC 6455 §5.5.1 and §7.1: who sends what, and when the transport may go. */
class ClosingHandshakeTest {
    private static final long TIMEOUT = ConnectionProbe.LIMITS.closingTimeout();

    @ForBothRoles
    void aCloseIsAnsweredWithItsCode(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8805 03e9 627965");
        assertThat(probe.sent()).isEqualTo("880203e9");
        assertThat(probe.connection.isOpen()).isFalse();
        assertThat(probe.connection.isReceiving()).isFalse();
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1001 'bye' clean");
    }

    @ForBothRoles
    void theAnswerToOurCloseCompletesTheHandshake(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(4000, "done");
        assertThat(probe.connection.ending()).isEqualTo(Ending.NONE);
        probe.receive("88020fa0");
        assertThat(probe.sentFrames()).containsExactly(Frame.close(4000, "done"));
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 4000 '' clean");
    }

    @ForBothRoles
    void crossingClosesCompleteTheHandshakeWithoutAnAnswer(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "mine");
        probe.receive(Frame.close(1001, "theirs"));
        assertThat(probe.sentFrames()).containsExactly(Frame.close(1000, "mine"));
        assertThat(probe.connection.sentCode()).isEqualTo(1000);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1001 'theirs' clean");
    }

    @ForBothRoles
    void aSecondCloseIsNotSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThat(probe.close(1000, "")).isTrue();
        assertThat(probe.close(1001, "")).isFalse();
        assertThat(probe.sent()).isEqualTo("880203e8");
        probe.receive("880203e8");
        assertThat(probe.close(1001, "")).isFalse();
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.connection.sentCode()).isEqualTo(1000);
    }

    @ForBothRoles
    void afterOurCloseNothingIsSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        assertThat(probe.send("late")).isFalse();
        assertThat(probe.send(new byte[1])).isFalse();
        assertThat(probe.connection.ping(new byte[0])).isFalse();
        assertThat(probe.connection.pong(new byte[0])).isFalse();
        assertThat(probe.sent()).isEqualTo("880203e8");
    }

    @ForBothRoles
    void aPingAfterOurCloseIsAnsweredUntilThePeersComes(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.receive("890161 880203e8 890162");
        assertThat(probe.sent()).isEqualTo("880203e8" + "8a0161");
    }

    @ForBothRoles
    void afterThePeersCloseNothingIsSent(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8800");
        assertThat(probe.send("late")).isFalse();
        assertThat(probe.connection.ping(new byte[0])).isFalse();
        assertThat(probe.sent()).isEqualTo("8800");
    }

    @ForBothRoles
    void whatWasSentBeforeTheCloseGoesBeforeIt(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.send("a");
        probe.receive("880203e8");
        assertThat(probe.sent()).isEqualTo("810161" + "880203e8");
    }

    @ForBothRoles
    void messagesAfterOurCloseAreStillDelivered(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.receive("810161 010162 800163 8a00 880203e8");
        assertThat(probe.events()).containsExactly("TEXT 'a'", "TEXT 'bc'", "PONG ''");
    }

    @ForBothRoles
    void anErrorAfterOurCloseStillFailsAndSendsNoSecondClose(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.receive("8300");
        assertThat(probe.failureCode()).isEqualTo(1002);
        assertThat(probe.sent()).isEqualTo("880203e8");
        assertThat(probe.connection.ending()).isEqualTo(Ending.SHUT_DOWN_OUTPUT);
        probe.receive("880203e8").endOfInput().disconnected();
        assertThat(probe.events()).last().isEqualTo("CLOSED 1006 ''");
    }

    @ForBothRoles
    void dataAfterThePeersCloseIsDiscarded(Role role) {
        // The second line would be an error if anyone still looked at it.
        ConnectionProbe probe =
                new ConnectionProbe(role).receive("880203e8 810161 8900 8300").receive("8300 810161");
        assertThat(probe.events()).isEmpty();
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.sent()).isEqualTo("880203e8");
    }

    @ForBothRoles
    void aSecondCloseOfThePeerIsDiscarded(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880203e8").receive("880203e9");
        assertThat(probe.connection.receivedCode()).isEqualTo(1000);
        assertThat(probe.sent()).isEqualTo("880203e8");
    }

    // ---- the transport

    @Test
    void aServerEndsItsOutputFirstAndAClientWaitsForIt() {
        ConnectionProbe server = new ConnectionProbe(Role.SERVER).receive("880203e8");
        assertThat(server.connection.ending()).isEqualTo(Ending.SHUT_DOWN_OUTPUT);
        ConnectionProbe client = new ConnectionProbe(Role.CLIENT).receive("880203e8");
        assertThat(client.connection.ending()).isEqualTo(Ending.NONE);
        for (ConnectionProbe probe : new ConnectionProbe[] {server, client}) {
            probe.endOfInput();
            assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        }
    }

    @Test
    void aServerThatClosedFirstEndsItsOutputOnTheAnswer() {
        ConnectionProbe server = new ConnectionProbe(Role.SERVER);
        server.close(1000, "");
        assertThat(server.connection.ending()).isEqualTo(Ending.NONE);
        assertThat(server.receive("880203e8").connection.ending()).isEqualTo(Ending.SHUT_DOWN_OUTPUT);
    }

    @ForBothRoles
    void aFailedConnectionEndsItsOutputAndWaitsForThePeerToLetGo(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8300");
        assertThat(probe.connection.ending()).isEqualTo(Ending.SHUT_DOWN_OUTPUT);
        probe.endOfInput();
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        assertThat(probe.disconnected().events()).last().isEqualTo("CLOSED 1006 ''");
    }

    @ForBothRoles
    void anOpenConnectionWantsNothingOfItsTransport(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("810161");
        assertThat(probe.connection.ending()).isEqualTo(Ending.NONE);
        assertThat(probe.connection.nextDeadline()).isEqualTo(Connection.NO_DEADLINE);
    }

    // ---- timeouts

    @ForBothRoles
    void aPeerThatDoesNotAnswerOurCloseRunsOutOfTime(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT - 1);
        assertThat(probe.connection.ending()).isEqualTo(Ending.NONE);
        probe.pass(1);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void dataDoesNotProlongTheWaitForTheAnswer(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.pass(TIMEOUT - 1).receive("810161 8a00").pass(1);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
    }

    @ForBothRoles
    void aPeerThatDoesNotEndItsSideAfterTheHandshakeRunsOutOfTime(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.close(1000, "");
        probe.pass(TIMEOUT - 1).receive("880203e8");
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1000 '' clean");
    }

    @ForBothRoles
    void aPeerThatDoesNotLetGoAfterAFailureRunsOutOfTime(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8300");
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
    }

    @ForBothRoles
    void outputThatIsNotWrittenAfterTheEndOfInputRunsOutOfTime(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive("880203e8").pass(TIMEOUT - 1).endOfInput();
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT);
        assertThat(probe.connection.ending()).isEqualTo(Ending.CLOSE_NOW);
    }

    @ForBothRoles
    void noTimerRunsOnceTheTransportIsGone(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880203e8").disconnected();
        assertThat(probe.connection.nextDeadline()).isEqualTo(Connection.NO_DEADLINE);
        probe.connection.onDeadline(probe.now + 10 * TIMEOUT);
        assertThat(probe.events()).containsExactly("CLOSED 1000 '' clean");
    }

    // ---- failing on the caller's word

    @ForBothRoles
    void aConnectionCanBeFailedForAReasonOutsideTheEngine(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.connection.fail(1011, "a listener threw", probe.now);
        assertThat(probe.events()).containsExactly("FAILED 1011 a listener threw");
        assertThat(probe.sentFrames()).containsExactly(Frame.close(1011, "a listener threw"));
        probe.connection.fail(1008, "again", probe.now);
        assertThat(probe.events()).isEmpty();
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void aConnectionWhoseHandshakeIsDoneCannotFailAnyMore(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("880203e8");
        probe.connection.fail(1011, "late", probe.now);
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1000 '' clean");
    }
}
