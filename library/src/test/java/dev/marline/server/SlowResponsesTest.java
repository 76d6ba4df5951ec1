package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Certificates;
import dev.marline.testing.RawPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that a client takes slowly, or not at all. */
class SlowResponsesTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** More than the systems take. */
    private static final int FILE = 12_000_000;

    private static final int STEP = 64 * 1024;
    private static final int STEPS_WITHIN_TIMEOUT = 8;

    @TempDir
    Path folder;

    private static void readSteadily(RawPeer peer, int timeouts) {
        for (int i = 0; i < timeouts * STEPS_WITHIN_TIMEOUT; i++) {
            peer.readBytes(STEP);
            LockSupport.parkNanos(TIMEOUT.toNanos() / STEPS_WITHIN_TIMEOUT);
        }
    }

    @ParameterizedTest(name = "TLS {0}")
    @ValueSource(booleans = {false, true})
    void aSlowDownloadIsKeptAndOneThatTakesNothingIsNot(boolean tls) throws IOException {
        Certificates certificates = new Certificates(folder, "dns:localhost");
        Path files = Files.createDirectory(folder.resolve("files"));
        Files.write(files.resolve("file"), new byte[FILE]);
        WebSocketServer.Builder builder = WebSocketServer.builder()
                .host("127.0.0.1")
                .http(HttpVersion.HTTP_1_1)
                .limits(Limits.DEFAULT
                        .withHandshakeTimeout(Duration.ofSeconds(1))
                        .withStalledOutputTimeout(TIMEOUT))
                .get("/*", StaticFiles.in(files));
        if (tls) {
            builder.tls(certificates.certificate(), certificates.key());
        }
        try (WebSocketServer server = builder.start();
                RawPeer slow = connect(server, tls ? certificates : null);
                RawPeer stalled = connect(server, tls ? certificates : null)) {
            slow.sendHead("GET /file HTTP/1.1", "Host: localhost");
            stalled.sendHead("GET /file HTTP/1.1", "Host: localhost");
            assertThat(slow.readHead().status()).isEqualTo(200);
            readSteadily(slow, 4);

            // The rest comes as fast as it is read.
            slow.readBytes(FILE - 4 * STEPS_WITHIN_TIMEOUT * STEP);
            assertThatThrownBy(() -> stalled.readBytes(FILE)).isInstanceOf(UncheckedIOException.class);
        }
    }

    private static RawPeer connect(WebSocketServer server, Certificates certificates) {
        RawPeer peer = RawPeer.connect(server.port(), 256 * 1024);
        return certificates == null ? peer : peer.startTls(certificates.context());
    }
}
