package dev.marline.cli;

import dev.marline.WebSocketException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The command {@code marline}. Exit codes: 0 for a good end, 1 for a bad one, 2 for wrong arguments. */
@Command(
        name = "marline",
        description = "WebSocket from the command line.",
        subcommands = {DemoCommand.class, EchoCommand.class, ConnectCommand.class},
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "marline 0.1.0-SNAPSHOT",
        usageHelpAutoWidth = true)
public final class Marline {
    private Marline() {}

    public static void main(String[] args) {
        int code = commandLine().execute(args);
        // A PrintStream keeps it to itself when help or the version could not be written.
        if (code == CommandLine.ExitCode.OK && System.out.checkError()) {
            note("marline: cannot write to standard output");
            code = CommandLine.ExitCode.SOFTWARE;
        }
        if (code != Listening.RUNNING) {
            System.exit(code);
        }
    }

    static CommandLine commandLine() {
        return HelpWrap.applyTo(new CommandLine(new Marline()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((wrong, args) -> {
                    CommandLine command = wrong.getCommandLine();
                    String help = command.getCommandSpec().qualifiedName() + " --help";
                    return say(command, wrong.getMessage() + " (see " + help + ")", CommandLine.ExitCode.USAGE);
                })
                .setExecutionExceptionHandler((thrown, command, parsed) -> {
                    if (thrown instanceof IllegalArgumentException) {
                        return say(command, String.valueOf(thrown.getMessage()), CommandLine.ExitCode.USAGE);
                    }
                    if (thrown instanceof WebSocketException || thrown instanceof IOException) {
                        return say(command, String.valueOf(thrown.getMessage()), CommandLine.ExitCode.SOFTWARE);
                    }
                    throw thrown;
                });
    }

    private static int say(CommandLine command, String message, int code) {
        command.getErr().println("marline: " + ControlCharacters.escapeLine(message));
        return code;
    }

    /** Writes a line to standard error, with control characters escaped because the line may quote a peer. */
    static void note(String line) {
        System.err.println(ControlCharacters.escapeLine(line));
    }
}
