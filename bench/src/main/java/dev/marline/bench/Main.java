package dev.marline.bench;

import dev.marline.bench.kernels.DeflateCommand;
import dev.marline.bench.kernels.KernelsCommand;
import dev.marline.bench.load.ManyCommand;
import dev.marline.bench.load.MemoryCommand;
import dev.marline.bench.load.SlowHeadersCommand;
import dev.marline.bench.load.StalledCommand;
import dev.marline.bench.load.TlsCommand;
import dev.marline.bench.report.ClientCommand;
import dev.marline.bench.report.CompareCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The command {@code bench/run}. */
@Command(
        name = "bench/run",
        description = "Measures Marline.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        subcommands = {
            CompareCommand.class,
            ClientCommand.class,
            ManyCommand.class,
            MemoryCommand.class,
            StalledCommand.class,
            TlsCommand.class,
            SlowHeadersCommand.class,
            KernelsCommand.class,
            DeflateCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
