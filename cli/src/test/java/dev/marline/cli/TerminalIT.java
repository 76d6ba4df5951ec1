package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocket;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./marline connect} in a terminal, which the program {@code script} makes. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class TerminalIT {
    private static final String BRACKETED_PASTE_ON = "\u001b[?2004h";
    private static final String BRACKETED_PASTE_OFF = "\u001b[?2004l";
    private static final String HOSTILE = "\u001b]0;title\u0007 \u009b2J \u007f \r \u202e";
    private static final String ESCAPED = "\\u001b]0;title\\u0007 \\u009b2J \\u007f \\u000d \\u202e";

    private final Talk talk = new Talk();

    private final WebSocketServer server =
            WebSocketServer.builder().host("localhost").webSocket("/", talk).start();

    @AfterEach
    void stop() {
        server.close();
    }

    /** Starts the command in a terminal. */
    private Command connect(String redirections) {
        String command = "stty cols 100 rows 30; TERM=xterm '" + Command.root().resolve("marline")
                + "' connect 'ws://localhost:" + server.port() + "/' " + redirections;
        return Command.startBy(List.of("script", "-qec", command, "/dev/null"));
    }

    @Test
    void escapesControlCharactersInMessagesAndCloseReasons() {
        try (Command connect = connect("")) {
            WebSocket socket = talk.socket();
            socket.send(HOSTILE + "\ttab and\nnew line");
            connect.awaitLine(ESCAPED);
            connect.awaitLine("new line");
            socket.close(1000, HOSTILE);
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.awaitEnd())
                    .contains("closed: 1000 " + ESCAPED)
                    .doesNotContain("\u001b]0", "\u009b", "\u202e");
        }
    }

    @Test
    void escapesThemWhereInputIsNoTerminal() {
        try (Command connect = connect("--wait 60 < /dev/null")) {
            WebSocket socket = talk.socket();
            socket.send(HOSTILE);
            socket.send(new byte[] {0x1b, 'c'});
            connect.awaitLine(ESCAPED);
            socket.close(1000, "");
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.awaitEnd()).doesNotContain("\u001b");
        }
    }

    @Test
    void leavesTheTerminalAsItWasWhenTheServerCloses() {
        try (Command connect = connect("")) {
            WebSocket socket = talk.socket();
            connect.awaitLine("connected to");
            connect.type("hello");
            assertThat(talk.hears()).isEqualTo("hello");
            socket.close(1001, "that was all");
            assertThat(connect.exitCode()).isZero();
            String shown = connect.awaitEnd();
            assertThat(shown).contains("closed: 1001 that was all").doesNotContain("Exception", "\tat ");
            assertThat(shown.lastIndexOf(BRACKETED_PASTE_OFF)).isGreaterThan(shown.lastIndexOf(BRACKETED_PASTE_ON));
        }
    }

    @Test
    void writesMessagesToTheFileThatOutputIsRedirectedTo(@TempDir Path folder) throws IOException {
        Path output = folder.resolve("output");
        try (Command connect = connect("> '" + output + "'")) {
            WebSocket socket = talk.socket();
            connect.type("hello");
            assertThat(talk.hears()).isEqualTo("hello");
            socket.send(HOSTILE);
            socket.close(1000, "that was all");
            assertThat(connect.exitCode()).isZero();
            assertThat(Files.readString(output)).isEqualTo(HOSTILE + "\n");
        }
    }
}
