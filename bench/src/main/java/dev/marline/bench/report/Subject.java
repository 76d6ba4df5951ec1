package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A server or a client that is compared with others.
 *
 * @param supports whether it has what a scenario needs
 */
record Subject(String name, Predicate<Scenario> supports, Trial trial) {
    /** Measures it once. */
    @FunctionalInterface
    interface Trial {
        Map<Figure, Double> of(Scenario scenario) throws IOException, InterruptedException;
    }
}
