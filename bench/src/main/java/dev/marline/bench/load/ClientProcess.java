package dev.marline.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Measures a client in a process of its own, lest one runs on what the JIT has made of another. That process starts the server too,
 * Marline's, and so knows what both cost.
 */
public final class ClientProcess {
    /** How it tells what it has measured, among what a JVM may say there as well. */
    private static final Pattern FIGURE = Pattern.compile("(?m)^figure ([A-Z0-9_]+) (\\S+)$");

    private ClientProcess() {}

    /**
     * Measures a client in a new process, on the core that this one is on.
     *
     * @param jvmOptions of both JVMs, the client's and the server's
     * @throws LoadException if that does not do what it should; it has said why to standard error
     */
    public static Map<Figure, Double> measure(
            Client client, Scenario scenario, Duration warmUp, Duration time, List<String> jvmOptions)
            throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of(client.name(), scenario.name(), warmUp.toString(), time.toString()));
        arguments.addAll(jvmOptions);
        Process process = new ProcessBuilder(Jvm.command(ClientProcess.class, jvmOptions, arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new LoadException("the client's process has failed");
        }
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        FIGURE.matcher(output)
                .results()
                .forEach(each -> figures.put(Figure.valueOf(each.group(1)), Double.valueOf(each.group(2))));
        return figures;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> arguments = List.of(args);
        Cores.split();
        Measurement measurement = new Measurement(
                Client.valueOf(arguments.get(0)),
                Duration.parse(arguments.get(2)),
                Duration.parse(arguments.get(3)),
                arguments.subList(4, arguments.size()),
                null);
        measurement
                .of(Server.marline(), Scenario.named(arguments.get(1)))
                .forEach((figure, value) -> System.out.println("figure " + figure + " " + value));
    }
}
