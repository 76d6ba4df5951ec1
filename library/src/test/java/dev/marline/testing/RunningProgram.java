package dev.marline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A program that runs for a test, line by line; ended by {@link #close}. What it said is shown when the test fails. */
public class RunningProgram implements AutoCloseable {
    /** How long to wait for what should come soon, on a machine that is busy with other things. */
    public static final int PATIENCE_SECONDS = Patience.SECONDS;

    private static final int SHOWN_OF_A_LINE = 300;
    private static final List<RunningProgram> STARTED = new CopyOnWriteArrayList<>();

    private final String name;
    private final Process process;
    private final Writer input;

    // Guarded by this object, which notifies when they change.
    private final List<Line> said = new ArrayList<>();
    private int openStreams = 2;
    private int taken;

    /** A line, on standard output or else on standard error. */
    private record Line(boolean isOutput, String text) {}

    /** @param name what it is called in a failure */
    @SuppressWarnings("this-escape") // what is passed on here no subclass has a part in
    protected RunningProgram(String name, ProcessBuilder builder) {
        this.name = name;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        input = process.outputWriter(UTF_8);
        read(process.getInputStream(), true);
        read(process.getErrorStream(), false);
        STARTED.add(this);
    }

    public static RunningProgram start(String... command) {
        return start(Map.of(), List.of(command));
    }

    public static RunningProgram start(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return start(builder);
    }

    public static RunningProgram start(ProcessBuilder builder) {
        return new RunningProgram(String.join(" ", builder.command()), builder);
    }

    private void read(InputStream stream, boolean isOutput) {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                        for (String line = in.readLine(); line != null; line = in.readLine()) {
                            add(new Line(isOutput, line));
                        }
                    } catch (IOException e) {
                        add(new Line(false, "(cannot be read any more: " + e.getMessage() + ")"));
                    } finally {
                        ended();
                    }
                },
                "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    private synchronized void add(Line line) {
        said.add(line);
        notifyAll();
    }

    private synchronized void ended() {
        openStreams--;
        notifyAll();
    }

    private List<String> output(boolean isOutput) {
        return said.stream()
                .filter(line -> line.isOutput == isOutput)
                .map(Line::text)
                .toList();
    }

    // ---- what it is told

    /** Writes a line to its standard input. */
    public final void type(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new AssertionError("cannot be told '" + shorten(line) + "': " + this, e);
        }
    }

    /** Ends its standard input. */
    public final void endInput() {
        try {
            input.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what it says

    /** Waits for the next line of its standard output. */
    public final synchronized String nextLine() {
        await(() -> taken < output(true).size(), "the next line");
        return output(true).get(taken++);
    }

    /** Waits until it has printed so many lines, and gives them all. */
    public final synchronized List<String> awaitOutput(int lines) {
        await(() -> output(true).size() >= lines, lines + " lines of output");
        return output(true);
    }

    /** Waits until a line of its standard output or error has these words in it. */
    public final synchronized void awaitLine(String words) {
        await(() -> said.stream().anyMatch(line -> line.text.contains(words)), "'" + words + "'");
    }

    /** Waits for a line of standard error in which the pattern is found. */
    public final synchronized Matcher awaitError(Pattern pattern) {
        Predicate<String> found = pattern.asPredicate();
        await(() -> output(false).stream().anyMatch(found), "'" + pattern + "' on standard error");
        Matcher matcher =
                pattern.matcher(output(false).stream().filter(found).findFirst().orElseThrow());
        matcher.find();
        return matcher;
    }

    /** Waits for a line of standard error that has these words in it. */
    public final void awaitError(String words) {
        awaitError(Pattern.compile(Pattern.quote(words)));
    }

    /** Waits for a line of standard error that has these words in it, or for its end: whether there is such a line. */
    public final synchronized boolean awaitErrorOrEnd(String words) {
        BooleanSupplier isSaid = () -> output(false).stream().anyMatch(line -> line.contains(words));
        await(() -> openStreams == 0 || isSaid.getAsBoolean(), "'" + words + "' on standard error");
        return isSaid.getAsBoolean();
    }

    /** All that it has said on standard output, when it has ended. */
    public final synchronized List<String> output() {
        await(() -> openStreams == 0, "its end");
        return output(true);
    }

    /** All that it has said on standard error, when it has ended. */
    public final synchronized List<String> errors() {
        await(() -> openStreams == 0, "its end");
        return output(false);
    }

    /** All that it has said, when it has ended. */
    public final synchronized String awaitEnd() {
        await(() -> openStreams == 0, "its end");
        return String.join("\n", said.stream().map(Line::text).toList());
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

    // ---- its end

    /** Waits for its end, and says how it ended. */
    public final int exitCode() {
        try {
            if (process.waitFor(PATIENCE_SECONDS, SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        throw new AssertionError("does not end: " + this);
    }

    public final ProcessHandle handle() {
        return process.toHandle();
    }

    /** Asks it to end, with SIGTERM. */
    public final void terminate() {
        process.destroy();
    }

    /** Ends it, and what it has started, without asking: for what takes its time when it is asked. */
    public final void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public final void close() {
        // A server's own processes end with it when it is asked to end, but not when it is killed.
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public final synchronized String toString() {
        StringBuilder text = new StringBuilder(name);
        text.append(process.isAlive() ? " (running)" : " (ended with " + process.exitValue() + ")");
        said.forEach(line ->
                text.append(line.isOutput ? "\n    out: " : "\n    err: ").append(shorten(line.text)));
        return text.toString();
    }

    /** A line as it is shown in a failure. */
    public static String shorten(String line) {
        return line.length() <= SHOWN_OF_A_LINE
                ? line
                : line.substring(0, SHOWN_OF_A_LINE) + "... (" + line.length() + " characters)";
    }

    /** Adds to the failure of a test what the programs have said that were started for it, and ends what is left of them. */
    public static final class ShownOnFailure implements TestExecutionExceptionHandler, AfterEachCallback {
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            STARTED.forEach(program -> failure.addSuppressed(new Output(program.toString())));
            throw failure;
        }

        @Override
        public void afterEach(ExtensionContext context) {
            STARTED.forEach(RunningProgram::close);
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
