package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    /** Runs the command from the module path without --add-modules. */
    private static RunningProgram runWithoutNativeModules(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                jar() + File.pathSeparator + TARGET.resolve("lib"),
                "--module",
                "dev.marline.cli/dev.marline.cli.Marline"));
        command.addAll(List.of(arguments));
        return RunningProgram.start(command.toArray(String[]::new));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void withoutTheNativeModulesItSaysOnceHowToAddThem() throws Exception {
        try (WebSocketServer server = WebSocketServer.builder()
                        .host("localhost")
                        .webSocket("/", (socket, message) -> socket.send(message))
                        .start();
                RunningProgram connect = runWithoutNativeModules("connect", "ws://localhost:" + server.port() + "/")) {
            connect.type("hello");
            assertThat(connect.nextLine()).isEqualTo("hello");
            connect.endInput();
            assertThat(connect.exitCode()).isZero();
            assertThat(connect.errors())
                    .filteredOn(line -> line.contains("--add-modules io.netty.transport.epoll.linux."))
                    .singleElement()
                    .asString()
                    .contains(",io.netty.codec.quic.linux.");
        }
    }

    @Test
    void withoutItsNativeModuleHttp3IsNamedAsMissing(@TempDir Path certificates) throws Exception {
        Path certificate = certificates.resolve("cert.pem");
        Path key = certificates.resolve("key.pem");
        TestCertificate.make(certificate, key);
        for (String arguments : List.of(
                "connect --http 3 wss://localhost:1/",
                "echo --port 0 --http 1,3 --tls-cert " + certificate + " --tls-key " + key)) {
            try (RunningProgram command = runWithoutNativeModules(arguments.split(" "))) {
                assertThat(command.exitCode()).isEqualTo(1);
                assertThat(command.errors())
                        .last()
                        .asString()
                        .startsWith("marline: HTTP/3 is not available here: ")
                        .contains("--add-modules io.netty.codec.quic.");
            }
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
