package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Transport;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.ServerProgram;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server in a process with too little memory. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ScarceMemoryTest {
    private static boolean gets(int port) {
        try (RawPeer peer = RawPeer.connect(port)) {
            return peer.sendHead("GET /page HTTP/1.1", "Host: h").readHead().status() == 200;
        } catch (UncheckedIOException closed) {
            return false;
        }
    }

    @Test
    void aServerWhoseEventLoopsFindTooLittleDirectMemoryClosesAllTheSame() {
        try (ServerProgram server =
                ServerProgram.start("", Transport.AUTO, 8, "-XX:MaxDirectMemorySize=1m", "-Xmx128m")) {
            int answered = 0;
            for (int i = 0; i < 16; i++) {
                answered += gets(server.port()) ? 1 : 0;
            }
            assertThat(answered).isBetween(1, 15);
            assertThat(server.ask("close")).isEqualTo("closed");
        }
    }
}
