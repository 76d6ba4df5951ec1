package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.marline.testing.Logs;
import dev.marline.testing.UnprintableError;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerLogTest {
    private static final System.Logger LOGGER = System.getLogger("dev.marline");

    private final Logs logs = Logs.capture();
    private final AtomicLong now = new AtomicLong();
    private final PeerLog log = new PeerLog(LOGGER, now::get);

    @AfterEach
    void close() {
        logs.close();
    }

    private void logTimes(int times) {
        for (int i = 0; i < times; i++) {
            log.log(Level.WARNING, "{0} is refused", "it");
        }
    }

    @Test
    void writesSoManyLinesAMinuteAndThenACount() {
        logTimes(1000);

        assertThat(logs.lines()).hasSize(PeerLog.LINES_PER_MINUTE).allMatch("WARNING it is refused"::equals);

        logs.lines().clear();
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        logTimes(2);

        assertThat(logs.lines())
                .containsExactly(
                        "WARNING it is refused (970 more lines like this were left out)", "WARNING it is refused");
    }

    @Test
    void countsEachKindOfLineByItself() {
        logTimes(1000);
        log.log(Level.ERROR, "something else", new IllegalStateException("why"));

        assertThat(logs.lines())
                .hasSize(PeerLog.LINES_PER_MINUTE + 1)
                .contains("SEVERE something else | java.lang.IllegalStateException: why");
    }

    @Test
    void countsNothingThatIsNotLogged() {
        for (int i = 0; i < 1000; i++) {
            log.log(Level.DEBUG, "a detail");
        }
        try (Logs all = Logs.capture(java.util.logging.Level.FINE)) {
            log.log(Level.DEBUG, "a detail");

            assertThat(all.lines()).containsExactly("FINE a detail");
        }
    }

    @ParameterizedTest
    @ValueSource(
            chars = {'\n', '\r', '\0', '\u001b', '\u007f', '\u0085', '\u009b', '\u2028', '\u2029', '\u202e', '\ud800'})
    void escapesWhatControlsATerminalOrEndsALine(char control) {
        log.log(Level.WARNING, "{0} is refused", "a" + control + "b");

        assertThat(logs.lines())
                .containsExactly("WARNING a\\u" + String.format("%04x", (int) control) + "b is refused");
    }

    @Test
    void leavesOtherCharactersAsTheyAre() {
        log.log(Level.WARNING, "{0} is refused", "caf\u00e9 \u4f60 \ud83d\ude00 {1}");

        assertThat(logs.lines()).containsExactly("WARNING caf\u00e9 \u4f60 \ud83d\ude00 {1} is refused");
    }

    @Test
    void cutsALongValue() {
        log.log(Level.WARNING, "{0} is refused", "x".repeat(100_000));

        assertThat(logs.lines())
                .containsExactly(
                        "WARNING " + "x".repeat(PeerLog.SHOWN_CHARACTERS) + "... (100000 characters) is refused");
    }

    @Test
    void showsAnExceptionWithAMessageThatAPeerChose() {
        Throwable cause = new NumberFormatException("For input string: \"1\nINFO all is well\"");
        log.log(Level.ERROR, "a listener has thrown", new IllegalStateException("y".repeat(100_000), cause));

        assertThat(logs.lines())
                .singleElement()
                .asString()
                .contains(
                        "java.lang.IllegalStateException: yyy",
                        "... (100033 characters)",
                        "\"1\\u000aINFO all is well\"")
                .doesNotContain("\n")
                .hasSizeLessThan(2000);
    }

    @Test
    void namesTheClassOfAnExceptionThatCannotBeShown() {
        log.log(Level.ERROR, "a listener has thrown", new UnprintableError());

        assertThat(logs.lines())
                .containsExactly(
                        "SEVERE a listener has thrown | dev.marline.testing.UnprintableError, which cannot be shown");
    }

    @Test
    void throwsNothingWhenTheLoggerDoes() {
        Handler throwing = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                throw new OutOfMemoryError("for a line of the log");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.marline");
        logger.addHandler(throwing);
        try {
            assertThatNoException().isThrownBy(() -> {
                log.log(Level.ERROR, "a listener has thrown", new IllegalStateException("why"));
                log.log(Level.WARNING, "{0} is refused", "it");
            });
        } finally {
            logger.removeHandler(throwing);
        }
    }
}
