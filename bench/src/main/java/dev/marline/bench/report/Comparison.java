package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.LoadException;
import dev.marline.bench.load.Scenario;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What commands that compare have in common: options, and the rounds in which all are measured under all scenarios. */
final class Comparison {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--scenarios", split = ",", paramLabel = "NAME", description = "Which scenarios (default: all).")
    private @Nullable List<String> scenarioNames;

    @Option(
            names = "--rounds",
            description = "How often each is measured; medians are shown (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--seconds", description = "How long each is measured (default: ${DEFAULT-VALUE}).")
    private double seconds = 4;

    @Option(
            names = "--warm-up",
            description = "How long the same load runs before, in seconds (default: ${DEFAULT-VALUE}).")
    private double warmUp = 8;

    @Option(
            names = "--jvm-options",
            description =
                    "Options of the JVMs that are measured (default: ${DEFAULT-VALUE}). With another heap than one"
                            + " of a fixed size, touched beforehand, the memory beside it is not right.")
    private String jvmOptions = "-XX:+UseParallelGC -Xms1g -Xmx1g -XX:+AlwaysPreTouch";

    Duration warmUp() {
        return duration(warmUp);
    }

    /** How long is measured. */
    Duration time() {
        return duration(seconds);
    }

    private static Duration duration(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    List<String> jvmOptions() {
        return List.of(jvmOptions.strip().split(" +", -1));
    }

    /** Those of the possible scenarios that are wanted. */
    List<Scenario> scenarios(List<Scenario> possible) {
        List<String> names = possible.stream().map(Scenario::name).toList();
        return possible.stream()
                .filter(scenario -> isWanted(scenario.name(), scenarioNames, names))
                .toList();
    }

    /**
     * Whether an option names this.
     *
     * @param wanted what it names; null for all
     * @throws ParameterException if it names what is not possible
     */
    boolean isWanted(String name, @Nullable List<String> wanted, List<String> possible) {
        if (wanted == null) {
            return true;
        }
        for (String each : wanted) {
            if (!possible.contains(each)) {
                throw new ParameterException(
                        command.commandLine(), "there is no '" + each + "', only " + String.join(", ", possible));
            }
        }
        return wanted.contains(name);
    }

    /** Measures all, in rounds that are interleaved. */
    Results measure(Side side, List<Subject> subjects, List<Scenario> scenarios) throws InterruptedException {
        Results results = new Results(side, subjects.stream().map(Subject::name).toList(), scenarios);
        List<Subject> inTurn = new ArrayList<>(subjects);
        for (int round = 1; round <= rounds; round++) {
            for (Scenario scenario : scenarios) {
                for (Subject subject : inTurn) {
                    if (subject.supports().test(scenario)) {
                        measure(subject, scenario, results, round);
                    }
                }
            }
            // Another one goes first in the next round.
            Collections.rotate(inTurn, -1);
        }
        return results;
    }

    private void measure(Subject subject, Scenario scenario, Results results, int round) throws InterruptedException {
        String what = String.format("round %d of %d, %s, %s: ", round, rounds, scenario.name(), subject.name());
        try {
            Map<Figure, Double> figures = subject.trial().of(scenario);
            results.add(scenario, subject.name(), figures);
            System.err.println(what + inShort(figures, results.side().cost()));
        } catch (IOException | LoadException e) {
            results.addFailure(scenario, subject.name(), String.valueOf(e.getMessage()));
            System.err.println(what + e.getMessage());
        }
    }

    private static String inShort(Map<Figure, Double> figures, Figure cost) {
        return figures.containsKey(cost)
                ? String.format(
                        "%.3f us of CPU a message, %,.0f messages/s",
                        figures.get(cost), figures.get(Figure.MESSAGES_PER_SECOND))
                : String.format(
                        "%,.0f bytes on the heap and %,.0f beside it a connection, %.1f us of CPU a handshake",
                        figures.get(Figure.HEAP_BYTES),
                        figures.get(Figure.BESIDE_BYTES),
                        figures.get(Figure.HANDSHAKE_CPU_MICROS));
    }

    /**
     * How it was measured, for who reads the results.
     *
     * @param split whether server and load generator had a core each
     */
    String conditions(boolean split) {
        return String.format(
                "Medians of %d rounds of %.1f s after %.1f s of the same traffic, on JDK %s, %s, %s; %s. JVM options: `%s`.",
                rounds,
                seconds,
                warmUp,
                Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("os.arch"),
                split ? "server and load generator on a core each" : "server and load generator not kept apart",
                jvmOptions);
    }
}
