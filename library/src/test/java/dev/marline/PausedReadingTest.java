package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Recorder;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens to a connection while its reading is paused. The role and the transport are Marline's. */
@OverEachHttp
@EnabledOnOs(OS.LINUX)
class PausedReadingTest {
    @Parameter
    private HttpVersion http;

    /** A reset that the transport does not tell of is noticed by writing. */
    private static final Limits LIMITS = Limits.DEFAULT.withPingInterval(Duration.ofMillis(300));

    private final Recorder recorder = new Recorder();

    static Stream<Arguments> ends() {
        return Stream.of(Transport.EPOLL, Transport.NIO, Transport.IO_URING)
                .filter(transport -> transport != Transport.IO_URING || IoUring.isAvailable())
                .flatMap(transport -> Arrays.stream(Role.values()).map(role -> Arguments.of(role, transport)));
    }

    private Ends openPaused(Role marline, Transport transport) {
        Ends ends = Ends.open(http, marline, transport, LIMITS, recorder);
        ends.peer().send(Frame.text("before"));
        assertThat(recorder.next("TEXT")).isEqualTo("TEXT 'before'");
        ends.socket().pauseReading();
        // The peer has this when the pause has been seen.
        takeTurns(ends, 2);
        return ends;
    }

    /** Has the event loop read from its sockets so many times, if it will. */
    private static void takeTurns(Ends ends, int turns) {
        for (int i = 0; i < turns; i++) {
            ends.socket().send("turn " + i);
            Frame frame = ends.peer().readFrame();
            while (!frame.equals(Frame.text("turn " + i))) {
                frame = ends.peer().readFrame(); // a Ping, or a Pong that nobody asked for
            }
        }
    }

    private static Frame readClose(Ends ends) {
        Frame frame = ends.peer().readFrame();
        while (frame.opcode() != Opcode.CLOSE) {
            frame = ends.peer().readFrame();
        }
        return frame;
    }

    @ParameterizedTest
    @MethodSource("ends")
    void closeEndsThePauseAndTheClosingHandshakeIsCompleted(Role marline, Transport transport) {
        try (Ends ends = openPaused(marline, transport)) {
            ends.peer().send(Frame.text("unread"));
            takeTurns(ends, 3);
            assertThat(recorder.events()).isEmpty();

            assertThat(ends.socket().close(1000, "bye")).isTrue();
            assertThat(readClose(ends)).isEqualTo(Frame.close(1000, "bye"));
            ends.peer().send(Frame.text("the last"), Frame.close(1000, ""));
            ends.peer().shutDownOutput();
            assertThat(recorder.next()).isEqualTo("TEXT 'unread'");
            assertThat(recorder.next()).isEqualTo("TEXT 'the last'");
            assertThat(recorder.next()).isEqualTo("CLOSED 1000");
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void closeFindsThePeersCloseThatCameDuringThePause(Role marline, Transport transport) {
        try (Ends ends = openPaused(marline, transport)) {
            ends.peer().send(Frame.text("unread"), Frame.close(4001, "first"));
            takeTurns(ends, 3);
            assertThat(recorder.events()).isEmpty();

            assertThat(ends.socket().close(1000, "bye")).isTrue();
            assertThat(readClose(ends)).isEqualTo(Frame.close(1000, "bye"));
            ends.peer().shutDownOutput();
            assertThat(recorder.next()).isEqualTo("TEXT 'unread'");
            assertThat(recorder.next()).isEqualTo("CLOSED 4001 first");
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aPauseAfterOurCloseHoldsNothingUp(Role marline, Transport transport) {
        try (Ends ends = openPaused(marline, transport)) {
            ends.socket().close(1000, "bye");
            ends.socket().pauseReading();
            assertThat(readClose(ends)).isEqualTo(Frame.close(1000, "bye"));
            ends.peer().send(Frame.close(1000, ""));
            ends.peer().shutDownOutput();
            assertThat(recorder.next()).isEqualTo("CLOSED 1000");
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aResetIsNoticedAndNoUnreadMessageIsDelivered(Role marline, Transport transport) {
        assumeThat(http).as("QUIC tells of a stream's reset those who read").isNotEqualTo(HttpVersion.HTTP_3);
        try (Ends ends = openPaused(marline, transport)) {
            ends.peer().send(Frame.text("unread"), Frame.binary(new byte[100_000]));
            takeTurns(ends, 3);
            ends.peer().reset();

            assertThat(recorder.next()).isEqualTo("ERROR");
            assertThat(recorder.nextError()).isInstanceOf(IOException.class);
            assertThat(recorder.next()).isEqualTo("CLOSED 1006");
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void theEndOfTheInputWaitsBehindWhatIsUnread(Role marline, Transport transport) {
        try (Ends ends = openPaused(marline, transport)) {
            byte[] large = new byte[100_000];
            ends.peer().send(Frame.text("unread"), Frame.binary(large), Frame.close(4001, "last"));
            ends.peer().shutDownOutput();
            takeTurns(ends, 20);
            assertThat(recorder.events()).isEmpty();

            ends.socket().resumeReading();
            assertThat(recorder.next()).isEqualTo("TEXT 'unread'");
            assertThat(recorder.next()).isEqualTo("BINARY [100000]");
            assertThat(recorder.next()).isEqualTo("CLOSED 4001 last");
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void abortEndsAPausedConnection(Role marline, Transport transport) {
        try (Ends ends = openPaused(marline, transport)) {
            ends.peer().send(Frame.text("unread"));
            takeTurns(ends, 3);
            ends.socket().abort();
            assertThat(recorder.next()).isEqualTo("CLOSED 1006");
        }
    }
}
