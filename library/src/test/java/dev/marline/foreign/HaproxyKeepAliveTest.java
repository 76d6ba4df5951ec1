package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.FreePort;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A load balancer that keeps its connections to the server open between requests. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class HaproxyKeepAliveTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();
    private WebSocketServer server;
    private RunningProgram haproxy;

    @BeforeEach
    void start() {
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .threads(1)
                .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofSeconds(1)))
                .get("/client", request -> HttpResponse.text(request.client().toString()))
                .start();
        haproxy = ProxyPrograms.haproxy(folder, """
                defaults
                    mode http
                    timeout connect 30s
                    timeout client 60s
                    timeout server 60s
                frontend front
                    bind 127.0.0.1:%d
                    default_backend marline
                backend marline
                    http-reuse always
                    server marline 127.0.0.1:%d
                """.formatted(port, server.port()));
    }

    @AfterEach
    void end() {
        haproxy.close();
        server.close();
    }

    @Test
    void aConnectionIsUsedAgainAfterMoreThanTheTimeOfAHandshake() {
        try (RawPeer client = RawPeer.connect(port)) {
            String before = get(client);
            // One that sends nothing is the clock.
            try (RawPeer silent = RawPeer.connect(server.port())) {
                assertThat(silent.readToEnd()).isEmpty();
            }
            assertThat(get(client)).isEqualTo(before);
        }
    }

    private static String get(RawPeer client) {
        return client.readBody(
                client.sendHead("GET /client HTTP/1.1", "Host: a").readHead());
    }
}
