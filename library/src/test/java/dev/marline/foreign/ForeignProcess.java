package dev.marline.foreign;

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
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A program that runs for a test, line by line; ended by {@link #close}. What it said is shown when the test fails. */
final class ForeignProcess implements AutoCloseable {
    /** How long to wait for what should come at once, on a machine that is busy with other things. */
    static final int PATIENCE_SECONDS = 30;

    private static final int SHOWN_OF_A_LINE = 300;
    private static final List<ForeignProcess> STARTED = new CopyOnWriteArrayList<>();

    private final List<String> command;
    private final Process process;
    private final Writer input;

    // Guarded by this object, which notifies when they change.
    private final List<String> lines = new ArrayList<>();
    private final List<String> output = new ArrayList<>();
    private int openStreams = 2;
    private int taken;

    private ForeignProcess(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        input = process.outputWriter(UTF_8);
        read(process.getInputStream(), true);
        read(process.getErrorStream(), false);
        STARTED.add(this);
    }

    static ForeignProcess start(String... command) {
        return start(Map.of(), List.of(command));
    }

    static ForeignProcess start(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        try {
            return new ForeignProcess(command, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(InputStream stream, boolean isOutput) {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                        for (String line = in.readLine(); line != null; line = in.readLine()) {
                            add(line, isOutput);
                        }
                    } catch (IOException e) {
                        add("(its output ends: " + e.getMessage() + ")", false);
                    } finally {
                        ended();
                    }
                },
                "output of " + command.get(0));
        reader.setDaemon(true);
        reader.start();
    }

    private synchronized void add(String line, boolean isOutput) {
        lines.add(line);
        if (isOutput) {
            output.add(line);
        }
        notifyAll();
    }

    private synchronized void ended() {
        openStreams--;
        notifyAll();
    }

    /** Writes a line to its standard input. */
    void tell(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new AssertionError("cannot be told '" + shorten(line) + "': " + this, e);
        }
    }

    /** Waits for the next line of its standard output. */
    synchronized String nextLine() {
        await(() -> taken < output.size(), "the next line");
        return output.get(taken++);
    }

    /** Waits until a line of its standard output or error has these words in it. */
    synchronized void awaitLine(String words) {
        await(() -> lines.stream().anyMatch(line -> line.contains(words)), "'" + words + "'");
    }

    /** Waits for its end, and gives all that it has written, standard error too. */
    synchronized String awaitEnd() {
        await(() -> openStreams == 0, "its end");
        return String.join("\n", lines);
    }

    /** How it ended. */
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

    /** Ends it, and what it has started, without asking: for what takes its time when it is asked. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() {
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
    public synchronized String toString() {
        StringBuilder text = new StringBuilder(String.join(" ", command));
        text.append(process.isAlive() ? " (running)" : " (ended with " + process.exitValue() + ")");
        lines.forEach(line -> text.append("\n    ").append(shorten(line)));
        return text.toString();
    }

    static String shorten(String line) {
        return line.length() <= SHOWN_OF_A_LINE
                ? line
                : line.substring(0, SHOWN_OF_A_LINE) + "... (" + line.length() + " characters)";
    }

    /** Adds to the failure of a test what the programs have said that were started for it, and ends what is left of them. */
    static final class ShownOnFailure implements TestExecutionExceptionHandler, AfterEachCallback {
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            STARTED.forEach(process -> failure.addSuppressed(new Output(process.toString())));
            throw failure;
        }

        @Override
        public void afterEach(ExtensionContext context) {
            STARTED.forEach(ForeignProcess::close);
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
