package dev.marline.foreign;

import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The end of a WebSocket that was not written here: a script in {@code src/test/foreign}. */
final class ForeignEnd implements End, AutoCloseable {
    private final RunningProgram process;

    private ForeignEnd(RunningProgram process) {
        this.process = process;
    }

    /**
     * Starts a script.
     *
     * @param command how: {@code node}, its options, the script
     */
    static ForeignEnd start(String command, Setup setup, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(command.split(" ")));
        all.set(0, Tools.find(all.get(0)));
        all.set(all.size() - 1, Tools.script(all.get(all.size() - 1)));
        all.addAll(arguments);
        Map<String, String> environment = new HashMap<>();
        if (setup.tls() != null) {
            String certificate = setup.tls().certificate().toString();
            environment.put("NODE_EXTRA_CA_CERTS", certificate);
            environment.put("SSL_CERT_FILE", certificate); // python's
        }
        return new ForeignEnd(RunningProgram.start(environment, all));
    }

    /** The port of a server, once it listens. */
    int port() {
        return Integer.parseInt(awaitListening());
    }

    /** Waits until a server listens, and gives its port, or the path of its Unix domain socket. */
    String awaitListening() {
        Said listening = hears();
        if (!listening.word(0).equals("listening")) {
            throw new AssertionError("expected a port or a path, not " + listening);
        }
        return listening.word(1);
    }

    /** Waits until it is open, and gives the subprotocol, "" for none. */
    String awaitOpen() {
        return awaitOpen(new HashMap<>());
    }

    /** The same for a server, which tells the headers that it has been sent. */
    String awaitOpen(Map<String, String> headers) {
        Said line = hears();
        for (; line.word(0).equals("header"); line = hears()) {
            headers.put(line.word(1), line.utf8(2));
        }
        if (!line.word(0).equals("open")) {
            throw new AssertionError("expected that it opens, not " + line);
        }
        return line.word(1);
    }

    @Override
    public void says(Said something) {
        process.type(something.line());
    }

    @Override
    public Said hears() {
        return new Said(process.nextLine());
    }

    @Override
    public void close() {
        process.close();
    }
}
