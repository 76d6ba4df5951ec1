package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Recorder;
import java.time.Duration;
import org.junit.jupiter.params.Parameter;

/** Pings that go by themselves. The role is Marline's. */
@OverEachHttp
class KeepAliveTest {
    @Parameter
    private HttpVersion http;

    private static final Limits LIVELY =
            Limits.DEFAULT.withPingInterval(Duration.ofMillis(200)).withPongTimeout(Duration.ofMillis(400));

    private final Recorder recorder = new Recorder();

    @ForBothRoles
    void aPeerIsPingedAndTheRoundTripMeasured(Role marline) {
        // It may be a busy machine: nobody is given up here.
        Limits limits = LIVELY.withPongTimeout(Duration.ofSeconds(20));
        try (Ends ends = Ends.open(http, marline, limits, recorder)) {
            assertThat(ends.socket().roundTripTime()).isEmpty();
            for (int i = 0; i < 3; i++) {
                Frame ping = ends.peer().readFrame();
                assertThat(ping.opcode()).isEqualTo(Opcode.PING);
                ends.peer().send(Frame.of(Opcode.PONG, ping.payload()));
                recorder.next("PONG");
            }

            eventually("it is known", () -> ends.socket().roundTripTime().isPresent());
            assertThat(ends.socket().roundTripTime().orElseThrow()).isPositive();
        }
    }

    @ForBothRoles
    void aSilentPeerIsGivenUp(Role marline) {
        try (Ends ends = Ends.open(http, marline, LIVELY, recorder)) {
            assertThat(ends.peer().readFrame().opcode()).isEqualTo(Opcode.PING);

            Frame close = ends.peer().readFrame();
            assertThat(close.closeCode()).isEqualTo(1011);
            assertThat(close.toString()).contains("no answer to a Ping");
            ends.peer().close();
            assertThat(recorder.nextError())
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining("Ping");
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aPeerThatIsHeardOfIsNotGivenUp(Role marline) {
        Limits limits = LIVELY.withPongTimeout(Duration.ofSeconds(2));
        try (Ends ends = Ends.open(http, marline, limits, recorder)) {
            ends.peer().readFrame();
            long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            while (System.nanoTime() < end) {
                ends.peer().send(Frame.text("busy"));
                recorder.next("TEXT");
                java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
            }

            assertThat(ends.socket().isOpen()).isTrue();
        }
    }

    @ForBothRoles
    void whileReadingIsPausedNoPongIsWaitedFor(Role marline) {
        try (Ends ends = Ends.open(http, marline, LIVELY, recorder)) {
            ends.socket().pauseReading();
            Frame ping = ends.peer().readFrame();
            ends.peer().send(Frame.of(Opcode.PONG, ping.payload()));
            long end = System.nanoTime() + Duration.ofMillis(1200).toNanos();
            while (System.nanoTime() < end) {
                java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
            }
            assertThat(recorder.events()).containsExactly("OPEN");

            ends.socket().resumeReading();
            assertThat(recorder.next("PONG")).startsWith("PONG");
        }
    }

    @ForBothRoles
    void pingsCanBeSwitchedOff(Role marline) {
        Limits limits = LIVELY.withPingInterval(Duration.ZERO);
        try (Ends ends = Ends.open(http, marline, limits, recorder);
                Ends other = Ends.open(http, marline, LIVELY, new Recorder())) {
            other.peer().readFrame();
            other.peer().readFrame(); // a Ping and then a Close: it has been long enough

            ends.socket().send("the first frame");
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("the first frame"));
        }
    }
}
