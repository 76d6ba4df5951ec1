package dev.marline.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The server in {@code bench/node}, whose packages npm installs when they are needed for the first time. */
public final class NodeModules {
    private NodeModules() {}

    /**
     * The server, ready to be started.
     *
     * @param directory {@code bench}
     * @return empty, after a line that says why, if it cannot be had
     */
    public static Optional<Server> ws(Path directory) throws InterruptedException {
        Path node = directory.resolve("node");
        if (!succeeds(new ProcessBuilder("node", "--version"))) {
            System.err.println("ws is left out: there is no node here.");
            return Optional.empty();
        }
        if (!Files.isDirectory(node.resolve("node_modules"))
                && !succeeds(new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
                        .directory(node.toFile()))) {
            System.err.println("ws is left out: 'npm ci' has failed in " + node + ".");
            return Optional.empty();
        }
        return Optional.of(Server.ws(node.resolve("ws.js")));
    }

    private static boolean succeeds(ProcessBuilder command) throws InterruptedException {
        try {
            return command.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notThere) {
            return false;
        }
    }
}
