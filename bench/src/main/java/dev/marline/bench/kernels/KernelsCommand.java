package dev.marline.bench.kernels;

import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "kernels",
        description =
                "Measures parts of Marline by themselves with JMH: masking, UTF-8, frames, DEFLATE, the opening handshake.")
public final class KernelsCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", description = "Which benchmarks, as a regular expression (default: all).")
    private String pattern = ".*";

    @Option(names = "--forks", description = "In how many JVMs one after the other (default: ${DEFAULT-VALUE}).")
    private int forks = 1;

    @Option(
            names = "--iterations",
            description =
                    "How often each is measured, after half as many times of warm-up (default: ${DEFAULT-VALUE}).")
    private int iterations = 6;

    @Option(names = "--seconds", description = "How long once takes (default: ${DEFAULT-VALUE}).")
    private double seconds = 1;

    @Override
    public Integer call() throws Exception {
        TimeValue time = TimeValue.milliseconds(Math.round(seconds * 1000));
        new Runner(new OptionsBuilder()
                        .include(KernelsCommand.class.getPackageName() + ".*" + pattern)
                        .forks(forks)
                        .warmupIterations((iterations + 1) / 2)
                        .warmupTime(time)
                        .measurementIterations(iterations)
                        .measurementTime(time)
                        .build())
                .run();
        return 0;
    }
}
