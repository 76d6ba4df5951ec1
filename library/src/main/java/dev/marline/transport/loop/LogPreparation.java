package dev.marline.transport.loop;

import java.io.IOException;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Loads what logging takes, classes and files of time zones for example, before the first line is logged: that may be because no file
 * descriptor is left, and nothing can be loaded then.
 */
public final class LogPreparation {
    private static final String NAME = "dev.marline.prepared";

    private LogPreparation() {}

    /** Prepares logging. Nothing is logged by it. */
    public static void prepare() {
        ErrorGuard.prepare();
        // Where it is not there, the application has brought its own logging.
        if (ModuleLayer.boot().findModule("java.logging").isPresent()) {
            JavaLogging.prepare();
        }
    }

    /** In a class of its own, as its module may be absent. */
    private static final class JavaLogging {
        // Held, or the logging framework forgets that it is off.
        private static final Logger OFF = Logger.getLogger(NAME);

        static void prepare() {
            OFF.setLevel(Level.OFF);
            IOException thrown = new IOException("none", new IOException("nor its cause"));
            System.getLogger(NAME).log(System.Logger.Level.WARNING, "nothing", thrown);
            LogRecord line = new LogRecord(Level.WARNING, "nothing");
            line.setThrown(thrown);
            for (Handler handler : Logger.getLogger("").getHandlers()) {
                Formatter formatter = handler.getFormatter();
                if (formatter != null) {
                    formatter.format(line);
                }
            }
        }
    }
}
