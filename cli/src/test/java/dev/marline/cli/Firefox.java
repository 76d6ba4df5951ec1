package dev.marline.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.marline.BlockingWebSocket;
import dev.marline.Message;
import dev.marline.client.WebSocketClient;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Firefox without a window, in a new profile, which takes any certificate.
 *
 * <p>Driven without Selenium, as Debian has no geckodriver: Firefox itself speaks WebDriver BiDi, which is JSON over a WebSocket.
 */
final class Firefox implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("WebDriver BiDi listening on (ws://\\S+)");

    /** What it would fetch for itself from elsewhere is not found, as all names are this machine's. */
    private static final String PREFERENCES = "user_pref('network.dns.forceResolve', '127.0.0.1');\n";

    private static final Duration PATIENCE = Duration.ofSeconds(RunningProgram.PATIENCE_SECONDS);

    private final RunningProgram process;
    private final WebSocketClient client;
    private final BlockingWebSocket bidi;

    /** The one tab. */
    private final String tab;

    private int lastId;

    /** @param profile an empty folder */
    Firefox(Path profile) {
        process = start(profile);
        client = WebSocketClient.create();
        bidi = client.connectBlocking(process.awaitError(LISTENING).group(1) + "/session");
        call("session.new", Map.of("capabilities", Map.of("alwaysMatch", Map.of("acceptInsecureCerts", true))));
        List<?> tabs = (List<?>) call("browsingContext.getTree", Map.of()).get("contexts");
        tab = (String) ((Map<?, ?>) tabs.get(0)).get("context");
    }

    private static RunningProgram start(Path profile) {
        try {
            Files.writeString(profile.resolve("user.js"), PREFERENCES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ProcessBuilder builder = new ProcessBuilder(
                Tools.find("firefox-esr"),
                "--headless",
                "--profile",
                profile.toString(),
                "--remote-debugging-port",
                "0",
                "about:blank");
        // It keeps its list of profiles and its caches there, and starts for root only in a home of root's.
        builder.environment().put("HOME", profile.toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("XDG_"));
        return RunningProgram.start(builder);
    }

    /** Calls a method of WebDriver BiDi, and gives its result. */
    private Map<?, ?> call(String method, Map<String, ?> parameters) {
        int id = ++lastId;
        try {
            bidi.send(JSON.std.asString(Map.of("id", id, "method", method, "params", parameters)));
            // Nothing but answers comes, in order: no events are subscribed to.
            String text = bidi.receive(PATIENCE)
                    .map(Message::text)
                    .orElseThrow(() -> new AssertionError("waited in vain for an answer to " + method));
            Map<String, Object> answer = JSON.std.mapFrom(text);
            if (!"success".equals(answer.get("type")) || !Integer.valueOf(id).equals(answer.get("id"))) {
                throw new AssertionError(method + ": " + text);
            }
            return (Map<?, ?>) answer.get("result");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void open(String address) {
        call("browsingContext.navigate", Map.of("context", tab, "url", address, "wait", "complete"));
    }

    /**
     * Evaluates an expression in the page.
     *
     * @param javaScript a string, or a promise of one, which is waited for
     */
    String evaluate(String javaScript) {
        Map<?, ?> evaluated = call(
                "script.evaluate",
                Map.of("expression", javaScript, "target", Map.of("context", tab), "awaitPromise", true));
        if (evaluated.get("result") instanceof Map<?, ?> value && value.get("value") instanceof String text) {
            return text;
        }
        throw new AssertionError("the page gives no text but " + evaluated);
    }

    @Override
    public void close() {
        // In good order, so that nothing is written to the profile any more when it is deleted.
        try (process;
                client) {
            call("browser.close", Map.of());
            process.exitCode();
        }
    }
}
