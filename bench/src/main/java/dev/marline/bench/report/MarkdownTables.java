package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Results as Markdown: a table for each scenario, the server that uses the least first. */
final class MarkdownTables {
    private static final double BUSY = 0.95;
    private static final double DISTURBED = 0.08;

    private final Results results;
    private final String base;

    /** @param base the server that others are compared with */
    MarkdownTables(Results results, String base) {
        this.results = results;
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
                        ? "| server | bytes a connection | of it heap | beside it | CPU µs a handshake | ÷ " + base
                                + " | handshakes/s |\n|---|--:|--:|--:|--:|--:|--:|\n"
                        : "| server | CPU µs a message | ÷ " + base + " | messages/s | p50 µs | p99 µs | p99.9 µs |"
                                + " cores used by server / client | |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
        Figure cost = idle ? Figure.HANDSHAKE_CPU_MICROS : Figure.CPU_MICROS;
        results.servers().stream()
                .filter(server -> results.median(scenario, server, cost).isPresent())
                .sorted(Comparator.comparingDouble(
                        server -> results.median(scenario, server, cost).orElseThrow()))
                .forEach(server -> text.append(idle ? idleRow(scenario, server) : row(scenario, server)));
        for (String server : results.servers()) {
            String failure = results.failure(scenario, server);
            if (!failure.isEmpty()) {
                text.append("\n")
                        .append(server)
                        .append(" has failed: ")
                        .append(failure)
                        .append(".\n");
            }
        }
    }

    private String row(Scenario scenario, String server) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %,.0f | %,.0f | %,.0f | %,.0f | %.2f / %.2f | %s |%n",
                server,
                threeDigits(figure(scenario, server, Figure.CPU_MICROS)),
                ratio(scenario, server, Figure.CPU_MICROS),
                figure(scenario, server, Figure.MESSAGES_PER_SECOND),
                figure(scenario, server, Figure.P50_MICROS),
                figure(scenario, server, Figure.P99_MICROS),
                figure(scenario, server, Figure.P999_MICROS),
                figure(scenario, server, Figure.SERVER_CORES),
                figure(scenario, server, Figure.CLIENT_CORES),
                remarks(scenario, server));
    }

    private String idleRow(Scenario scenario, String server) {
        double heap = figure(scenario, server, Figure.HEAP_BYTES);
        double beside = figure(scenario, server, Figure.BESIDE_BYTES);
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %,.0f | %.1f | %s | %,.0f |%n",
                server,
                heap + beside,
                heap,
                beside,
                figure(scenario, server, Figure.HANDSHAKE_CPU_MICROS),
                ratio(scenario, server, Figure.HANDSHAKE_CPU_MICROS),
                figure(scenario, server, Figure.HANDSHAKES_PER_SECOND));
    }

    private double figure(Scenario scenario, String server, Figure figure) {
        return results.median(scenario, server, figure).orElse(0);
    }

    private String ratio(Scenario scenario, String server, Figure figure) {
        OptionalDouble ratio = results.ratio(scenario, server, base, figure);
        return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "";
    }

    private String remarks(Scenario scenario, String server) {
        List<String> remarks = new ArrayList<>();
        if (figure(scenario, server, Figure.CLIENT_CORES) > BUSY
                && figure(scenario, server, Figure.SERVER_CORES) < BUSY) {
            remarks.add("the client limits it");
        }
        if (figure(scenario, server, Figure.OTHER_CORES) > DISTURBED) {
            remarks.add("disturbed");
        }
        double unanswered = figure(scenario, server, Figure.UNANSWERED);
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
