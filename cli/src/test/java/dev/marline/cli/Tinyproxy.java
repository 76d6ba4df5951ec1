package dev.marline.cli;

import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A proxy for CONNECT, which takes the user sailor with the password rope. */
final class Tinyproxy extends RunningProgram {
    private final int port;

    private Tinyproxy(Path configuration, int port) {
        super("tinyproxy", new ProcessBuilder(Tools.find("tinyproxy"), "-d", "-c", configuration.toString()));
        this.port = port;
        awaitLine("Accepting connections");
    }

    static Tinyproxy start(Path folder) throws IOException {
        int port = FreePort.find();
        Path configuration = Files.writeString(
                folder.resolve("tinyproxy.conf"),
                "Port " + port + "\nListen 127.0.0.1\nTimeout 60\nLogLevel Info\nBasicAuth sailor rope\n");
        return new Tinyproxy(configuration, port);
    }

    int port() {
        return port;
    }
}
