package dev.marline.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A proxy for CONNECT, which takes the user sailor with the password rope. */
final class Tinyproxy implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final int port;

    private Tinyproxy(Process process, int port) {
        this.process = process;
        this.port = port;
        output = process.inputReader(UTF_8);
    }

    static Tinyproxy start(Path folder) throws IOException {
        int port = FreePort.find();
        Path file = Files.writeString(
                folder.resolve("tinyproxy.conf"),
                "Port " + port + "\nListen 127.0.0.1\nTimeout 60\nLogLevel Info\nBasicAuth sailor rope\n");
        Tinyproxy proxy = new Tinyproxy(
                new ProcessBuilder(Programs.find("tinyproxy", "tinyproxy").toString(), "-d", "-c", file.toString())
                        .redirectErrorStream(true)
                        .start(),
                port);
        proxy.awaitLine("Accepting connections");
        return proxy;
    }

    int port() {
        return port;
    }

    /** Reads what it says, until a line has these words in it. */
    void awaitLine(String words) throws IOException {
        List<String> said = new ArrayList<>();
        do {
            String line = output.readLine();
            if (line == null) {
                throw new AssertionError("tinyproxy has ended before '" + words + "': " + said);
            }
            said.add(line);
        } while (!said.get(said.size() - 1).contains(words));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(Command.PATIENCE_SECONDS, SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
