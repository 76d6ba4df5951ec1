package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What has been measured so far. */
final class Results {
    private record Key(Scenario scenario, String server) {}

    private final List<String> servers;
    private final List<Scenario> scenarios;
    private final Map<Key, List<Map<Figure, Double>>> rounds = new LinkedHashMap<>();
    private final Map<Key, String> failures = new LinkedHashMap<>();

    Results(List<String> servers, List<Scenario> scenarios) {
        this.servers = List.copyOf(servers);
        this.scenarios = List.copyOf(scenarios);
    }

    List<String> servers() {
        return servers;
    }

    List<Scenario> scenarios() {
        return scenarios;
    }

    void add(Scenario scenario, String server, Map<Figure, Double> figures) {
        rounds.computeIfAbsent(new Key(scenario, server), absent -> new ArrayList<>())
                .add(figures);
    }

    void addFailure(Scenario scenario, String server, String why) {
        failures.put(new Key(scenario, server), why);
    }

    /** Why a round has failed; empty if none has. */
    String failure(Scenario scenario, String server) {
        return failures.getOrDefault(new Key(scenario, server), "");
    }

    /** The median of the rounds; empty if there are none. */
    OptionalDouble median(Scenario scenario, String server, Figure figure) {
        double[] values = rounds.getOrDefault(new Key(scenario, server), List.of()).stream()
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

    /** A server's median by another's; empty if one of them has none. */
    OptionalDouble ratio(Scenario scenario, String server, String base, Figure figure) {
        OptionalDouble median = median(scenario, server, figure);
        OptionalDouble ofBase = median(scenario, base, figure);
        return median.isPresent() && ofBase.isPresent()
                ? OptionalDouble.of(median.getAsDouble() / ofBase.getAsDouble())
                : OptionalDouble.empty();
    }
}
