package dev.marline.testing;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Holds on to what Marline logs, and keeps it off the console, until it is closed. */
public final class Logs extends Handler implements AutoCloseable {
    // Held, or the logging framework forgets it with its handlers.
    private final Logger logger;
    private final boolean console;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Logs(String logger) {
        this.logger = Logger.getLogger(logger);
        this.console = this.logger.getUseParentHandlers();
    }

    public static Logs capture() {
        return capture(Level.INFO);
    }

    /** What is less than this level is not logged. */
    public static Logs capture(Level least) {
        return capture("dev.marline", least);
    }

    /** The same for what another logger gets. */
    public static Logs capture(String logger, Level least) {
        Logs logs = new Logs(logger);
        logs.logger.setLevel(least);
        logs.logger.addHandler(logs);
        logs.logger.setUseParentHandlers(false);
        return logs;
    }

    /** What was logged so far, each with its level before it. */
    public BlockingQueue<String> lines() {
        return lines;
    }

    @Override
    public void publish(LogRecord entry) {
        StringBuilder line = new StringBuilder(entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry));
        for (Throwable thrown = entry.getThrown(); thrown != null; thrown = thrown.getCause()) {
            line.append(" | ").append(thrown);
        }
        lines.add(line.toString());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(console);
        logger.setLevel(null);
    }
}
