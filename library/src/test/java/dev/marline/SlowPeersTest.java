package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Recorder;
import io.netty.channel.uring.IoUring;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.Parameter;

/** Peers that read a backlog slowly, which is not the same as peers that read nothing. The role and the transport are Marline's. */
@OverEachHttp
@EnabledOnOs(OS.LINUX)
class SlowPeersTest {
    @Parameter
    private HttpVersion http;

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** More than the systems take. */
    private static final int BACKLOG = 12_000_000;

    /** So much at a time that the peer's system opens its window, and within the timeout less than Marline's system waits for. */
    private static final int STEP = 64 * 1024;

    private static final int STEPS_WITHIN_TIMEOUT = 8;

    private record End(String name, Ends ends, Recorder recorder) {}

    private List<End> open(Limits limits) {
        List<End> all = new ArrayList<>();
        try {
            for (Transport transport : List.of(Transport.EPOLL, Transport.NIO, Transport.IO_URING)) {
                for (Role role : Role.values()) {
                    if (transport != Transport.IO_URING || IoUring.isAvailable()) {
                        Recorder recorder = new Recorder();
                        Ends ends = Ends.open(http, role, transport, limits, recorder);
                        all.add(new End(role + " " + transport, ends, recorder));
                    }
                }
            }
            return all;
        } catch (Throwable failed) {
            close(all);
            throw failed;
        }
    }

    private static void close(List<End> all) {
        all.forEach(each -> each.ends.close());
    }

    /** Has each peer read a step now and then, for some times the timeout. */
    private static void readSteadily(List<End> all, int timeouts) {
        for (int i = 0; i < timeouts * STEPS_WITHIN_TIMEOUT; i++) {
            all.forEach(each -> each.ends.peer().readBytes(STEP));
            LockSupport.parkNanos(TIMEOUT.toNanos() / STEPS_WITHIN_TIMEOUT);
        }
    }

    @Test
    void aPeerThatReadsLittleIsKeptAndOneThatReadsNothingIsNot() {
        List<End> all = open(Limits.DEFAULT.withStalledOutputTimeout(TIMEOUT).withPingInterval(Duration.ZERO));
        try {
            for (End each : all) {
                each.ends.socket().send(new byte[BACKLOG]);
                eventually("it is congested", () -> !each.ends.socket().isWritable());
            }
            readSteadily(all, 3);
            for (End each : all) {
                assertThat(each.recorder.errors()).as(each.name).isEmpty();
                assertThat(each.ends.socket().isOpen()).as(each.name).isTrue();
                assertThat(each.ends.socket().isWritable()).as(each.name).isFalse();
            }

            for (End each : all) {
                assertThat(each.recorder.nextError()).as(each.name).hasMessageContaining("stalledOutputTimeout");
                assertThat(each.recorder.next("CLOSED")).as(each.name).isEqualTo("CLOSED 1006");
            }
        } finally {
            close(all);
        }
    }
}
