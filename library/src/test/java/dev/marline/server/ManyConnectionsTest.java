package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Patience;
import dev.marline.testing.RawPeer;
import dev.marline.testing.ServerThreads;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Ten thousand connections at once, from a process of their own: a process may not open more files than one end needs. */
@Tag("large")
@EnabledOnOs(OS.LINUX)
class ManyConnectionsTest {
    private static final int CONNECTIONS = 10_000;

    /** The other process. It says a line for each step, and waits for one before the next. */
    static final class Client {
        public static void main(String[] args) throws IOException {
            int port = Integer.parseInt(args[0]);
            BufferedReader orders =
                    new BufferedReader(new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8));
            List<RawPeer> peers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                // No source address has ports for all of them where others are in use.
                peers.add(RawPeer.connectFrom("127.0.0." + (2 + i % 10), port).open("/"));
            }
            System.out.println("open");
            orders.readLine();
            for (int i = 0; i < CONNECTIONS; i++) {
                peers.get(i).send(Frame.text("hello from " + i));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                expect(Frame.text("hello from " + i), peers.get(i).readFrame(PATIENCE));
            }
            System.out.println("echoed");
            for (RawPeer peer : peers) {
                expect(Frame.close(1001, "the server is shutting down"), peer.readFrame(PATIENCE));
                peer.send(Frame.close(1001, ""));
            }
            for (RawPeer peer : peers) {
                if (peer.readToEnd().length > 0) {
                    throw new AssertionError("something came after the Close");
                }
                peer.close();
            }
            System.out.println("closed");
        }

        private static void expect(Frame expected, Frame frame) {
            if (!expected.equals(frame)) {
                throw new AssertionError("expected " + expected + ", got " + frame);
            }
        }
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What takes seconds on a machine with nothing else to do takes minutes on a busy one. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Limits LIMITS = Limits.DEFAULT
            .withHandshakeTimeout(PATIENCE)
            .withClosingTimeout(PATIENCE)
            .withPingInterval(Duration.ZERO);

    private static WebSocketServer start() {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(LIMITS)
                .webSocket("/", (socket, message) -> socket.send(message))
                .start();
    }

    @Test
    void tenThousandConnectionsEchoAndDrainAndLeaveNothingBehind() throws IOException, InterruptedException {
        try (WebSocketServer server = start();
                RawPeer peer = RawPeer.connect(server.port())) {
            peer.open("/"); // what is made once for the process is there now
        }
        long files = openFiles();
        long threads = ServerThreads.count();

        WebSocketServer server = start();
        Process client = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Client.class.getName(),
                        String.valueOf(server.port()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = client.inputReader()) {
            assertThat(said.readLine()).isEqualTo("open");
            eventually("all are counted", () -> server.webSockets() == CONNECTIONS);
            assertThat(server.connections()).isEqualTo(CONNECTIONS);
            client.getOutputStream().write('\n');
            client.getOutputStream().flush();
            assertThat(said.readLine()).isEqualTo("echoed");

            Duration deadline = PATIENCE;
            long before = System.nanoTime();
            server.close(deadline);

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(deadline);
            assertThat(said.readLine()).isEqualTo("closed");
            assertThat(client.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(client.exitValue()).isZero();
            assertThat(server.webSockets()).isZero();
            assertThat(server.connections()).isZero();
        } finally {
            client.destroyForcibly();
            server.close();
        }
        eventually("its files are closed", () -> openFiles() <= files);
        eventually("its threads have ended", () -> ServerThreads.count() == threads);
    }
}
