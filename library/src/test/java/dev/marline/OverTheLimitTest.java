package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Recorder;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** One past each limit on what is received; those on output are in {@link BackpressureTest}. The role is Marline's. */
@OverEachHttp
class OverTheLimitTest {
    @Parameter
    private HttpVersion http;

    private final Recorder recorder = new Recorder();

    private void assertTooBig(Ends ends, String why) {
        Frame close = ends.peer().readFrame();
        assertThat(close.closeCode()).isEqualTo(1009);
        assertThat(ends.peer().readToEnd()).isEmpty();
        assertThat(recorder.nextError())
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.closeCode()).isEqualTo(1009))
                .hasMessageContaining(why);
    }

    @ForBothRoles
    void aMessageAsLargeAsTheDefaultAllowsAndNotOneByteMore(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.binary(new byte[1 << 20]));
            assertThat(recorder.next("BINARY")).isEqualTo("BINARY [1048576]");

            ends.peer().send(Frame.binary(new byte[0]).withDeclaredLength((1 << 20) + 1));
            assertTooBig(ends, "larger than 1048576 bytes");
        }
    }

    @ForBothRoles
    void aLengthThatIsOnlyClaimedIsEnough(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().send(Frame.binary(new byte[0]).withDeclaredLength(Long.MAX_VALUE));

            assertTooBig(ends, "larger than 1048576 bytes");
        }
    }

    @ForBothRoles
    void aMessageThatGrowsTooLargeByFragments(Role marline) {
        try (Ends ends = Ends.open(http, marline, Limits.DEFAULT.withMaxMessageBytes(100), recorder)) {
            ends.peer()
                    .send(Frame.binary(new byte[60]).notFinal(), Frame.continuation(new byte[40]))
                    .send(
                            Frame.binary(new byte[60]).notFinal(),
                            Frame.continuation(new byte[41]).notFinal());

            assertThat(recorder.next("BINARY")).isEqualTo("BINARY [100]");
            assertTooBig(ends, "larger than 100 bytes");
        }
    }

    @ForBothRoles
    void aMessageOfNoneIsALimitToo(Role marline) {
        try (Ends ends = Ends.open(http, marline, Limits.DEFAULT.withMaxMessageBytes(0), recorder)) {
            ends.peer().send(Frame.text(""), Frame.text("x"));

            assertThat(recorder.next("TEXT")).isEqualTo("TEXT ''");
            assertTooBig(ends, "larger than 0 bytes");
        }
    }

    @ForBothRoles
    void asManyFragmentsAsTheDefaultAllowsAndNotOneMore(Role marline) {
        try (Ends ends = Ends.open(http, marline, recorder)) {
            ends.peer().sendRaw(fragments(marline.peer(), 131_072));
            assertThat(recorder.next("BINARY")).isEqualTo("BINARY [131072]");

            ends.peer().sendRaw(fragments(marline.peer(), 131_073));
            assertTooBig(ends, "more than 131072 fragments");
        }
    }

    private static byte[] fragments(Role sender, int count) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] middle = Frame.continuation(new byte[1]).notFinal().encode(sender);
        bytes.writeBytes(Frame.binary(new byte[1]).notFinal().encode(sender));
        for (int i = 2; i < count; i++) {
            bytes.writeBytes(middle);
        }
        bytes.writeBytes(Frame.continuation(new byte[1]).encode(sender));
        return bytes.toByteArray();
    }

    @Test
    void limitsHaveRangesThatTheyName() {
        Limits limits = Limits.DEFAULT;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxMessageBytes(-1))
                .withMessageContaining("maxMessageBytes is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxFragments(0))
                .withMessageContaining("maxFragments");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withHighWaterMark(0))
                .withMessageContaining("highWaterMark");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxBufferedOutput(limits.highWaterMark() - 1))
                .withMessageContaining("maxBufferedOutput");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxHeaderBytes(255))
                .withMessageContaining("maxHeaderBytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxHeaders(0))
                .withMessageContaining("maxHeaders");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withHandshakeTimeout(Duration.ZERO))
                .withMessageContaining("handshakeTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withPingInterval(Duration.ofSeconds(-1)))
                .withMessageContaining("pingInterval");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withPongTimeout(Duration.ofDays(366)))
                .withMessageContaining("pongTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withClosingTimeout(Duration.ZERO))
                .withMessageContaining("closingTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withStalledOutputTimeout(Duration.ZERO))
                .withMessageContaining("stalledOutputTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxConnections(0))
                .withMessageContaining("maxConnections");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxConnectionsPerAddress(0))
                .withMessageContaining("maxConnectionsPerAddress");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxConcurrentStreams(0))
                .withMessageContaining("maxConcurrentStreams");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.withMaxPendingHandshakes(0))
                .withMessageContaining("maxPendingHandshakes");
    }

    @Test
    void eachLimitCanBeSetAlone() {
        assertThat(Limits.DEFAULT
                        .withMaxMessageBytes(1)
                        .withMaxFragments(2)
                        .withHighWaterMark(3)
                        .withMaxBufferedOutput(4)
                        .withStalledOutputTimeout(Duration.ofSeconds(5))
                        .withMaxHeaderBytes(600)
                        .withMaxHeaders(7)
                        .withHandshakeTimeout(Duration.ofSeconds(8))
                        .withIdleTimeout(Duration.ofSeconds(16))
                        .withPingInterval(Duration.ofSeconds(9))
                        .withPongTimeout(Duration.ofSeconds(10))
                        .withClosingTimeout(Duration.ofSeconds(11))
                        .withMaxConnections(12)
                        .withMaxConnectionsPerAddress(13)
                        .withMaxConcurrentStreams(14)
                        .withMaxPendingHandshakes(15)
                        .withMaxTotalInput(16)
                        .withMaxTotalOutput(17)
                        .withAddressSharePercent(18)
                        .withMaxStreamsPerAddress(19))
                .isEqualTo(new Limits(
                        1,
                        2,
                        3,
                        4,
                        Duration.ofSeconds(5),
                        600,
                        7,
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(16),
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(11),
                        12,
                        13,
                        14,
                        15,
                        16,
                        17,
                        18,
                        19));
    }
}
