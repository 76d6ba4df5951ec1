package dev.marline.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Gives the server a core of its own and this process, which puts the load on it, another, so that neither disturbs the other. */
public final class Cores {
    private static final List<String> SERVER = List.of("taskset", "-c", "0");

    /** Whether it has been done. */
    private static volatile boolean split;

    private Cores() {}

    /**
     * Moves this process to its core, and the servers that it will start to theirs.
     *
     * @return false if that cannot be done here
     */
    public static boolean split() throws InterruptedException {
        String pid = Long.toString(ProcessHandle.current().pid());
        split = succeeds("taskset", "-c", "0", "true") && succeeds("taskset", "-a", "-c", "-p", "1", pid);
        return split;
    }

    /** The command, so that it runs on the server's core. */
    static List<String> forServer(List<String> command) {
        if (!split) {
            return command;
        }
        List<String> there = new ArrayList<>(SERVER);
        there.addAll(command);
        return there;
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notThere) {
            return false;
        }
    }
}
