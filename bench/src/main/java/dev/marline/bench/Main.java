package dev.marline.bench;

import dev.marline.bench.kernels.DeflateCommand;
import dev.marline.bench.load.MemoryCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code bench/run}. */
@Command(
        name = "bench/run",
        description = "Measures Marline.",
        mixinStandardHelpOptions = true,
        subcommands = {DeflateCommand.class, MemoryCommand.class})
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
