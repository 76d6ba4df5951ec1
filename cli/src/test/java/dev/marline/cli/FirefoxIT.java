package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo behind TLS, in the other browser: Firefox has its own WebSocket, permessage-deflate and HTTP/2. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class FirefoxIT {
    /** How many messages the page sends. */
    private static final int MESSAGES = 7;

    /** Sends messages to the echo beside the page, and tells what was agreed on, what came back equal and how it closed. */
    private static final String ECHO = """
            new Promise((resolve) => {
                const words = Array.from({ length: 10000 }, (_, i) => `Möwe → 😀 ${i * i % 997}`).join(', ');
                const noise = crypto.getRandomValues(new Uint8Array(65536));
                const messages = ['', 'There and back: é → 😀', words, new Uint8Array(0), new Uint8Array(100000), noise, words];
                const equals = (message, data) => typeof message === 'string' ? message === data
                    : data instanceof ArrayBuffer && message.length === data.byteLength
                        && new Uint8Array(data).every((byte, i) => byte === message[i]);

                const socket = new WebSocket(`wss://${location.host}/echo`);
                socket.binaryType = 'arraybuffer';
                const equal = [];
                socket.onopen = () => messages.forEach((message) => socket.send(message));
                socket.onmessage = ({ data }) => {
                    equal.push(equals(messages[equal.length], data));
                    if (equal.length === messages.length) socket.close(4000);
                };
                socket.onclose = ({ code, wasClean }) =>
                    resolve(JSON.stringify({ extensions: socket.extensions, equal, code, wasClean }));
            })
            """;

    /** What the page shows of its connection, as soon as the server has told it. */
    private static final String CONNECTED = """
            new Promise((resolve) => {
                const state = document.getElementById('figures-state');
                const look = () => state.textContent.includes('HTTP') ? resolve(state.textContent) : setTimeout(look, 20);
                look();
            })
            """;

    @ParameterizedTest
    @CsvSource({"1, HTTP/1.1", "'1,2', HTTP/2"})
    void aPageBehindTlsEchoesTextAndBinary(String http, String version, @TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        try (Command demo = Command.start(
                        "demo",
                        "--port",
                        "0",
                        "--http",
                        http,
                        "--tls-cert",
                        certificate.toString(),
                        "--tls-key",
                        key.toString());
                Firefox firefox = new Firefox(Files.createDirectory(folder.resolve("profile")))) {
            firefox.open("https://localhost:" + demo.port() + "/");
            List<Boolean> equal = Collections.nCopies(MESSAGES, true);
            Map<String, Object> expected =
                    Map.of("extensions", "permessage-deflate", "equal", equal, "code", 4000, "wasClean", true);
            assertThat(JSON.std.mapFrom(firefox.evaluate(ECHO))).isEqualTo(expected);
            assertThat(firefox.evaluate(CONNECTED)).isEqualTo("Connected over " + version);
        }
    }
}
