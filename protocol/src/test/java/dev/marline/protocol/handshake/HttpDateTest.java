package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dates of header fields, RFC 9110 §5.6.7. */
class HttpDateTest {
    private static final Instant NOW = Instant.parse("2026-12-01T03:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1994-11-06T08:49:37Z | Sun, 06 Nov 1994 08:49:37 GMT",
                "2026-12-01T00:00:00Z | Tue, 01 Dec 2026 00:00:00 GMT",
                "2026-09-30T23:59:59.999Z | Wed, 30 Sep 2026 23:59:59 GMT",
                "0001-01-01T00:00:00Z | Mon, 01 Jan 0001 00:00:00 GMT",
            })
    void aTimeIsWrittenAsAnImfFixdate(Instant time, String written) {
        assertThat(HttpDate.format(time)).isEqualTo(written).hasSize(29);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Sunday, 06-Nov-94 08:49:37 GMT",
                "Sun Nov  6 08:49:37 1994",
                "Sun Nov 06 08:49:37 1994",
                "Sun, 6 Nov 1994 08:49:37 GMT",
            })
    void theThreeFormsMeanTheSame(String written) {
        assertThat(HttpDate.parse(written, NOW)).contains(Instant.parse("1994-11-06T08:49:37Z"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Tuesday, 01-Dec-26 03:00:00 GMT | 2026-12-01T03:00:00Z",
                "Monday, 01-Jan-00 00:00:00 GMT | 2000-01-01T00:00:00Z",
                "Tuesday, 01-Dec-76 03:00:00 GMT | 2076-12-01T03:00:00Z",
                "Wednesday, 01-Dec-76 03:00:01 GMT | 1976-12-01T03:00:01Z",
                "Saturday, 01-Jan-77 00:00:00 GMT | 1977-01-01T00:00:00Z",
                "Friday, 31-Dec-99 23:59:59 GMT | 1999-12-31T23:59:59Z",
            })
    void aYearOfTwoDigitsIsAtMost50YearsAhead(String written, Instant time) {
        assertThat(HttpDate.parse(written, NOW)).contains(time);
    }

    @Test
    void nearTheEndOfACenturyTheNextOneIsMeant() {
        Instant late = Instant.parse("2080-06-01T00:00:00Z");
        assertThat(HttpDate.parse("Tuesday, 01-Jan-30 00:00:00 GMT", late))
                .contains(Instant.parse("2130-01-01T00:00:00Z"));
        assertThat(HttpDate.parse("Tuesday, 01-Jan-31 00:00:00 GMT", late))
                .contains(Instant.parse("2031-01-01T00:00:00Z"));
        assertThat(HttpDate.parse("Friday, 01-Mar-80 00:00:00 GMT", late))
                .contains(Instant.parse("2080-03-01T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "0",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 nov 1994 08:49:37 GMT",
                "Sun, 00 Nov 1994 08:49:37 GMT",
                "Sun, 31 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 06 Nov 94 08:49:37 GMT",
                "06 Nov 1994 08:49:37 GMT",
                "Sunday, 06-Nov-1994 08:49:37 GMT",
                "Sun, 06-Nov-94 08:49:37 GMT",
                "Sunday, 29-Feb-95 08:49:37 GMT",
                "Sun Nov 6 08:49:37 1994",
                "Sun Nov  6 08:49:37 1994 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            })
    void whatIsNoDateIsNone(String text) {
        assertThat(HttpDate.parse(text, NOW)).isEmpty();
    }
}
