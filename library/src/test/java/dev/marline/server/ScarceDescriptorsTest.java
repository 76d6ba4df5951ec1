package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Transport;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.ServerProgram;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server in a process that has too few file descriptors for its connections: accepting pauses, and goes on when there are some again. */
@EnabledOnOs(OS.LINUX)
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ScarceDescriptorsTest {
    private static final int IDLE = 400;

    private static boolean echoes(int port) {
        try (RawPeer peer = RawPeer.connect(port)) {
            peer.open("/").send(Frame.text("hello"));
            return peer.readFrame().equals(Frame.text("hello"));
        } catch (UncheckedIOException | AssertionError closed) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING", "NIO"})
    void acceptingGoesOnWhenThereAreDescriptorsAgain(Transport transport) {
        try (ServerProgram server = ServerProgram.start("-n 256", transport, 2)) {
            List<RawPeer> idle = new ArrayList<>();
            try {
                for (int i = 0; i < IDLE; i++) {
                    idle.add(RawPeer.connect(server.port()));
                }
                eventually("it has none left", () -> Integer.parseInt(server.ask("connections")) > 100);
                server.awaitError("no connection can be accepted");
            } finally {
                idle.forEach(RawPeer::close);
            }
            eventually("it serves again", () -> echoes(server.port()));
            eventually("all are gone", () -> server.ask("connections").equals("0"));
            assertThat(server.ask("close")).isEqualTo("closed");
            server.endInput();
            assertThat(server.errors()).hasSizeLessThan(20);
        }
    }
}
