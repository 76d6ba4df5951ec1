package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.Frame;
import dev.marline.server.HttpResponse;
import dev.marline.server.StaticFiles;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.FreePort;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages, files and WebSockets at one location of nginx, with the lines that are widely used to let WebSockets through. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class NginxPagesTest {
    @TempDir
    Path folder;

    private final int port = FreePort.find();
    private WebSocketServer server;
    private RunningProgram nginx;

    /** How nginx is told which requests are upgrades. */
    enum Lines {
        /** Sends Connection: upgrade with each request, and Upgrade where the client has sent one. */
        FIXED("", "proxy_http_version 1.1; proxy_set_header Connection \"upgrade\";"),
        MAPPED(
                "map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
                "proxy_http_version 1.1; proxy_set_header Connection $connection_upgrade;"),
        /** Keeps connections to the server open between requests. */
        MAPPED_WITH_KEEP_ALIVE(
                "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }",
                "proxy_http_version 1.1; proxy_set_header Connection $connection_upgrade;"),
        HTTP_1_0("", "proxy_http_version 1.0; proxy_set_header Connection \"upgrade\";");

        private final String atTop;
        private final String inLocation;

        Lines(String atTop, String inLocation) {
            this.atTop = atTop;
            this.inLocation = inLocation;
        }
    }

    private void start(Lines lines) throws IOException {
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.writeString(site.resolve("file.txt"), "a file");
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .get("/files/*", StaticFiles.in(site))
                .get("/both", request -> HttpResponse.text("a page"))
                .webSocket("/both", (socket, message) -> socket.send(message))
                .webSocket("/socket", (socket, message) -> socket.send(message))
                .start();
        nginx = ProxyPrograms.nginxHttp(folder, """
                %s
                upstream marline { server 127.0.0.1:%d; keepalive 4; }
                server {
                    listen 127.0.0.1:%d;
                    location / {
                        proxy_pass http://marline;
                        proxy_set_header Upgrade $http_upgrade;
                        %s
                    }
                }
                """.formatted(lines.atTop, server.port(), port, lines.inLocation));
    }

    @AfterEach
    void end() {
        nginx.close();
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void pagesFilesAndWebSocketsAreServedAtOneLocation(Lines lines) throws IOException {
        start(lines);
        try (RawPeer peer = RawPeer.connect(port)) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(peer, "/both")).isEqualTo("200 a page");
                assertThat(get(peer, "/files/file.txt")).isEqualTo("200 a file");
                assertThat(get(peer, "/missing")).startsWith("404 ");
                assertThat(get(peer, "/socket", "Upgrade: h2c", "Connection: Upgrade"))
                        .startsWith("426 ");
            }
            if (lines != Lines.HTTP_1_0) {
                peer.open("/both").send(Frame.text("a WebSocket"));
                assertThat(peer.readFrame()).isEqualTo(Frame.text("a WebSocket"));
            }
        }
    }

    private static String get(RawPeer peer, String path, String... more) {
        String[] lines = new String[2 + more.length];
        lines[0] = "GET " + path + " HTTP/1.1";
        lines[1] = "Host: a";
        System.arraycopy(more, 0, lines, 2, more.length);
        HttpHead head = peer.sendHead(lines).readHead();
        return head.status() + " " + peer.readBody(head);
    }
}
