package dev.marline.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The programs that the tests need: {@code ./check} installs them. */
final class Programs {
    private Programs() {}

    /** The path of a program. Where it is missing the test fails: none passes because there was nothing to test with. */
    static Path find(String name, String debianPackage) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is missing: run ./check, which installs it (Debian: "
                        + "apt-get install " + debianPackage + ")"));
    }
}
