package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What has been measured so far, of servers or of clients. */
final class Results {
    private record Key(Scenario scenario, String subject) {}

    private final Side side;
    private final List<String> subjects;
    private final List<Scenario> scenarios;
    private final Map<Key, List<Map<Figure, Double>>> rounds = new LinkedHashMap<>();
    private final Map<Key, String> failures = new LinkedHashMap<>();

    Results(Side side, List<String> subjects, List<Scenario> scenarios) {
        this.side = side;
        this.subjects = List.copyOf(subjects);
        this.scenarios = List.copyOf(scenarios);
    }

    Side side() {
        return side;
    }

    List<String> subjects() {
        return subjects;
    }

    List<Scenario> scenarios() {
        return scenarios;
    }

    void add(Scenario scenario, String subject, Map<Figure, Double> figures) {
        rounds.computeIfAbsent(new Key(scenario, subject), absent -> new ArrayList<>())
                .add(figures);
    }

    void addFailure(Scenario scenario, String subject, String why) {
        failures.put(new Key(scenario, subject), why);
    }

    /** Why a round has failed; empty if none has. */
    String failure(Scenario scenario, String subject) {
        return failures.getOrDefault(new Key(scenario, subject), "");
    }

    /** The median of the rounds; empty if there are none. */
    OptionalDouble median(Scenario scenario, String subject, Figure figure) {
        double[] values = rounds.getOrDefault(new Key(scenario, subject), List.of()).stream()
                .filter(figures -> figures.containsKey(figure))
                .mapToDouble(figures -> figures.get(figure))
                .sorted()
                .toArray();
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        int upper = values.length / 2;
        return OptionalDouble.of(Arrays.stream(values, (values.length - 1) / 2, upper + 1)
                .average()
                .orElseThrow());
    }

    /** A subject's median by another's; empty if one of them has none. */
    OptionalDouble ratio(Scenario scenario, String subject, String base, Figure figure) {
        OptionalDouble median = median(scenario, subject, figure);
        OptionalDouble ofBase = median(scenario, base, figure);
        return median.isPresent() && ofBase.isPresent()
                ? OptionalDouble.of(median.getAsDouble() / ofBase.getAsDouble())
                : OptionalDouble.empty();
    }
}
