package dev.marline.protocol.handshake;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The dates of header fields such as {@code Date} and {@code Last-Modified}: RFC 9110 §5.6.7. */
public final class HttpDate {
    /** IMF-fixdate, the only form that may be sent. Not the JDK's RFC_1123_DATE_TIME, whose days have no leading zero. */
    private static final DateTimeFormatter IMF_FIXDATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private static final List<String> MONTHS =
            List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

    private static final String MONTH = "(?<month>" + String.join("|", MONTHS) + ")";
    private static final String TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";

    /** The three forms that a recipient must accept. Which day of the week a date names is not compared with the date. */
    private static final List<Pattern> FORMS = List.of(
            // IMF-fixdate; earlier versions of Marline sent days without the leading zero
            Pattern.compile("(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>[0-9]{1,2}) " + MONTH + " (?<year>[0-9]{4}) "
                    + TIME + " GMT"),
            // rfc850-date
            Pattern.compile("(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>[0-9]{2})-" + MONTH
                    + "-(?<year>[0-9]{2}) " + TIME + " GMT"),
            // asctime-date
            Pattern.compile("(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) " + MONTH + " (?<day>[0-9 ][0-9]) " + TIME
                    + " (?<year>[0-9]{4})"));

    private static final int MAX_YEARS_AHEAD = 50;

    private HttpDate() {}

    /** Writes a time as an IMF-fixdate, in whole seconds. */
    public static String format(Instant time) {
        return IMF_FIXDATE.format(time.atOffset(ZoneOffset.UTC));
    }

    /**
     * Reads a date in any of the three forms.
     *
     * @param now decides the century of a year with two digits: a date that would lie more than 50 years ahead is one of the past
     * @return empty if the text is not a date
     */
    public static Optional<Instant> parse(String text, Instant now) {
        for (Pattern form : FORMS) {
            Matcher parts = form.matcher(text);
            if (parts.matches()) {
                return read(parts, now);
            }
        }
        return Optional.empty();
    }

    private static Optional<Instant> read(Matcher parts, Instant now) {
        try {
            int year = number(parts, "year");
            if (parts.end("year") - parts.start("year") == 4) {
                return Optional.of(date(parts, year));
            }
            LocalDateTime latest = LocalDateTime.ofInstant(now, ZoneOffset.UTC).plusYears(MAX_YEARS_AHEAD);
            year += latest.getYear() / 100 * 100;
            Instant date = date(parts, year);
            return Optional.of(date.isAfter(latest.toInstant(ZoneOffset.UTC)) ? date(parts, year - 100) : date);
        } catch (DateTimeException noSuchDay) {
            return Optional.empty();
        }
    }

    private static Instant date(Matcher parts, int year) {
        return LocalDateTime.of(
                        year,
                        MONTHS.indexOf(parts.group("month")) + 1,
                        number(parts, "day"),
                        number(parts, "hour"),
                        number(parts, "minute"),
                        number(parts, "second"))
                .toInstant(ZoneOffset.UTC);
    }

    private static int number(Matcher parts, String name) {
        return Integer.parseInt(parts.group(name).strip());
    }
}
