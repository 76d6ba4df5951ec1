package dev.marline.bench.report;

import dev.marline.bench.load.Client;
import dev.marline.bench.load.Cores;
import dev.marline.bench.load.Measurement;
import dev.marline.bench.load.NodeModules;
import dev.marline.bench.load.Scenario;
import dev.marline.bench.load.SelfSignedCertificate;
import dev.marline.bench.load.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    @Mixin
    private Comparison comparison = new Comparison();

    @Option(
            names = "--servers",
            split = ",",
            paramLabel = "NAME",
            description = "Which servers, \"none\" for only the extra ones (default: all).")
    private @Nullable List<String> serverNames;

    @Option(
            names = "--extra",
            paramLabel = "NAME=COMMAND",
            description = {
                "Another server; may be repeated. In the command {port} becomes the port, and {deflate}, without which it",
                "has no part in that scenario, becomes \"deflate\" where permessage-deflate is wanted and nothing elsewhere."
            })
    private Map<String, String> extra = new LinkedHashMap<>();

    @Option(names = "--tls", description = "The echo scenarios over TLS, with the servers that are set up for it.")
    private boolean tls;

    @Option(
            names = "--output",
            description = "The file to write to; a plot goes beside it (default: ${DEFAULT-VALUE}).")
    private Path output = DIRECTORY.resolve("results").resolve("latest.md");

    @Override
    public Integer call() throws Exception {
        List<Scenario> scenarios = comparison.scenarios(Scenario.ALL.stream()
                .filter(scenario -> !tls || scenario.overTls())
                .toList());
        List<Server> servers = servers();
        boolean split = Cores.split();
        Measurement measurement = new Measurement(
                Client.MARLINE,
                comparison.warmUp(),
                comparison.time(),
                comparison.jvmOptions(),
                tls ? SelfSignedCertificate.create() : null);
        warmUpLoad(measurement, scenarios);
        List<Subject> subjects = servers.stream()
                .map(server -> new Subject(
                        server.name(),
                        scenario -> server.supports(scenario, tls),
                        scenario -> measurement.of(server, scenario)))
                .toList();
        write(comparison.measure(Side.SERVER, subjects, scenarios), split);
        return 0;
    }

    /** Runs a scenario once for nothing, lest the first server meets load that the JIT has not compiled yet. */
    private static void warmUpLoad(Measurement measurement, List<Scenario> scenarios)
            throws IOException, InterruptedException {
        if (!scenarios.isEmpty()) {
            measurement.of(Server.marline(), scenarios.get(0));
        }
    }

    private List<Server> servers() throws InterruptedException {
        List<Server> possible = new ArrayList<>(Server.onJvm());
        if (serverNames == null || serverNames.contains("ws")) {
            NodeModules.ws(DIRECTORY).ifPresent(possible::add);
        }
        List<String> names = new ArrayList<>(possible.stream().map(Server::name).toList());
        names.add("none");
        List<Server> servers = new ArrayList<>(possible.stream()
                .filter(server -> comparison.isWanted(server.name(), serverNames, names))
                .toList());
        extra.forEach((name, line) -> servers.add(Server.extra(name, line)));
        return servers;
    }

    private void write(Results results, boolean split) throws IOException {
        String tables = new MarkdownTables(results, BASE).toString();
        String name = output.getFileName().toString().replaceFirst("\\.md$", "") + ".svg";
        String head = String.format("""
                # Servers compared%s

                %s

                ![CPU time for each message, by scenario](%s)
                """, tls ? ", over TLS" : "", comparison.conditions(split), name);
        Path file = output.toAbsolutePath();
        Files.createDirectories(file.getParent());
        Files.writeString(file, head + tables);
        Files.writeString(file.resolveSibling(name), new RatioPlot(results, BASE).toString());
        System.out.print(tables);
        System.err.println("written to " + file);
    }
}
