package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.BlockingWebSocket;
import dev.marline.client.WebSocketClient;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code --listen}, and sockets that systemd's own program hands over as its service manager does. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ListenIT {
    private static final int O_NONBLOCK = 04000;
    private static final Duration PATIENCE = Duration.ofSeconds(RunningProgram.PATIENCE_SECONDS);

    @TempDir
    private Path folder;

    private final WebSocketClient client =
            WebSocketClient.builder().connectTimeout(PATIENCE).build();

    @AfterEach
    void closeClient() {
        client.close();
    }

    private Path path() {
        return folder.resolve("a.sock");
    }

    private String unixAddress() {
        return "ws+unix://" + path() + ":/";
    }

    private void assertThatItEchoes(String address) {
        try (BlockingWebSocket socket = client.connectBlocking(address)) {
            socket.send("hello");
            assertThat(socket.receive(PATIENCE).orElseThrow().text()).isEqualTo("hello");
        }
    }

    /** {@code ./marline}, started by systemd-socket-activate when somebody connects. */
    private static Command activate(List<String> sockets, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Tools.find("systemd-socket-activate")));
        command.addAll(sockets);
        // It starts a program with few variables, as the service manager does.
        command.addAll(List.of("--setenv=JAVA_HOME", "--setenv=MARLINE_JAVA_OPTS"));
        command.add(Command.root().resolve("marline").toString());
        command.addAll(List.of(arguments));
        return Command.startBy(command);
    }

    @Test
    void severalAreListenedOnAndEachIsNamed() throws Exception {
        try (Command echo = Command.start(
                "echo", "--listen", "127.0.0.1:0", "--listen", "unix:" + path(), "--permissions", "rw-------")) {
            echo.awaitError("Echo on " + unixAddress());
            assertThatItEchoes("ws://127.0.0.1:" + echo.port() + "/");
            assertThatItEchoes(unixAddress());
            assertThat(Files.getPosixFilePermissions(path())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            echo.terminate();
            echo.exitCode();
        }
        assertThat(path()).doesNotExist();
    }

    @Test
    void connectTalksToAUnixDomainSocket() {
        try (Command echo = Command.start("echo", "--listen", "unix:" + path())) {
            echo.awaitError("Echo on " + unixAddress());
            try (Command connect = Command.start("connect", unixAddress())) {
                connect.type("ahoy");
                assertThat(connect.awaitOutput(1)).containsExactly("ahoy");
                connect.endInput();
                assertThat(connect.exitCode()).isZero();
            }
        }
    }

    @Test
    void severalProcessesShareAPort() {
        String port = "127.0.0.1:" + FreePort.find();
        try (Command one = Command.start("echo", "--listen", port, "--reuse-port");
                Command other = Command.start("echo", "--listen", port, "--reuse-port")) {
            assertThat(one.port()).isEqualTo(other.port());
            assertThatItEchoes("ws://" + port + "/");
        }
    }

    @Test
    void socketsOfTheServiceManagerAreTakenOver() throws IOException {
        String port = "127.0.0.1:" + FreePort.find();
        try (Command echo = activate(
                List.of("--listen=" + port, "--listen=" + path(), "--fdname=web:local"),
                "echo",
                "--listen=inherited",
                "--threads=1")) {
            echo.awaitError("Listening on " + path());
            for (int i = 0; i < 3; i++) {
                assertThatItEchoes("ws://" + port + "/");
                assertThatItEchoes(unixAddress());
            }
            echo.awaitError("Echo on ws://" + port + "/");
            echo.awaitError("Echo on " + unixAddress());
            assertThat(flagsOf(echo.handle().pid(), path())).isNotEmpty().allMatch(flags -> (flags & O_NONBLOCK) != 0);
            echo.terminate();
            echo.exitCode();
        }
        // Whoever has made it, removes it.
        assertThat(path()).exists();
    }

    /** The flags that a process has the listening Unix domain socket at this path open with. */
    private static List<Integer> flagsOf(long pid, Path path) throws IOException {
        String inode = Files.readAllLines(Path.of("/proc/net/unix")).stream()
                .filter(line -> line.endsWith(" " + path) && line.contains(" 0001 01 "))
                .map(line -> line.split("\\s+", 8)[6])
                .findFirst()
                .orElseThrow();
        List<Integer> flags = new ArrayList<>();
        Path process = Path.of("/proc/" + pid);
        try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : open) {
                if (Files.readSymbolicLink(descriptor).toString().equals("socket:[" + inode + "]")) {
                    Path info = process.resolve("fdinfo").resolve(descriptor.getFileName());
                    String line = Files.readAllLines(info).get(1);
                    flags.add(Integer.parseInt(line.replaceFirst("flags:\\s+", ""), 8));
                }
            }
        }
        return flags;
    }

    @Test
    void ofSeveralThoseOfANameAreTakenOver() {
        String port = "127.0.0.1:" + FreePort.find();
        try (Command echo = activate(
                List.of("--listen=" + port, "--listen=" + path(), "--fdname=web:local"),
                "echo",
                "--listen=inherited:local",
                "--listen=127.0.0.1:0")) {
            echo.awaitError("Listening on " + path());
            assertThatItEchoes(unixAddress());
            assertThat(echo.port()).isNotEqualTo(Integer.parseInt(port.substring(port.indexOf(':') + 1)));
        }
    }

    @Test
    void aNameThatNoSocketHasIsSaid() {
        String port = "127.0.0.1:" + FreePort.find();
        try (Command echo = activate(List.of("--listen=" + port, "--fdname=web"), "echo", "--listen=inherited:other")) {
            echo.awaitError("Listening on " + port);
            client.connect("ws://" + port + "/", (socket, message) -> {});
            echo.awaitError("marline: there is no inherited socket with the name 'other', only ['web']");
            assertThat(echo.exitCode()).isOne();
        }
    }

    /** As inetd does, and systemd with StandardInput=socket. */
    @Test
    void withNioTheSocketIsStandardInput() {
        String port = "127.0.0.1:" + FreePort.find();
        try (Command echo =
                activate(List.of("--listen=" + port, "--inetd"), "echo", "--listen=inherited", "--transport=nio")) {
            echo.awaitError("Listening on " + port);
            assertThatItEchoes("ws://" + port + "/");
            assertThatItEchoes("ws://" + port + "/");
        }
    }
}
