package dev.marline.protocol;

import static dev.marline.protocol.testing.ConnectionProbe.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;

/** Pings that the engine sends by itself: every 30 s here, with 20 s to answer. */
class KeepAliveTest {
    private static final long INTERVAL = 30 * SECOND;
    private static final long TIMEOUT = 20 * SECOND;
    private static final ConnectionLimits LIMITS = new ConnectionLimits(1000, 10, INTERVAL, TIMEOUT, 5 * SECOND);

    @ForBothRoles
    void aPingGoesAfterEachInterval(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + INTERVAL);
        assertThat(probe.pass(INTERVAL - 1).sent()).isEmpty();
        assertThat(probe.pass(1).sent()).isEqualTo("890400000001");
        answer(probe);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + INTERVAL);
        assertThat(probe.pass(INTERVAL - 1).sent()).isEmpty();
        assertThat(probe.pass(1).sent()).isEqualTo("890400000002");
    }

    @ForBothRoles
    void theRoundTripTimeIsMeasured(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        assertThat(probe.connection.roundTripNanos()).isEqualTo(Connection.UNKNOWN);
        answer(probe.pass(3 * SECOND));
        assertThat(probe.connection.roundTripNanos()).isEqualTo(3 * SECOND);
        answer(probe.pass(INTERVAL - 3 * SECOND).pass(SECOND));
        assertThat(probe.connection.roundTripNanos()).isEqualTo(SECOND);
    }

    @ForBothRoles
    void aPongThatAnswersNoPingIsNotMeasured(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role, LIMITS).receive("8a0400000001").pass(INTERVAL);
        probe.receive("8a00 8a0400000002 8a0161 8a050000000001");
        assertThat(probe.connection.roundTripNanos()).isEqualTo(Connection.UNKNOWN);
        answer(probe.pass(SECOND));
        // The same answer once more changes nothing.
        probe.pass(SECOND).receive("8a0400000001");
        assertThat(probe.connection.roundTripNanos()).isEqualTo(SECOND);
    }

    @ForBothRoles
    void aPeerThatDoesNotAnswerFailsWith1011(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT - 1);
        assertThat(probe.failureCode()).isZero();
        probe.pass(1);
        assertThat(probe.events()).containsExactly("FAILED 1011 no answer to a Ping within 20000 ms");
        assertThat(probe.sentFrames()).last().extracting(Frame::closeCode).isEqualTo(1011);
        assertThat(probe.disconnected().events()).containsExactly("CLOSED 1006 ''");
    }

    @ForBothRoles
    void anyByteCountsAsLife(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL).pass(TIMEOUT - 1);
        probe.receive("82");
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT - 1);
        assertThat(probe.failureCode()).isZero();
        probe.pass(1);
        assertThat(probe.failureCode()).isEqualTo(1011);
    }

    @ForBothRoles
    void onlyOnePingIsOutAtATime(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        assertThat(probe.sent()).isEqualTo("890400000001");
        // The peer is busy with a long message: alive, but without an answer for longer than the interval.
        probe.receive("827e0100");
        for (int i = 0; i < 10; i++) {
            probe.pass(5 * SECOND).receiveRaw(new byte[] {0});
        }
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void aPingThatIsOverdueGoesAsSoonAsTheLastIsAnswered(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        for (int i = 0; i < 4; i++) {
            probe.pass(10 * SECOND).receive("8a00");
        }
        probe.sent();
        answer(probe);
        assertThat(probe.connection.nextDeadline()).isLessThanOrEqualTo(probe.now);
        assertThat(probe.pass(0).sent()).isEqualTo("890400000002");
    }

    @ForBothRoles
    void noAnswerIsWaitedForWhileReadingIsPaused(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        probe.connection.readingPaused(true, probe.now);
        probe.now += 100 * TIMEOUT;
        probe.connection.onDeadline(probe.now);
        assertThat(probe.failureCode()).isZero();
        probe.connection.readingPaused(false, probe.now);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + TIMEOUT);
        probe.pass(TIMEOUT);
        assertThat(probe.failureCode()).isEqualTo(1011);
    }

    @ForBothRoles
    void noAnswerIsWaitedForWhileTheOutputIsCongested(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        probe.connection.congested(true);
        assertThat(probe.connection.isWaitingForPong()).isFalse();
        probe.pass(100 * TIMEOUT);
        assertThat(probe.failureCode()).isZero();

        probe.connection.congested(false);
        probe.connection.backlogUntil(probe.now);
        assertThat(probe.connection.isWaitingForPong()).isTrue();
        probe.pass(TIMEOUT - 1);
        assertThat(probe.failureCode()).isZero();
        probe.pass(1);
        assertThat(probe.failureCode()).isEqualTo(1011);
    }

    @ForBothRoles
    void theTimeToAnswerBeginsAfterTheBacklog(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS).pass(INTERVAL);
        probe.connection.backlogUntil(probe.now + 5 * TIMEOUT);
        probe.connection.backlogUntil(probe.now);
        probe.pass(6 * TIMEOUT - 1);
        assertThat(probe.failureCode()).isZero();
        probe.pass(1);
        assertThat(probe.failureCode()).isEqualTo(1011);
    }

    @ForBothRoles
    void aPingSentWhileReadingIsPausedIsNotWaitedFor(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        probe.connection.readingPaused(true, probe.now);
        probe.pass(INTERVAL);
        assertThat(probe.sent()).isEqualTo("890400000001");
        probe.pass(TIMEOUT);
        assertThat(probe.failureCode()).isZero();
    }

    @ForBothRoles
    void whileReadingIsPausedAPongGoesEveryFiveSeconds(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        probe.connection.readingPaused(true, probe.now);
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + 5 * SECOND);
        for (int i = 0; i < 5; i++) {
            assertThat(probe.pass(5 * SECOND).sent()).isEqualTo("8a00");
        }
        assertThat(probe.pass(5 * SECOND).sent()).isEqualTo("890400000001");
        assertThat(probe.pass(5 * SECOND).sent()).isEqualTo("8a00");
        probe.connection.congested(true);
        assertThat(probe.pass(5 * SECOND).sent()).isEmpty();
        probe.connection.congested(false);
        probe.connection.readingPaused(false, probe.now);
        assertThat(probe.pass(5 * SECOND).sent()).isEmpty();
    }

    @ForBothRoles
    void anIntervalOf0SwitchesPingsOff(Role role) {
        ConnectionLimits limits = new ConnectionLimits(1000, 10, 0, TIMEOUT, 5 * SECOND);
        ConnectionProbe probe = new ConnectionProbe(role, limits);
        assertThat(probe.connection.nextDeadline()).isEqualTo(Connection.NO_DEADLINE);
        probe.connection.onDeadline(probe.now + 1000 * SECOND);
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void noPingGoesAfterAClose(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        probe.close(1000, "");
        assertThat(probe.sent()).isEqualTo("880203e8");
        assertThat(probe.connection.nextDeadline()).isEqualTo(probe.now + LIMITS.closingTimeout());
        probe.receive("880203e8").pass(INTERVAL);
        assertThat(probe.sent()).isEmpty();
    }

    @ForBothRoles
    void beingToldTheTimeEarlyDoesNothing(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        probe.connection.onDeadline(probe.now + 1);
        assertThat(probe.sent()).isEmpty();
        probe.pass(INTERVAL);
        probe.sent();
        probe.connection.onDeadline(probe.now + 1);
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.failureCode()).isZero();
    }

    /** Answers the last Ping as a peer does, with its payload. */
    private static void answer(ConnectionProbe probe) {
        int number = probe.connection.roundTripNanos() == Connection.UNKNOWN ? 1 : 2;
        probe.receive("8a04" + String.format("%08x", number));
    }
}
