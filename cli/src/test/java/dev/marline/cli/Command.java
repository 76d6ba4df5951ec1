package dev.marline.cli;

import dev.marline.testing.RunningProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code ./marline}, while it runs for a test. */
final class Command extends RunningProgram {
    private static final Pattern LISTENING = Pattern.compile("on (https?|wss?)://\\S+:(\\d+)/");

    private Command(String name, ProcessBuilder builder) {
        super(name, builder);
    }

    public static Command start(String... arguments) {
        return start(Map.of(), arguments);
    }

    static Command start(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(root().resolve("marline").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = inTestEnvironment(command);
        builder.environment().putAll(environment);
        return new Command("./marline " + String.join(" ", arguments), builder);
    }

    /** Starts a program that starts it. */
    static Command startBy(List<String> program) {
        return new Command(String.join(" ", program), inTestEnvironment(program));
    }

    private static ProcessBuilder inTestEnvironment(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        // The Java that runs the tests, not the one that happens to be the default.
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        // What starts fastest: none of them runs for long.
        environment.put("MARLINE_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        // Nor the proxies of whoever runs the tests.
        environment.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        return builder;
    }

    /** The root of the repository: where the command is. */
    static Path root() {
        Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
        for (Path folder = module; folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve("marline")) && Files.exists(folder.resolve("mvnw"))) {
                return folder;
            }
        }
        throw new AssertionError("there is no ./marline above " + module);
    }

    /** Of a command that listens: the port, once it does. */
    int port() {
        return Integer.parseInt(awaitError(LISTENING).group(2));
    }
}
