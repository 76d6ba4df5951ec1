package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * permessage-deflate with a real browser. What Chromium offers is always {@code permessage-deflate; client_max_window_bits}, so that
 * it takes whatever a server asks for.
 */
@Tag("foreign")
class CompressionIT {
    private static final int MAX_BITS = 15;

    /** How many messages the page sends on each WebSocket. */
    private static final int MESSAGES = 10;

    private static final int PART = 32;

    /** What a server asks for; 15 bits are no limit, and are not spoken of. */
    private record Asked(boolean serverAlone, boolean clientAlone, int serverBits, int clientBits) {
        static List<Asked> all() {
            List<Asked> all = new ArrayList<>();
            for (boolean serverAlone : List.of(false, true)) {
                for (boolean clientAlone : List.of(false, true)) {
                    for (int serverBits = 8; serverBits <= MAX_BITS; serverBits++) {
                        for (int clientBits = 8; clientBits <= MAX_BITS; clientBits++) {
                            all.add(new Asked(serverAlone, clientAlone, serverBits, clientBits));
                        }
                    }
                }
            }
            return all;
        }

        PerMessageDeflate extension() {
            return PerMessageDeflate.dedicated()
                    .serverNoContextTakeover(serverAlone)
                    .clientNoContextTakeover(clientAlone)
                    .serverMaxWindowBits(serverBits)
                    .clientMaxWindowBits(clientBits)
                    .build();
        }

        String answer() {
            return "permessage-deflate"
                    + (serverAlone ? "; server_no_context_takeover" : "")
                    + (clientAlone ? "; client_no_context_takeover" : "")
                    + (serverBits < MAX_BITS ? "; server_max_window_bits=" + serverBits : "")
                    + (clientBits < MAX_BITS ? "; client_max_window_bits=" + clientBits : "");
        }
    }

    /** Opens a WebSocket at each of so many addresses in turn, and tells what was agreed on and how much came back equal. */
    private static String page(int addresses) {
        return """
                <!doctype html>
                <title>Compression</title>
                <link rel="icon" href="data:,">
                <p id="done">0</p>
                <pre id="results"></pre>
                <script>
                    const noise = crypto.getRandomValues(new Uint8Array(3000));
                    const words = Array.from({ length: 10000 }, (_, i) => `Möwe → 😀 ${i * i %% 997}`).join(', ');
                    const small = '{"name":"Möwe","says":"→ 😀"}';
                    const messages = ['', small, noise, small, new Uint8Array(0), words, noise, new Uint8Array(100000),
                        words.slice(-5000), small];

                    const equals = (message, data) => typeof message === 'string' ? message === data
                        : data instanceof ArrayBuffer && message.length === data.byteLength
                            && new Uint8Array(data).every((byte, i) => byte === message[i]);

                    const echo = (number) => new Promise((resolve) => {
                        const socket = new WebSocket(`ws://${location.host}/echo/${number}`);
                        socket.binaryType = 'arraybuffer';
                        let equal = 0;
                        socket.onopen = () => messages.forEach((message) => socket.send(message));
                        socket.onmessage = ({ data }) => {
                            if (!equals(messages[equal], data)) socket.close(4000, 'not equal');
                            else if (++equal === messages.length) socket.close();
                        };
                        socket.onclose = ({ code }) => resolve({ extensions: socket.extensions, equal, code });
                    });

                    (async () => {
                        const results = [];
                        for (let number = 0; number < %d; number++) {
                            results.push(await echo(number));
                            document.getElementById('results').textContent = JSON.stringify(results);
                            document.getElementById('done').textContent = results.length;
                        }
                    })();
                </script>
                """.formatted(addresses);
    }

    @Test
    void aBrowserGrantsWhateverAServerAsksFor(@TempDir Path profile) throws Exception {
        List<Asked> all = Asked.all();
        List<PerMessageDeflate> extensions = all.stream().map(Asked::extension).toList();
        WebSocketServer.Builder builder =
                WebSocketServer.builder().host("localhost").get("/", request -> HttpResponse.html(page(all.size())));
        WebSocketRoute echo = WebSocketRoute.listener((socket, message) -> socket.send(message));
        for (int i = 0; i < all.size(); i++) {
            builder.webSocket("/echo/" + i, echo.extensions(extensions.get(i)));
        }
        try (WebSocketServer server = builder.start();
                Browser browser = new Browser(profile)) {
            browser.open("http://localhost:" + server.port() + "/");
            // A part at a time: all would be much to wait for on a busy machine.
            for (int done = PART; done <= all.size(); done += PART) {
                browser.await("done", "number(.) >= " + done);
            }

            List<Map<String, Object>> expected = all.stream()
                    .map(asked -> Map.<String, Object>of("extensions", asked.answer(), "equal", MESSAGES, "code", 1005))
                    .toList();
            List<Object> results = JSON.std.listFrom(browser.find("#results").getText());
            assertThat(results).isEqualTo(expected);
            assertThat(browser.log()).isEmpty();
            assertThat(extensions)
                    .allSatisfy(extension ->
                            assertThat(extension.compressedBytes()).isBetween(1L, extension.messageBytes() / 2));
        }
    }
}
