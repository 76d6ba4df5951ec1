package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocket;
import dev.marline.protocol.Connection;
import dev.marline.testing.RunningProgram;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The class files are removed while a server runs, as a build does: it closes all the same. */
class ClosingWithoutClassFilesTest {
    @TempDir
    private Path folder;

    private static Path locationOf(Class<?> type) {
        return Path.of(URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }

    /** Copies the class files at a place, unless it is a jar, which a process keeps open. */
    private void copy(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Path to = folder.resolve(classes.relativize(file).toString());
                Files.createDirectories(to.getParent());
                if (!Files.exists(to)) {
                    Files.copy(file, to);
                }
            }
        }
    }

    private void removeAll() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The jars that the tests run with, without the places that are copied. */
    private static String jars() {
        return Stream.of(System.getProperty("java.class.path"), System.getProperty("jdk.module.path", ""))
                .flatMap(paths -> Stream.of(paths.split(File.pathSeparator)))
                .filter(path -> path.endsWith(".jar"))
                .distinct()
                .reduce((one, other) -> one + File.pathSeparator + other)
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "busy"})
    void closesAllTheSame(String state) throws IOException {
        copy(locationOf(Connection.class));
        copy(locationOf(WebSocket.class));
        copy(locationOf(ClosingProgram.class));
        try (RunningProgram program = RunningProgram.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                folder + File.pathSeparator + jars(),
                ClosingProgram.class.getName(),
                state)) {
            program.awaitLine("READY");
            removeAll();
            program.type("close");

            assertThat(program.exitCode()).isZero();
            assertThat(program.output()).contains("CLOSED");
            assertThat(program.errors()).noneMatch(line -> line.contains("NoClassDefFoundError"));
        }
    }
}
