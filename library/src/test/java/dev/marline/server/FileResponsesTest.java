package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.testing.Http2Peer;
import dev.marline.testing.HttpHead;
import dev.marline.testing.Logs;
import dev.marline.testing.PeerStream;
import dev.marline.testing.RawPeer;
import dev.marline.testing.StreamPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files in responses that are read slowly: what they hold meanwhile, and what becomes of a file that changes. */
class FileResponsesTest {
    /** More than the buffers of both ends and of the system between them. */
    private static final int LARGE = 32 << 20;

    private static final int MEDIUM = 300_000;

    @TempDir
    Path folder;

    private WebSocketServer server;

    @BeforeEach
    void start() throws IOException {
        write("medium", MEDIUM, 1);
        write("small", 1000, 1);
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                .get("/*", StaticFiles.in(folder))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path write(String name, int size, int value) throws IOException {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) value);
        return Files.write(folder.resolve(name), content);
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void streamsThatTakeNothingHoldNoDescriptors() throws IOException {
        List<Http2Peer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                Http2Peer peer = Http2Peer.connect(server.port());
                peers.add(peer);
                peer.sendSettings(4, 0); // no stream has a window
            }
            long before = openDescriptors();
            for (Http2Peer peer : peers) {
                List<PeerStream> streams = new ArrayList<>();
                peer.atOnce(() -> {
                    for (int i = 0; i < 300; i++) {
                        streams.add(peer.request(StreamPeer.get(i % 2 == 0 ? "/medium" : "/small")));
                    }
                });
                streams.forEach(each -> assertThat(each.readHead().status()).isEqualTo(200));
            }

            assertThat(openDescriptors()).isLessThan(before + 50);
        } finally {
            peers.forEach(Http2Peer::close);
        }
    }

    /** A response of which a part has come, and whose rest waits for the window to open. */
    private static Http2Peer.Stream begin(Http2Peer peer) {
        Http2Peer.Stream stream = (Http2Peer.Stream) peer.open(true, StreamPeer.get("/medium"));
        stream.readNoMore();
        stream.await("all that the window allows", () -> stream.unread() == Http2Peer.WINDOW);
        return stream;
    }

    private static String finish(Http2Peer peer, Http2Peer.Stream stream) {
        peer.sendWindowUpdate(stream.id(), MEDIUM);
        return stream.readEnd();
    }

    @Test
    void aFileThatBecomesShorterEndsInAReset() throws IOException {
        try (Logs logged = Logs.capture();
                Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = begin(peer);
            write("medium", MEDIUM - 1, 1);

            assertThat(finish(peer, stream)).startsWith("RESET");
            assertThat(logged.lines()).anyMatch(line -> line.contains("a response ends before its file does"));
        }
    }

    @Test
    void aFileThatIsReplacedEndsInAResetAndIsNotMixedWithTheOther() throws IOException {
        try (Logs logged = Logs.capture();
                Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = begin(peer);
            Path other = write("other", MEDIUM, 2);
            Files.move(other, folder.resolve("medium"), StandardCopyOption.REPLACE_EXISTING);

            assertThat(finish(peer, stream)).startsWith("RESET");
            assertThat(stream.readBytes(stream.unread())).containsOnly(1);
            assertThat(logged.lines()).anyMatch(line -> line.contains("has been replaced while it was sent"));
        }
    }

    @Test
    void aFileThatGrowsIsSentAsFarAsItWentAtFirst() throws IOException {
        try (Http2Peer peer = Http2Peer.connect(server.port())) {
            Http2Peer.Stream stream = begin(peer);
            Files.write(folder.resolve("medium"), new byte[10_000], StandardOpenOption.APPEND);

            assertThat(finish(peer, stream)).isEqualTo(PeerStream.END);
            assertThat(stream.readBytes(stream.unread())).hasSize(MEDIUM).containsOnly(1);
        }
    }

    @Test
    void overHttp1AFileThatBecomesShorterEndsTheConnection() throws IOException {
        write("large", LARGE, 1);
        try (Logs logged = Logs.capture();
                RawPeer peer = RawPeer.connect(server.port(), 4096)) {
            HttpHead head =
                    peer.sendHead("GET /large HTTP/1.1", "Host: localhost").readHead();
            assertThat(head.header("content-length")).isEqualTo(String.valueOf(LARGE));
            write("large", 10, 1);

            assertThatThrownBy(() -> peer.readBytes(LARGE)).isNotNull();
            assertThat(logged.lines()).anyMatch(line -> line.contains("a response ends before its file does"));
        }
    }

    @Test
    void aFileThatIsGoneBeforeItsResponseBeginsIs500() throws IOException {
        Path file = folder.resolve("gone");
        try (Logs logged = Logs.capture();
                WebSocketServer late = WebSocketServer.builder()
                        .host("127.0.0.1")
                        .get("/", request -> HttpResponse.file("text/plain", file, 10))
                        .start();
                RawPeer peer = RawPeer.connect(late.port())) {
            HttpHead head = peer.sendHead("GET / HTTP/1.1", "Host: localhost").readHead();

            assertThat(head.status()).isEqualTo(500);
            Files.write(file, "short".getBytes(StandardCharsets.US_ASCII));
            try (RawPeer second = RawPeer.connect(late.port())) {
                assertThat(second.sendHead("GET / HTTP/1.1", "Host: localhost")
                                .readHead()
                                .status())
                        .isEqualTo(500);
            }
            assertThat(logged.lines()).hasSize(2);
        }
    }
}
