package dev.marline.bench.report;

import dev.marline.bench.load.Cores;
import dev.marline.bench.load.Figure;
import dev.marline.bench.load.LoadException;
import dev.marline.bench.load.Measurement;
import dev.marline.bench.load.NodeModules;
import dev.marline.bench.load.Scenario;
import dev.marline.bench.load.SelfSignedCertificate;
import dev.marline.bench.load.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "compare",
        description = {
            "Puts the same traffic on Marline and on other servers, one after the other, and compares what it costs them.",
            "The figure that says most is the server's CPU time for each message: it holds still where messages a second",
            "depend on the load generator."
        })
public final class CompareCommand implements Callable<Integer> {
    private static final String BASE = "netty";
    private static final Path DIRECTORY = Path.of(System.getProperty("bench.directory", "bench"));

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--servers",
            split = ",",
            paramLabel = "NAME",
            description = "Which servers, \"none\" for only the extra ones (default: all).")
    private @Nullable List<String> serverNames;

    @Option(names = "--scenarios", split = ",", paramLabel = "NAME", description = "Which scenarios (default: all).")
    private @Nullable List<String> scenarioNames;

    @Option(
            names = "--extra",
            paramLabel = "NAME=COMMAND",
            description = {
                "Another server; may be repeated. In the command {port} becomes the port, and {deflate}, without which it",
                "has no part in that scenario, becomes \"deflate\" where permessage-deflate is wanted and nothing elsewhere."
            })
    private Map<String, String> extra = new LinkedHashMap<>();

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
                    "Options of the JVMs that servers run in (default: ${DEFAULT-VALUE}). With another heap than one"
                            + " of a fixed size, touched beforehand, the memory beside it is not right.")
    private String jvmOptions = "-XX:+UseParallelGC -Xms1g -Xmx1g -XX:+AlwaysPreTouch";

    @Option(names = "--tls", description = "The echo scenarios over TLS, with the servers that are set up for it.")
    private boolean tls;

    @Option(
            names = "--output",
            description = "The file to write to; a plot goes beside it (default: ${DEFAULT-VALUE}).")
    private Path output = DIRECTORY.resolve("results").resolve("latest.md");

    @Override
    public Integer call() throws Exception {
        List<Scenario> scenarios = scenarios();
        List<Server> servers = servers();
        boolean split = Cores.split();
        Measurement measurement = new Measurement(
                duration(warmUp),
                duration(seconds),
                List.of(jvmOptions.strip().split(" +", -1)),
                tls ? SelfSignedCertificate.create() : null);
        Results results = new Results(servers.stream().map(Server::name).toList(), scenarios);
        warmUpLoad(measurement, scenarios);
        for (int round = 1; round <= rounds; round++) {
            for (Scenario scenario : scenarios) {
                for (Server server : servers) {
                    if (server.supports(scenario, tls)) {
                        measure(measurement, server, scenario, results, round);
                    }
                }
            }
            // Another one goes first in the next round.
            Collections.rotate(servers, -1);
        }
        write(results, split);
        return 0;
    }

    /** Runs a scenario once for nothing, lest the first server meets load that the JIT has not compiled yet. */
    private static void warmUpLoad(Measurement measurement, List<Scenario> scenarios)
            throws IOException, InterruptedException {
        if (!scenarios.isEmpty()) {
            measurement.of(Server.marline(), scenarios.get(0));
        }
    }

    private static Duration duration(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private List<Scenario> scenarios() {
        List<Scenario> possible = Scenario.ALL.stream()
                .filter(scenario -> !tls || scenario.overTls())
                .toList();
        List<String> names = possible.stream().map(Scenario::name).toList();
        return possible.stream()
                .filter(scenario -> isWanted(scenario.name(), scenarioNames, names))
                .toList();
    }

    private List<Server> servers() throws InterruptedException {
        List<Server> possible = new ArrayList<>(Server.onJvm());
        if (serverNames == null || serverNames.contains("ws")) {
            NodeModules.ws(DIRECTORY).ifPresent(possible::add);
        }
        List<String> names = new ArrayList<>(possible.stream().map(Server::name).toList());
        names.add("none");
        List<Server> servers = new ArrayList<>(possible.stream()
                .filter(server -> isWanted(server.name(), serverNames, names))
                .toList());
        extra.forEach((name, line) -> servers.add(Server.extra(name, line)));
        return servers;
    }

    private boolean isWanted(String name, @Nullable List<String> wanted, List<String> possible) {
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

    private void measure(Measurement measurement, Server server, Scenario scenario, Results results, int round)
            throws InterruptedException {
        String what = String.format("round %d of %d, %s, %s: ", round, rounds, scenario.name(), server.name());
        try {
            Map<Figure, Double> figures = measurement.of(server, scenario);
            results.add(scenario, server.name(), figures);
            System.err.println(what + inShort(figures));
        } catch (IOException | LoadException e) {
            results.addFailure(scenario, server.name(), String.valueOf(e.getMessage()));
            System.err.println(what + e.getMessage());
        }
    }

    private static String inShort(Map<Figure, Double> figures) {
        return figures.containsKey(Figure.CPU_MICROS)
                ? String.format(
                        "%.3f us of CPU a message, %,.0f messages/s",
                        figures.get(Figure.CPU_MICROS), figures.get(Figure.MESSAGES_PER_SECOND))
                : String.format(
                        "%,.0f bytes on the heap and %,.0f beside it a connection, %.1f us of CPU a handshake",
                        figures.get(Figure.HEAP_BYTES),
                        figures.get(Figure.BESIDE_BYTES),
                        figures.get(Figure.HANDSHAKE_CPU_MICROS));
    }

    private void write(Results results, boolean split) throws IOException {
        String tables = new MarkdownTables(results, BASE).toString();
        String name = output.getFileName().toString().replaceFirst("\\.md$", "") + ".svg";
        String head = String.format(
                """
                # Servers compared%s

                Medians of %d rounds of %.1f s after %.1f s of the same traffic, on JDK %s, %s, %s; %s. JVM options: `%s`.

                ![CPU time for each message, by scenario](%s)
                """,
                tls ? ", over TLS" : "",
                rounds,
                seconds,
                warmUp,
                Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("os.arch"),
                split ? "server and load generator on a core each" : "server and load generator not kept apart",
                jvmOptions,
                name);
        Path file = output.toAbsolutePath();
        Files.createDirectories(file.getParent());
        Files.writeString(file, head + tables);
        Files.writeString(file.resolveSibling(name), new RatioPlot(results, BASE).toString());
        System.out.print(tables);
        System.err.println("written to " + file);
    }
}
