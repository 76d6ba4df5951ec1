package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Results as Markdown: a table for each scenario, the server or client that uses the least first. */
final class MarkdownTables {
    private static final double BUSY = 0.95;
    private static final double DISTURBED = 0.08;

    private final Results results;
    private final Side side;
    private final String base;

    /** @param base the one that others are compared with */
    MarkdownTables(Results results, String base) {
        this.results = results;
        this.side = results.side();
        this.base = base;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Scenario scenario : results.scenarios()) {
            append(text, scenario);
        }
        return text.toString();
    }

    private void append(StringBuilder text, Scenario scenario) {
        boolean idle = scenario.kind() == Scenario.Kind.IDLE;
        text.append("\n## ").append(scenario.name()).append("\n\n");
        text.append(scenario.description()).append(".\n\n");
        text.append(
                idle
                        ? "| " + side + " | bytes a connection | of it heap | beside it | CPU µs a handshake | ÷ "
                                + base + " | handshakes/s |\n|---|--:|--:|--:|--:|--:|--:|\n"
                        : "| " + side + " | CPU µs a message | ÷ " + base
                                + " | messages/s | p50 µs | p99 µs | p99.9 µs |"
                                + " cores used by server / client | |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
        Figure cost = idle ? Figure.HANDSHAKE_CPU_MICROS : side.cost();
        results.subjects().stream()
                .filter(subject -> results.median(scenario, subject, cost).isPresent())
                .sorted(Comparator.comparingDouble(
                        subject -> results.median(scenario, subject, cost).orElseThrow()))
                .forEach(subject -> text.append(idle ? idleRow(scenario, subject) : row(scenario, subject)));
        for (String subject : results.subjects()) {
            String failure = results.failure(scenario, subject);
            if (!failure.isEmpty()) {
                text.append("\n")
                        .append(subject)
                        .append(" has failed: ")
                        .append(failure)
                        .append(".\n");
            }
        }
    }

    private String row(Scenario scenario, String subject) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %,.0f | %,.0f | %,.0f | %,.0f | %.2f / %.2f | %s |%n",
                subject,
                threeDigits(figure(scenario, subject, side.cost())),
                ratio(scenario, subject, side.cost()),
                figure(scenario, subject, Figure.MESSAGES_PER_SECOND),
                figure(scenario, subject, Figure.P50_MICROS),
                figure(scenario, subject, Figure.P99_MICROS),
                figure(scenario, subject, Figure.P999_MICROS),
                figure(scenario, subject, Figure.SERVER_CORES),
                figure(scenario, subject, Figure.CLIENT_CORES),
                remarks(scenario, subject));
    }

    private String idleRow(Scenario scenario, String subject) {
        double heap = figure(scenario, subject, Figure.HEAP_BYTES);
        double beside = figure(scenario, subject, Figure.BESIDE_BYTES);
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %,.0f | %.1f | %s | %,.0f |%n",
                subject,
                heap + beside,
                heap,
                beside,
                figure(scenario, subject, Figure.HANDSHAKE_CPU_MICROS),
                ratio(scenario, subject, Figure.HANDSHAKE_CPU_MICROS),
                figure(scenario, subject, Figure.HANDSHAKES_PER_SECOND));
    }

    private double figure(Scenario scenario, String subject, Figure figure) {
        return results.median(scenario, subject, figure).orElse(0);
    }

    private String ratio(Scenario scenario, String subject, Figure figure) {
        OptionalDouble ratio = results.ratio(scenario, subject, base, figure);
        return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "";
    }

    private String remarks(Scenario scenario, String subject) {
        List<String> remarks = new ArrayList<>();
        if (figure(scenario, subject, side.other().cores()) > BUSY && figure(scenario, subject, side.cores()) < BUSY) {
            remarks.add("the " + side.other() + " limits it");
        }
        if (figure(scenario, subject, Figure.OTHER_CORES) > DISTURBED) {
            remarks.add("disturbed");
        }
        double unanswered = figure(scenario, subject, Figure.UNANSWERED);
        if (unanswered > 0) {
            remarks.add(String.format(Locale.ROOT, "%,.0f messages never came back", unanswered));
        }
        return String.join(", ", remarks);
    }

    private static String threeDigits(double value) {
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
