package dev.marline.cli;

import dev.marline.Message;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.TerminalBuilder.SystemOutput;
import org.jline.terminal.spi.SystemStream;
import org.jspecify.annotations.Nullable;

/** Lines in and messages out: with editing and history where a person types, plain where a program does. */
abstract class TerminalLines implements AutoCloseable {
    /** Standard input and output, as what they are. */
    static TerminalLines open() throws IOException {
        // By default JLine would take standard error for output that is redirected.
        TerminalBuilder builder =
                TerminalBuilder.builder().systemOutput(SystemOutput.SysOut).dumb(true);
        Terminal terminal = builder.build();
        if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
            boolean shown = builder.getProviders(null, new IllegalStateException("no terminal")).stream()
                    .anyMatch(provider -> provider.isSystemStream(SystemStream.Output));
            terminal.close();
            return new Plain(standardInput(), shown);
        }
        return new Interactive(terminal);
    }

    /**
     * Standard input; empty if the process was started without it. Descriptor 0 is then the first file that the JDK has opened, and not
     * for us to read.
     */
    private static InputStream standardInput() throws IOException {
        Path input = Path.of("/proc/self/fd/0"); // Linux only
        Path jdk = Path.of(System.getProperty("java.home")).toRealPath();
        boolean isOfTheJdk =
                Files.isSymbolicLink(input) && Files.readSymbolicLink(input).startsWith(jdk);
        return isOfTheJdk ? InputStream.nullInputStream() : System.in;
    }

    /** The next line; null at the end of input. */
    abstract @Nullable String read() throws IOException;

    /** @throws IOException if the message cannot be written; the message says why */
    abstract void print(Message message) throws IOException;

    @Override
    public abstract void close() throws IOException;

    /** Returns the text of a message as it is shown to a person. */
    private static String shown(Message message) {
        return message.isText() ? ControlCharacters.escape(message.text()) : message.toString();
    }

    private static final class Plain extends TerminalLines {
        private final BufferedReader in;
        private final OutputStream out = new FileOutputStream(FileDescriptor.out);
        private final boolean isShown;

        /** @param isShown whether standard output is a terminal */
        Plain(InputStream in, boolean isShown) {
            this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            this.isShown = isShown;
        }

        @Override
        @Nullable
        String read() throws IOException {
            return in.readLine();
        }

        @Override
        void print(Message message) throws IOException {
            byte[] bytes = isShown ? shown(message).getBytes(StandardCharsets.UTF_8) : message.toByteArray();
            byte[] line = Arrays.copyOf(bytes, bytes.length + 1);
            line[bytes.length] = '\n';
            try {
                out.write(line);
            } catch (IOException e) {
                throw new IOException("cannot write to standard output: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            // Standard input is not ours, and its reader may be waiting in it.
        }
    }

    private static final class Interactive extends TerminalLines {
        /** How long a reader may take to leave the terminal as it found it. */
        private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

        private final Terminal terminal;
        private final LineReader reader;

        // Guarded by this object, which notifies when they change.
        private @Nullable Thread reading;
        private boolean closed;

        Interactive(Terminal terminal) {
            this.terminal = terminal;
            reader = LineReaderBuilder.builder().terminal(terminal).build();
        }

        @Override
        @Nullable
        String read() {
            synchronized (this) {
                if (closed) {
                    return null;
                }
                reading = Thread.currentThread();
            }
            try {
                return reader.readLine("> ");
            } catch (EndOfFileException | UserInterruptException end) {
                return null;
            } finally {
                synchronized (this) {
                    reading = null;
                    notifyAll();
                }
            }
        }

        @Override
        void print(Message message) {
            reader.printAbove(shown(message));
        }

        /** Ends a reader that waits for a line first: it turns off what it has turned on in the terminal. */
        @Override
        public void close() throws IOException {
            synchronized (this) {
                closed = true;
                if (reading != null) {
                    reading.interrupt();
                }
                long deadline = System.nanoTime() + PATIENCE_NANOS;
                try {
                    for (long left = PATIENCE_NANOS; reading != null && left > 0; left = deadline - System.nanoTime()) {
                        TimeUnit.NANOSECONDS.timedWait(this, left);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            terminal.close();
        }
    }
}
