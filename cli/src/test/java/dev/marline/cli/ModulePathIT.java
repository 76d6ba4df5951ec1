package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The modules are modules: with nothing on the class path the command works too. */
class ModulePathIT {
    private static final Path TARGET = Command.root().resolve("cli/target");

    @TempDir
    private Path folder;

    @Test
    void theCommandRunsFromAModulePath() throws Exception {
        Path input = Files.writeString(folder.resolve("input"), "hello\n");
        Path output = folder.resolve("output");
        try (WebSocketServer server = WebSocketServer.builder()
                .webSocket("/", (socket, message) -> socket.send(message))
                .start()) {
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--module-path",
                            jar() + File.pathSeparator + TARGET.resolve("lib"),
                            "--add-modules",
                            "ALL-MODULE-PATH",
                            "--module",
                            "dev.marline.cli/dev.marline.cli.Marline",
                            "connect",
                            "ws://127.0.0.1:" + server.port() + "/"))
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(folder.resolve("errors").toFile())
                    .start();
            assertThat(process.waitFor(RunningProgram.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(folder.resolve("errors")))
                    .isZero();
            assertThat(output).hasContent("hello");
        }
    }

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(TARGET)) {
            return files.filter(file -> file.getFileName().toString().matches("marline-cli-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
