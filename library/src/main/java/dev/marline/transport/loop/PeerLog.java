package dev.marline.transport.loop;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A log for what remote peers can cause at will, so that they can neither fill a disk nor forge lines. Of each kind of line it writes at most
 * {@value #LINES_PER_MINUTE} a minute; the first of the next minute tells how many were left out. Values are cut, and their control
 * characters escaped. It throws nothing, so that a connection is ended and a request answered though they cannot be logged.
 */
public final class PeerLog {
    /** How many lines of one kind are written in a minute. */
    public static final int LINES_PER_MINUTE = 30;

    /** How many characters of one value are shown. */
    static final int SHOWN_CHARACTERS = 500;

    /** How many causes of an exception are shown. */
    private static final int SHOWN_CAUSES = 10;

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final System.Logger logger;
    private final LongSupplier nanoTime;

    /** By the format of their lines, of which the code has a few. */
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

    /** A log for one server or client. */
    public PeerLog(System.Logger logger) {
        this(logger, LoopContext::nanoTime);
    }

    /** @param nanoTime the time in nanoseconds, never negative */
    PeerLog(System.Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
    }

    /**
     * Logs a line.
     *
     * @param format the kind of the line, a constant, with {@code {0}} where the first value goes
     */
    public void log(Level level, String format, Object... values) {
        try {
            long leftOut = leftOutBefore(level, format);
            if (leftOut >= 0) {
                Object[] shown = new Object[values.length];
                for (int i = 0; i < values.length; i++) {
                    shown[i] = printable(String.valueOf(values[i]));
                }
                logger.log(level, format + sayLeftOut(leftOut), shown);
            }
        } catch (Throwable again) {
            logWithoutDetails(level, format, again);
        }
    }

    /** Logs a line, a constant, with an exception. */
    public void log(Level level, String line, @Nullable Throwable thrown) {
        try {
            long leftOut = leftOutBefore(level, line);
            if (leftOut >= 0) {
                logger.log(level, line + sayLeftOut(leftOut), thrown == null ? null : printable(thrown));
            }
        } catch (Throwable again) {
            logWithoutDetails(level, line, thrown == null ? again : thrown);
        }
    }

    /** Logs a line whose values or exception could not be shown. */
    private void logWithoutDetails(Level level, String line, Throwable thrown) {
        try {
            logger.log(level, line + " | " + thrown.getClass().getName() + ", which cannot be shown");
        } catch (Throwable again) {
            // Memory has run out, or the logger is broken: the caller's work goes first.
        }
    }

    /** How many lines of this kind were left out before the next one, or -1 if that is left out too or not logged. */
    private long leftOutBefore(Level level, String kind) {
        if (!logger.isLoggable(level)) {
            return -1;
        }
        return kinds.computeIfAbsent(kind, any -> new Kind()).next(nanoTime.getAsLong());
    }

    private static String sayLeftOut(long leftOut) {
        return leftOut == 0 ? "" : " (" + leftOut + " more lines like this were left out)";
    }

    private static final class Kind {
        private long minuteEnds;
        private int written;
        private long leftOut;

        synchronized long next(long now) {
            if (now >= minuteEnds) {
                minuteEnds = now + MINUTE;
                written = 0;
            }
            if (written == LINES_PER_MINUTE) {
                leftOut++;
                return -1;
            }
            written++;
            long before = leftOut;
            leftOut = 0;
            return before;
        }
    }

    /** A value on one line: cut if it is long, with an escape for each character that controls a terminal or ends a line. */
    public static String printable(String value) {
        int end = Math.min(value.length(), SHOWN_CHARACTERS);
        StringBuilder shown = new StringBuilder(end);
        for (int i = 0; i < end; ) {
            int character = value.codePointAt(i);
            if (isPrintable(character)) {
                shown.appendCodePoint(character);
            } else {
                shown.append(String.format("\\u%04x", character));
            }
            i += Character.charCount(character);
        }
        if (end < value.length()) {
            shown.append("... (").append(value.length()).append(" characters)");
        }
        return shown.toString();
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }

    /** The exception itself, unless its message or a cause's is too long or has what is escaped: then one that shows the same. */
    private static Throwable printable(Throwable thrown) {
        return isPrintable(thrown) ? thrown : new Shown(thrown, SHOWN_CAUSES);
    }

    private static boolean isPrintable(Throwable thrown) {
        Throwable each = thrown;
        for (int i = 0; each != null; i++) {
            String text = String.valueOf(each);
            if (i == SHOWN_CAUSES || !text.equals(printable(text)) || each.getSuppressed().length > 0) {
                return false;
            }
            each = each.getCause();
        }
        return true;
    }

    /** Stands for an exception whose message a peer may have chosen. */
    private static final class Shown extends Exception {
        private static final long serialVersionUID = 1L;

        Shown(Throwable of, int causes) {
            super(
                    printable(String.valueOf(of)),
                    of.getCause() == null || causes == 0 ? null : new Shown(of.getCause(), causes - 1));
            setStackTrace(of.getStackTrace());
        }

        @Override
        @SuppressWarnings("OverrideThrowableToString") // the message names the class that it stands for
        public String toString() {
            return Objects.requireNonNull(getMessage());
        }
    }
}
