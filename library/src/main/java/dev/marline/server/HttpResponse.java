package dev.marline.server;

import dev.marline.protocol.handshake.Headers;
import dev.marline.transport.server.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A response to a request for a page. */
public final class HttpResponse {
    private final Reply.Page page;

    private HttpResponse(Reply.Page page) {
        this.page = page;
    }

    /** A response with these bytes for its content. */
    public static HttpResponse of(int status, String contentType, byte[] content) {
        Headers headers = Headers.of("Content-Type", contentType);
        return new HttpResponse(
                new Reply.Page(status, headers, new Reply.Body.Bytes(ByteBuffer.wrap(content.clone()))));
    }

    /** Plain text, with status 200. */
    public static HttpResponse text(String text) {
        return of(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** A page, with status 200. */
    public static HttpResponse html(String html) {
        return of(200, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
    }

    /** A line of plain text that says what is wrong. */
    public static HttpResponse error(int status, String why) {
        return new HttpResponse(Reply.Page.text(status, Headers.EMPTY, why));
    }

    static HttpResponse empty(int status) {
        return new HttpResponse(new Reply.Page(status, Headers.EMPTY, new Reply.Body.Bytes(ByteBuffer.allocate(0))));
    }

    static HttpResponse file(String contentType, Path path, long length) {
        Headers headers = Headers.of("Content-Type", contentType);
        return new HttpResponse(new Reply.Page(200, headers, new Reply.Body.File(path, length)));
    }

    /** The same with one more header. */
    public HttpResponse header(String name, String value) {
        return new HttpResponse(new Reply.Page(page.status(), page.headers().with(name, value), page.body()));
    }

    public int status() {
        return page.status();
    }

    public Headers headers() {
        return page.headers();
    }

    Reply.Page page() {
        return page;
    }
}
