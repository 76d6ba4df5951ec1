package dev.marline.server;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.testing.Ends;
import dev.marline.testing.HttpHead;
import dev.marline.testing.RawPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StaticFilesTest {
    private static final String SECRET = "secret, not to be served";

    @TempDir
    static Path folder;

    private static WebSocketServer server;

    @BeforeAll
    static void start() throws IOException {
        Path site = Files.createDirectories(folder.resolve("site"));
        Path below = Files.createDirectories(site.resolve("below"));
        Files.createDirectories(site.resolve(".hidden"));
        Files.writeString(site.resolve("index.html"), "<h1>home</h1>");
        Files.writeString(below.resolve("index.html"), "<h1>below</h1>");
        Files.writeString(site.resolve("a b.txt"), "with a space");
        for (String type : new String[] {"css", "js", "mjs", "json", "svg", "png", "wasm", "xyz", "HTML"}) {
            Files.writeString(site.resolve("file." + type), "content");
        }
        Files.write(site.resolve("large.bin"), new byte[3_000_000]);
        Files.writeString(folder.resolve("secret.txt"), SECRET);
        Files.writeString(site.resolve(".secret"), SECRET);
        Files.writeString(site.resolve(".hidden/secret.txt"), SECRET);
        Files.createSymbolicLink(site.resolve("link.txt"), folder.resolve("secret.txt"));
        Files.createSymbolicLink(site.resolve("linked"), folder);
        Files.createSymbolicLink(site.resolve("inside.txt"), site.resolve("a b.txt"));
        server = WebSocketServer.builder()
                .host("127.0.0.1")
                .get("/*", StaticFiles.in(site).header("X-Frame-Options", "DENY"))
                .get("/resources/*", StaticFiles.resources(StaticFilesTest.class, "site"))
                .get(
                        "/loaded/*",
                        StaticFiles.loadedResources(StaticFilesTest.class, "site", "index.html", "below/style.css"))
                .get("/beside/*", StaticFiles.resources(StaticFilesTest.class, ""))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Answer(HttpHead head, String body) {}

    private static Answer get(String path, String... headers) {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            String[] lines = new String[headers.length + 2];
            lines[0] = "GET " + path + " HTTP/1.1";
            lines[1] = "Host: a";
            System.arraycopy(headers, 0, lines, 2, headers.length);
            HttpHead head = peer.sendHead(lines).readHead();
            return new Answer(head, head.status() == 304 ? "" : peer.readBody(head));
        }
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/, text/html; charset=utf-8, <h1>home</h1>",
        "/index.html, text/html; charset=utf-8, <h1>home</h1>",
        "/below/, text/html; charset=utf-8, <h1>below</h1>",
        "/a%20b.txt, text/plain; charset=utf-8, with a space",
        "/inside.txt, text/plain; charset=utf-8, with a space",
        "/file.css, text/css; charset=utf-8, content",
        "/file.js?v=1, text/javascript; charset=utf-8, content",
        "/file.mjs, text/javascript; charset=utf-8, content",
        "/file.json, application/json, content",
        "/file.svg, image/svg+xml, content",
        "/file.png, image/png, content",
        "/file.wasm, application/wasm, content",
        "/file.xyz, application/octet-stream, content",
        "/file.HTML, text/html; charset=utf-8, content",
    })
    void filesAreServedWithTheirType(String path, String type, String content) {
        Answer answer = get(path);

        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.head().header("Content-Type")).isEqualTo(type);
        assertThat(answer.head().header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.body()).isEqualTo(content);
    }

    @Test
    void aLargeFileComesWhole() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            for (int i = 0; i < 2; i++) {
                HttpHead head =
                        peer.sendHead("GET /large.bin HTTP/1.1", "Host: a").readHead();

                assertThat(head.header("Content-Length")).isEqualTo("3000000");
                assertThat(peer.readBytes(3_000_000)).isEqualTo(new byte[3_000_000]);
            }
        }
    }

    @Test
    void aLargeFileThatNobodyReadsIsGivenUp() {
        try (RawPeer peer = RawPeer.connect(server.port(), 4096)) {
            peer.sendHead("GET /large.bin HTTP/1.1", "Host: a").readHead();
        }
    }

    @Test
    void headTellsTheLengthOfAFile() {
        try (RawPeer peer = RawPeer.connect(server.port())) {
            HttpHead head = peer.sendHead("HEAD /large.bin HTTP/1.1", "Host: a").readHead();
            HttpHead next = peer.sendHead("GET / HTTP/1.1", "Host: a").readHead();

            assertThat(head.header("Content-Length")).isEqualTo("3000000");
            assertThat(peer.readBody(next)).isEqualTo("<h1>home</h1>");
        }
    }

    @Test
    void whatHasNotChangedIsNotSentAgain() {
        String modified = get("/index.html").head().header("Last-Modified");

        Answer unchanged = get("/index.html", "If-Modified-Since: " + modified);

        assertThat(unchanged.head().status()).isEqualTo(304);
        assertThat(unchanged.head().header("Last-Modified")).isEqualTo(modified);
        // RFC 9110 8.6: none, or what a 200 would have.
        assertThat(unchanged.head().header("Content-Length")).isNull();
        assertThat(get("/index.html", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT")
                        .head()
                        .status())
                .isEqualTo(200);
        assertThat(get("/index.html", "If-Modified-Since: yesterday").head().status())
                .isEqualTo(200);
    }

    @Test
    void datesHaveTwoDigitDays() throws IOException {
        Path file = folder.resolve("site/dated.txt");
        Files.writeString(file, "dated");
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-12-01T03:00:00Z")));

        HttpHead head = get("/dated.txt").head();

        assertThat(head.header("Last-Modified")).isEqualTo("Tue, 01 Dec 2026 03:00:00 GMT");
        assertThat(head.header("Date")).matches("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT");
    }

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Sun, 06 Nov 1994 08:49:37 GMT  | 304",
                "Sun, 06 Nov 1994 08:49:38 GMT  | 304",
                "Sun, 06 Nov 1994 08:49:36 GMT  | 200",
                "Sun, 6 Nov 1994 08:49:37 GMT   | 304",
                "Sunday, 06-Nov-94 08:49:37 GMT | 304",
                "Sunday, 06-Nov-94 08:49:36 GMT | 200",
                "Sun Nov  6 08:49:37 1994       | 304",
                "Sun Nov  6 08:49:36 1994       | 200",
                "Sun, 06 Nov 1994 08:49:37 UTC  | 200",
            })
    void aDateToCompareWithMayHaveAnyOfThreeForms(String date, int status) throws IOException {
        Path file = folder.resolve("site/old.txt");
        Files.writeString(file, "old");
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("1994-11-06T08:49:37.5Z")));

        assertThat(get("/old.txt", "If-Modified-Since: " + date).head().status())
                .isEqualTo(status);
    }

    @Test
    void ifModifiedSinceIsIgnoredBesideIfNoneMatchAndIfItIsThereTwice() {
        String header = "If-Modified-Since: " + get("/index.html").head().header("Last-Modified");

        assertThat(get("/index.html", header, "If-None-Match: \"other\"").head().status())
                .isEqualTo(200);
        assertThat(get("/index.html", header, header).head().status()).isEqualTo(200);
    }

    @Test
    void aConnectionLivesOnAfter304() {
        String modified = get("/index.html").head().header("Last-Modified");
        try (RawPeer peer = RawPeer.connect(server.port())) {
            peer.sendHead("GET / HTTP/1.1", "Host: a", "If-Modified-Since: " + modified)
                    .readHead();

            HttpHead next = peer.sendHead("GET / HTTP/1.1", "Host: a").readHead();

            assertThat(peer.readBody(next)).isEqualTo("<h1>home</h1>");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/missing.html",
                "/below",
                "/below/missing/",
                "/index.html/",
                "/../secret.txt",
                "/below/../../secret.txt",
                "/%2e%2e/secret.txt",
                "/.%2E/secret.txt",
                "/below/%2e%2e%2f%2e%2e%2fsecret.txt",
                "/..%2fsecret.txt",
                "/..%5csecret.txt",
                "/..\\secret.txt",
                "/below\\..\\..\\secret.txt",
                "/link.txt",
                "/linked/secret.txt",
                "/.secret",
                "/.hidden/secret.txt",
                "/%2ehidden/secret.txt",
                "/./index.html",
                "/below/./index.html",
                "/below//index.html",
                "//index.html",
                "/index.html%00.png",
                "/%00",
                "/C:/secret.txt",
                "/file.css::$DATA",
            })
    void nothingElseIsServed(String path) {
        Answer answer = get(path);

        assertThat(answer.head().status()).isEqualTo(404);
        assertThat(answer.body()).doesNotContain(SECRET);
    }

    @Test
    void anAbsolutePathLeadsNowhereElse() {
        String secret = folder.resolve("secret.txt").toAbsolutePath().toString();

        assertThat(get("/" + secret).head().status()).isEqualTo(404);
        assertThat(get("/%2F" + secret.substring(1)).head().status()).isEqualTo(404);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/resources/, text/html; charset=utf-8, <h1>from the class path</h1>",
        "/resources/index.html, text/html; charset=utf-8, <h1>from the class path</h1>",
        "/resources/below/style.css, text/css; charset=utf-8, h1 {}",
        "/loaded/, text/html; charset=utf-8, <h1>from the class path</h1>",
        "/loaded/below/style.css, text/css; charset=utf-8, h1 {}",
        "/beside/site/below/style.css, text/css; charset=utf-8, h1 {}",
    })
    void resourcesAreServedWithTheirType(String path, String type, String content) {
        Answer answer = get(path);

        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.head().header("Content-Type")).isEqualTo(type);
        assertThat(answer.body().strip()).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/resources/missing.html",
                "/loaded/missing.html",
                "/loaded/below/",
                "/loaded/%2e%2e/StaticFilesTest.class",
                "/resources/below",
                "/resources/below/",
                "/resources/../StaticFilesTest.class",
                "/resources/%2e%2e/StaticFilesTest.class",
                "/resources//dev/marline/server/StaticFilesTest.class",
                "/resources/%2Fdev/marline/server/StaticFilesTest.class",
                "/beside//dev/marline/server/StaticFilesTest.class",
                "/beside/%2Fdev/marline/server/StaticFilesTest.class",
            })
    void noOtherResourcesAreServed(String path) {
        assertThat(get(path).head().status()).isEqualTo(404);
    }

    @Test
    void aFolderMustBeThere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StaticFiles.in(folder.resolve("nowhere")))
                .withMessageContaining("nowhere");
    }

    @Test
    void aServerThatClosesEndsAConnectionWhenItsDownloadIsDone() {
        WebSocketServer closing = WebSocketServer.builder()
                .host("127.0.0.1")
                .get("/*", StaticFiles.in(folder.resolve("site")))
                .start();
        try (RawPeer peer = RawPeer.connect(closing.port(), 4096)) {
            HttpHead head = peer.sendHead("GET /large.bin HTTP/1.1", "Host: a").readHead();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> closing.close(Duration.ofSeconds(60)));
            eventually("it listens no more", () -> !RawPeer.canConnect(closing.port()));

            assertThat(head.status()).isEqualTo(200);
            assertThat(new String(peer.readToEnd(), StandardCharsets.ISO_8859_1))
                    .hasSize(3_000_000);
            peer.shutDownOutput();
            Ends.await(closed);
        }
    }

    @Test
    void aResourceThatIsToBeLoadedMustBeThere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StaticFiles.loadedResources(StaticFilesTest.class, "site", "missing.html"))
                .withMessageContaining("site/missing.html");
    }
}
