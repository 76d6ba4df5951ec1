package dev.marline.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** {@code ./marline}, or another program, as a process; ended by {@link #close}. What it said is shown when the test fails. */
final class Command implements AutoCloseable {
    /** How long to wait for what should come soon, on a machine that is busy with other things. */
    static final int PATIENCE_SECONDS = 30;

    private static final Pattern LISTENING = Pattern.compile("on (https?|wss?)://\\S+:(\\d+)/");
    private static final List<Command> STARTED = new CopyOnWriteArrayList<>();

    private final Process process;
    private final Writer input;
    private final String line;

    // Guarded by this object, which notifies when they change.
    private final List<String> output = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private int openStreams = 2;

    private Command(String line, Process process) {
        this.line = line;
        this.process = process;
        input = process.outputWriter(UTF_8);
        read(process.getInputStream(), output);
        read(process.getErrorStream(), errors);
        STARTED.add(this);
    }

    static Command start(String... arguments) {
        return start(Map.of(), arguments);
    }

    static Command start(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(root().resolve("marline").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        // The Java that runs the tests, not the one that happens to be the default.
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // What starts fastest: none of them runs for long.
        builder.environment().put("MARLINE_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        // Nor the proxies of whoever runs the tests.
        builder.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        builder.environment().putAll(environment);
        return start("./marline " + String.join(" ", arguments), builder);
    }

    /**
     * Starts another program.
     *
     * @param line what it is called in a failure
     */
    static Command start(String line, ProcessBuilder builder) {
        try {
            return new Command(line, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    private void read(InputStream stream, List<String> lines) {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                        for (String next = in.readLine(); next != null; next = in.readLine()) {
                            add(lines, next);
                        }
                    } catch (IOException e) {
                        add(errors, "(cannot be read any more: " + e.getMessage() + ")");
                    } finally {
                        ended();
                    }
                },
                "output of " + line);
        reader.setDaemon(true);
        reader.start();
    }

    private synchronized void add(List<String> lines, String next) {
        lines.add(next);
        notifyAll();
    }

    private synchronized void ended() {
        openStreams--;
        notifyAll();
    }

    /** Writes a line to its standard input. */
    void type(String text) {
        try {
            input.write(text + "\n");
            input.flush();
        } catch (IOException e) {
            throw new AssertionError("cannot be told '" + text + "': " + this, e);
        }
    }

    /** Ends its standard input. */
    void endInput() {
        try {
            input.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a command that listens: the port, once it does. */
    synchronized int port() {
        return Integer.parseInt(awaitError(LISTENING).group(2));
    }

    /** Waits until it has printed so many lines, and gives them all. */
    synchronized List<String> awaitOutput(int lines) {
        await(() -> output.size() >= lines, lines + " lines of output");
        return List.copyOf(output);
    }

    /** Waits for a line of standard error in which the pattern is found. */
    synchronized Matcher awaitError(Pattern pattern) {
        Predicate<String> found = pattern.asPredicate();
        await(() -> errors.stream().anyMatch(found), "'" + pattern + "' on standard error");
        Matcher matcher =
                pattern.matcher(errors.stream().filter(found).findFirst().orElseThrow());
        matcher.find();
        return matcher;
    }

    /** Waits for a line of standard error that has these words in it. */
    void awaitError(String words) {
        awaitError(Pattern.compile(Pattern.quote(words)));
    }

    /** Waits for a line of standard error that has these words in it, or for its end: whether there is such a line. */
    synchronized boolean awaitErrorOrEnd(String words) {
        BooleanSupplier said = () -> errors.stream().anyMatch(next -> next.contains(words));
        await(() -> openStreams == 0 || said.getAsBoolean(), "'" + words + "' on standard error");
        return said.getAsBoolean();
    }

    /** All that it has said on standard output, when it has ended. */
    synchronized List<String> output() {
        await(() -> openStreams == 0, "its end");
        return List.copyOf(output);
    }

    /** All that it has said on standard error, when it has ended. */
    synchronized List<String> errors() {
        await(() -> openStreams == 0, "its end");
        return List.copyOf(errors);
    }

    /** Waits for its end. */
    int exitCode() {
        try {
            if (process.waitFor(PATIENCE_SECONDS, SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        throw new AssertionError("does not end: " + this);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Asks it to end, with SIGTERM. */
    void terminate() {
        process.destroy();
    }

    private synchronized void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || openStreams == 0) {
                throw new AssertionError((left <= 0 ? "waited in vain for " : "ended before ") + what + ": " + this);
            }
            try {
                NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder(line);
        text.append(process.isAlive() ? " (running)" : " (ended with " + process.exitValue() + ")");
        output.forEach(next -> text.append("\n    out: ").append(next, 0, Math.min(next.length(), 300)));
        errors.forEach(next -> text.append("\n    err: ").append(next, 0, Math.min(next.length(), 300)));
        return text.toString();
    }

    /** Adds to the failure of a test what the commands have said that were started for it, and ends what is left of them. */
    static final class ShownOnFailure implements TestExecutionExceptionHandler, AfterEachCallback {
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            STARTED.forEach(command -> failure.addSuppressed(new Output(command.toString())));
            throw failure;
        }

        @Override
        public void afterEach(ExtensionContext context) {
            STARTED.forEach(Command::close);
            STARTED.clear();
        }
    }

    private static final class Output extends Throwable {
        private static final long serialVersionUID = 1L;

        Output(String text) {
            super(text, null, false, false);
        }
    }
}
