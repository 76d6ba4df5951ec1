package dev.marline.foreign;

import dev.marline.testing.FreePort;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** openssl at the other end of a client's TLS, one connection after the other. What is said in it, the test says: it answers handshakes. */
final class OpensslServer implements AutoCloseable {
    private final RunningProgram process;
    private final int port;

    private OpensslServer(RunningProgram process, int port) {
        this.process = process;
        this.port = port;
    }

    static OpensslServer start(Certificate certificate, String... options) {
        int port = FreePort.find();
        List<String> command = new ArrayList<>(List.of(
                Tools.find("openssl"),
                "s_server",
                "-accept",
                "localhost:" + port,
                "-cert",
                certificate.certificate().toString(),
                "-cert_chain",
                certificate.certificate().toString(),
                "-key",
                certificate.key().toString()));
        command.addAll(List.of(options));
        RunningProgram process = RunningProgram.start(command.toArray(String[]::new));
        process.awaitLine("ACCEPT");
        return new OpensslServer(process, port);
    }

    String address() {
        return "wss://localhost:" + port + "/";
    }

    /** Answers the next request for a WebSocket. */
    void acceptOpening() {
        String line = process.nextLine();
        while (!line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")) {
            line = process.nextLine();
        }
        String key = line.substring(line.indexOf(':') + 1).strip();
        // All at once: openssl takes a first letter of what it is told for a command.
        process.type("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + RawPeer.accept(key) + "\r\n\r");
    }

    /** Waits until it has said these words about TLS. */
    void awaitLine(String words) {
        process.awaitLine(words);
    }

    @Override
    public void close() {
        process.close();
    }
}
