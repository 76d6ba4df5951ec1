package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.Logs;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections end, on the wire and for the listener. The role is Marline's. */
@OverEachHttp
class ClosingTest {
    @Parameter
    private HttpVersion http;

    private static final Limits IMPATIENT = Limits.DEFAULT.withClosingTimeout(Duration.ofMillis(300));

    private final Recorder recorder = new Recorder();

    // ---- the closing handshake

    @ForBothRoles
    void thePeersCloseIsAnsweredWithItsCode(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.close(4321, "bye"));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(4321, ""));
            if (marline == Role.SERVER) {
                assertThat(ends.peer().readToEnd()).isEmpty(); // the server ends TCP first
            }
            ends.peer().shutDownOutput();
            assertThat(ends.peer().readToEnd()).isEmpty();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 4321 bye");
        }
    }

    @ForBothRoles
    void aCloseWithoutACodeIsAnsweredWithoutOne(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.close());

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close());
            ends.peer().close();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1005");
        }
    }

    @ForBothRoles
    void ourCloseGoesAndWhatComesBeforeThePeersIsStillHeard(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            assertThat(ends.socket().send("last words")).isTrue();
            assertThat(ends.socket().close(3000, "enough")).isTrue();
            assertThat(ends.socket().close(1000, "")).isFalse();
            assertThat(ends.socket().send("too late")).isFalse();
            assertThat(ends.socket().isOpen()).isFalse();

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("last words"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(3000, "enough"));
            ends.peer().send(Frame.text("yours too"), Frame.ping("x"), Frame.close(3000, ""));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("x")); // owed until the peer's Close
            if (marline == Role.SERVER) {
                assertThat(ends.peer().readToEnd()).isEmpty();
            }
            ends.peer().shutDownOutput();
            assertThat(ends.peer().readToEnd()).isEmpty();

            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("TEXT 'yours too'");
            assertThat(recorder.next()).isEqualTo("PING 'x'");
            assertThat(recorder.next()).isEqualTo("CLOSED 3000");
        }
    }

    @ForBothRoles
    void aClientLetsTheServerEndTcpFirst(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.socket().close(1000, "");
            ends.peer().readFrame();
            ends.peer().send(Frame.close(1000, ""));

            if (marline == Role.CLIENT) {
                ends.peer().send(Frame.text("discarded"));
                ends.peer().shutDownOutput();
            }
            assertThat(ends.peer().readToEnd()).isEmpty();
            ends.peer().close();
            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("CLOSED 1000");
        }
    }

    @ForBothRoles
    void crossingClosesAreBothHeard(Role marline) {
        Recorder closing = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) throws Exception {
                super.onMessage(socket, message);
                socket.close(4001, "ours");
            }
        };
        try (Ends ends = Ends.open(http, marline, closing)) {
            ends.peer().send(Frame.text("go"), Frame.close(4002, "theirs"));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(4001, "ours"));
            ends.peer().shutDownOutput();
            assertThat(ends.peer().readToEnd()).isEmpty();
            assertThat(closing.next("CLOSED")).isEqualTo("CLOSED 4002 theirs");
        }
    }

    @ForBothRoles
    void whatComesAfterThePeersCloseIsNotHeard(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer()
                    .send(Frame.close(1000, ""), Frame.text("after"), Frame.ping("after"))
                    .sendHex("ffff");

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));
            ends.peer().shutDownOutput();
            assertThat(ends.peer().readToEnd()).isEmpty();
            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("CLOSED 1000");
        }
    }

    // ---- failing

    @ForBothRoles
    void aFailureSendsCloseAndFinAndTheRestIsDiscardedWithoutAReset(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().sendHex("83 02 6869");
            for (int i = 0; i < 200; i++) {
                ends.peer().send(Frame.binary(new byte[10_000]));
            }

            Frame close = ends.peer().readFrame();
            assertThat(close.closeCode()).isEqualTo(1002);
            assertThat(ends.peer().readToEnd()).isEmpty();
            ends.peer().send(Frame.binary(new byte[10_000])).close();

            assertThat(recorder.nextError())
                    .isInstanceOfSatisfying(
                            ProtocolException.class,
                            e -> assertThat(e.closeCode()).isEqualTo(1002));
            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("ERROR");
            assertThat(recorder.next()).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aPeerThatGoesOnAfterAFailureIsCutOffAtTheClosingTimeout(Role marline) {
        try (Ends ends = Ends.open(http, marline, IMPATIENT, recorder)) {
            ends.peer().sendHex("8300");
            assertThat(ends.peer().readFrame().closeCode()).isEqualTo(1002);
            assertThat(ends.peer().readToEnd()).isEmpty();

            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    // ---- peers that do not play along

    @ForBothRoles
    void aPeerThatNeverAnswersOurCloseIsCutOff(Role marline) {
        try (Ends ends = Ends.open(http, marline, IMPATIENT, recorder)) {
            ends.socket().close(1000, "");
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, ""));

            ends.peer().isReset();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aPeerThatNeverEndsTcpIsCutOff(Role marline) {
        try (Ends ends = Ends.open(http, marline, IMPATIENT, recorder)) {
            ends.peer().send(Frame.close(1000, "bye"));
            ends.peer().readFrame();

            assertThat(readWhatIsLeft(ends.peer())).isEmpty();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1000 bye");
        }
    }

    @ForBothRoles
    void aPeerThatDoesNotReadOurCloseIsCutOff(Role marline) {
        try (Ends ends = Ends.open(http, marline, IMPATIENT, recorder)) {
            ends.socket().send(new byte[10_000_000]);
            ends.socket().close(1000, "");

            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aHalfCloseWithoutACloseIs1006AndWhatWasQueuedStillArrives(Role marline) {
        Recorder answering = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                socket.send(new byte[3_000_000]);
            }
        };
        try (Ends ends = Ends.open(http, marline, answering)) {
            ends.peer().send(Frame.text("the last")).shutDownOutput();

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[3_000_000]));
            assertThat(ends.peer().readToEnd()).isEmpty();
            assertThat(answering.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aHalfCloseInTheMiddleOfAMessageIs1006(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.text("begun").notFinal()).shutDownOutput();

            assertThat(ends.peer().readToEnd()).isEmpty();
            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("CLOSED 1006");
        }
    }

    @ForBothRoles
    void aResetIsToldAsAnErrorAnd1006(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().reset();

            assertThat(recorder.nextError()).isInstanceOf(IOException.class);
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(ends.socket().isOpen()).isFalse();
            assertThat(ends.socket().send("nobody is there")).isFalse();
            assertThat(ends.socket().close()).isFalse();
        }
    }

    @ForBothRoles
    void aResetAfterTheClosingHandshakeIsNoError(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.close(1000, ""));
            ends.peer().readFrame();
            ends.peer().reset();

            assertThat(recorder.next()).isEqualTo("OPEN");
            assertThat(recorder.next()).isEqualTo("CLOSED 1000");
        }
    }

    // ---- abort, and codes

    @ForBothRoles
    void abortEndsItAtOnceWithoutAClose(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.socket().send("may be lost");
            ends.socket().abort();

            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
            List<Frame> rest = Frame.parse(readWhatIsLeft(ends.peer()), marline);
            assertThat(rest).isIn(List.of(), List.of(Frame.text("may be lost")));
            assertThat(ends.socket().send("gone")).isFalse();
            ends.socket().abort();
            ends.socket().pauseReading();
            ends.socket().resumeReading();
        }
    }

    private static byte[] readWhatIsLeft(RawPeer peer) {
        try {
            return peer.readToEnd();
        } catch (UncheckedIOException reset) {
            return new byte[0];
        }
    }

    @ForBothRoles
    void abortDoesNotWaitForAPeerThatDoesNotRead(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.socket().send(new byte[10_000_000]);
            ends.socket().abort();

            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void onlyCodesThatMayBeSentAreTaken(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            for (int code : new int[] {-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536 + 1000}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ends.socket().close(code, ""))
                        .withMessageContaining("close code " + code);
            }
            assertThat(ends.socket().isOpen()).isTrue();
            assertThat(ends.socket().close(4999, "\u00e9".repeat(100))).isTrue();

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(4999, "\u00e9".repeat(61)));
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void aReasonWithHalfASurrogatePairIsRefused(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            for (String lone : List.of("a\ud83d", "\ude00", "x".repeat(130) + "\ud83d")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ends.socket().close(1000, lone))
                        .withMessageContaining("surrogate");
            }
            assertThat(ends.socket().isOpen()).isTrue();
            assertThat(ends.socket().close(1000, "\ud83d\ude00")).isTrue();

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.close(1000, "\ud83d\ude00"));
        }
    }

    @ForBothRoles
    void aSocketThatIsUsedAfterItsEndSaysNo(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder);
                Ends neighbour = Ends.open(http, marline, new Recorder())) {
            ends.peer().reset();
            recorder.next("CLOSED");
            WebSocket socket = ends.socket();

            assertThat(socket.isOpen()).isFalse();
            assertThat(socket.send("late")).isFalse();
            assertThat(socket.send(new byte[100_000])).isFalse();
            assertThat(socket.ping(ByteBuffer.allocate(4))).isFalse();
            assertThat(socket.close(4000, "late")).isFalse();
            socket.abort();
            assertThat(socket.bufferedBytes()).isZero();
            neighbour.socket().send("mine");
            assertThat(neighbour.peer().readFrame()).isEqualTo(Frame.text("mine"));
            assertThat(recorder.events()).isEmpty();
        }
    }

    @ForBothRoles
    void closedSocketsAreForgotten(Role marline) {
        CompletableFuture<Integer> inOnClose = new CompletableFuture<>();
        Recorder counting = new Recorder() {
            @Override
            public void onClose(WebSocket socket, CloseReason reason) {
                inOnClose.complete(
                        socket.send("too late") || socket.close() || socket.isOpen() || socket.isWritable() ? 1 : 0);
            }
        };
        try (Ends ends = Ends.open(http, marline, counting)) {
            ends.peer().send(Frame.close(1000, ""));
            ends.peer().readFrame();
            ends.peer().close();

            assertThat(Ends.await(inOnClose)).isZero();
            eventually("nothing waits", () -> ends.socket().bufferedBytes() == 0);
            assertThat(ends.socket().toString()).endsWith(", closed");
        }
    }

    @ForBothRoles
    void whyAConnectionFailedIsLogged(Role marline) throws InterruptedException {
        try (Logs logs = Logs.capture(Level.FINE);
                Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.text("x").withRsv(4));
            ends.peer().shutDownOutput();
            assertThat(recorder.next("CLOSED")).isEqualTo("CLOSED 1006");
            assertThat(logs.lines()).anyMatch(line -> line.contains("failed with 1002: a reserved bit is set"));
        }
    }
}
