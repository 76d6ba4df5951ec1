package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A build removes the command's files, and makes new ones, while the command runs. */
class RemovedFilesIT {
    private static final Path TARGET = Command.root().resolve("cli/target");
    private static final Pattern LISTENING = Pattern.compile("on http://\\S+:(\\d+)/");
    private static final int ENDED_BY_SIGTERM = 143;

    @TempDir
    private Path folder;

    /** Copies the command's jars to where the command is run from. */
    private void copyJars() throws IOException {
        Files.createDirectories(folder.resolve("lib"));
        copyJars(TARGET);
        copyJars(TARGET.resolve("lib"));
    }

    private void copyJars(Path from) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path jar :
                    (Iterable<Path>) files.filter(file -> file.toString().endsWith(".jar"))::iterator) {
                Files.copy(jar, folder.resolve(TARGET.relativize(jar)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void removeJars() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path jar : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Files.delete(jar);
            }
        }
    }

    private RunningProgram startDemo() {
        return RunningProgram.start(
                Map.of(),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        folder.resolve("*") + File.pathSeparator + folder.resolve("lib/*"),
                        "dev.marline.cli.Marline",
                        "demo",
                        "--port",
                        "0"));
    }

    private static void assertServed(int port) {
        for (String path : List.of("/", "/index.html", "/demo.css", "/demo.js", "/favicon.svg")) {
            try (RawPeer peer = RawPeer.connect(port)) {
                HttpHead head = peer.sendHead("GET " + path + " HTTP/1.1", "Host: localhost:" + port)
                        .readHead();
                assertThat(head.status()).as(path).isEqualTo(200);
                assertThat(peer.readBody(head)).as(path).isNotBlank();
            }
        }
        for (String path : List.of("/chat", "/echo", "/figures")) {
            RawPeer.connect(port).open(path).close();
        }
    }

    @Test
    void theDemoIsServedAndEndsInGoodOrder() throws IOException {
        copyJars();
        try (RunningProgram demo = startDemo()) {
            int port = Integer.parseInt(demo.awaitError(LISTENING).group(1));
            removeJars();
            assertServed(port);
            copyJars();
            assertServed(port);
            demo.terminate();

            assertThat(demo.exitCode()).isEqualTo(ENDED_BY_SIGTERM);
            assertThat(demo.errors()).noneMatch(line -> line.contains("Error") || line.contains("Exception"));
        }
    }
}
