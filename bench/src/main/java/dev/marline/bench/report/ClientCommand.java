package dev.marline.bench.report;

import dev.marline.bench.load.Client;
import dev.marline.bench.load.ClientProcess;
import dev.marline.bench.load.Cores;
import dev.marline.bench.load.Scenario;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "client",
        description = {
            "Exchanges the same messages with a Marline server through Marline's client and through one made of Netty's own",
            "codec, one after the other, and compares what it costs them."
        })
public final class ClientCommand implements Callable<Integer> {
    private static final List<String> SCENARIOS = List.of("echo-32-p64", "echo-1k-p16", "echo-64k-p2", "echo-1m-p1");

    @Mixin
    private Comparison comparison = new Comparison();

    @Override
    public Integer call() throws Exception {
        List<Scenario> scenarios = comparison.scenarios(Scenario.ALL.stream()
                .filter(scenario -> SCENARIOS.contains(scenario.name()))
                .toList());
        boolean split = Cores.split();
        List<Subject> clients =
                Arrays.stream(Client.values()).map(this::subject).toList();
        Results results = comparison.measure(Side.CLIENT, clients, scenarios);
        System.out.println(comparison.conditions(split));
        System.out.print(new MarkdownTables(results, name(Client.NETTY)));
        return 0;
    }

    private Subject subject(Client client) {
        return new Subject(
                name(client),
                scenario -> true,
                scenario -> ClientProcess.measure(
                        client, scenario, comparison.warmUp(), comparison.time(), comparison.jvmOptions()));
    }

    private static String name(Client client) {
        return client.name().toLowerCase(Locale.ROOT);
    }
}
