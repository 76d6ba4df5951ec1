package dev.marline.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.marline.HandshakeException;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.FreePort;
import dev.marline.testing.RunningProgram;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The classic first example, in a real browser: a page that is served on one port opens a WebSocket on another. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class CrossOriginIT {
    private static final System.Logger LOG = System.getLogger("dev.marline.server.example");

    /** Greets whoever connects, and logs what they say. */
    private static final class Greeter implements WebSocketListener {
        @Override
        public void onOpen(WebSocket socket) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "connected: {0}",
                    socket.handshake().target());
            socket.send("hello from the server");
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            LOG.log(System.Logger.Level.INFO, "client says: {0}", message.text());
        }
    }

    /** What is logged by the server, the example among it, as it would be printed. */
    private static final class Log extends Handler {
        private static final Logger LOGGER = Logger.getLogger("dev.marline.server");

        final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        @Override
        public void publish(LogRecord entry) {
            lines.add(entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}

        /** Waits for a line like this. */
        String await(Predicate<String> wanted) throws InterruptedException {
            for (String line = next(); ; line = next()) {
                if (wanted.test(line)) {
                    return line;
                }
            }
        }

        private String next() throws InterruptedException {
            String line = lines.poll(RunningProgram.PATIENCE_SECONDS, SECONDS);
            if (line == null) {
                throw new AssertionError("nothing more is logged");
            }
            return line;
        }
    }

    private final Log log = new Log();

    @BeforeEach
    void listen() {
        log.setLevel(Level.ALL);
        Log.LOGGER.addHandler(log);
    }

    @AfterEach
    void listenNoMore() {
        Log.LOGGER.removeHandler(log);
    }

    private static WebSocketServer greeter(WebSocketServer.Builder builder) {
        return builder.host("localhost").webSocket("/", new Greeter()).start();
    }

    /** Serves a page that opens a WebSocket on another port. */
    private static WebSocketServer pageFor(WebSocketServer.Builder builder, int port) {
        String page = """
                <!doctype html>
                <title>A first example</title>
                <link rel="icon" href="data:,">
                <p id="state">connecting</p>
                <script>
                    const state = document.getElementById('state');
                    const socket = new WebSocket('ws://localhost:%d/');
                    socket.onopen = () => socket.send('hello from the page');
                    socket.onmessage = ({ data }) => { console.log('server says: ' + data); state.textContent = data; };
                    socket.onerror = () => { state.textContent = 'failed'; };
                </script>
                """.formatted(port);
        return builder.host("localhost")
                .get("/", request -> HttpResponse.html(page))
                .start();
    }

    @Test
    void withoutAPolicyItIsRefusedAndToldTheLineThatWouldAllowIt(@TempDir Path profile) throws Exception {
        try (WebSocketServer server = greeter(WebSocketServer.builder());
                WebSocketServer page = pageFor(WebSocketServer.builder(), server.port());
                Browser browser = new Browser(profile)) {
            String origin = "http://localhost:" + page.port();
            String line = ".allowOrigins(\"" + origin + "\")";
            browser.open(origin + "/");
            browser.await("state", ".='failed'");
            assertThat(browser.log()).anySatisfy(entry -> assertThat(entry).contains("403"));
            assertThat(log.await(entry -> entry.startsWith("WARNING "))).contains(origin, line);

            // The browser keeps the response to itself: the same request again.
            try (WebSocketClient client =
                    WebSocketClient.builder().header("Origin", origin).build()) {
                HandshakeException refused = catchThrowableOfType(
                        HandshakeException.class,
                        () -> client.connectBlocking("ws://localhost:" + server.port() + "/"));
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.body()).contains(origin, line);
            }
        }
    }

    @Test
    void withThatOneLineItWorks(@TempDir Path profile) throws Exception {
        int port = FreePort.find();
        try (WebSocketServer server = greeter(WebSocketServer.builder().allowOrigins("http://localhost:" + port));
                WebSocketServer page = pageFor(WebSocketServer.builder().port(port), server.port());
                Browser browser = new Browser(profile)) {
            browser.open("http://localhost:" + page.port() + "/");
            log.await(entry -> entry.equals("INFO connected: /"));
            log.await(entry -> entry.equals("INFO client says: hello from the page"));
            browser.await("state", ".='hello from the server'");
            assertThat(browser.log())
                    .anySatisfy(entry -> assertThat(entry).contains("server says: hello from the server"));
        }
    }
}
