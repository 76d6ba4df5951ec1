package dev.marline.cli;

import dev.marline.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Lines in and messages out: with editing and history where a person types, plain where a program does. */
abstract class TerminalLines implements AutoCloseable {
    /** Standard input and output, as what they are. */
    static TerminalLines open() throws IOException {
        Terminal terminal = TerminalBuilder.builder().dumb(true).build();
        if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
            terminal.close();
            return new Plain();
        }
        return new Interactive(terminal);
    }

    /** The next line; null at the end of input. */
    abstract @Nullable String read() throws IOException;

    abstract void print(Message message) throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class Plain extends TerminalLines {
        private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

        @Override
        @Nullable
        String read() throws IOException {
            return in.readLine();
        }

        @Override
        void print(Message message) throws IOException {
            ConnectCommand.print(System.out, message);
        }

        @Override
        public void close() {
            // Standard input is not ours, and its reader may be waiting in it.
        }
    }

    private static final class Interactive extends TerminalLines {
        private final Terminal terminal;
        private final LineReader reader;

        Interactive(Terminal terminal) {
            this.terminal = terminal;
            reader = LineReaderBuilder.builder().terminal(terminal).build();
        }

        @Override
        @Nullable
        String read() {
            try {
                return reader.readLine("> ");
            } catch (EndOfFileException | UserInterruptException end) {
                return null;
            }
        }

        @Override
        void print(Message message) {
            reader.printAbove(message.isText() ? message.text() : message.toString());
        }

        @Override
        public void close() throws IOException {
            terminal.close();
        }
    }
}
