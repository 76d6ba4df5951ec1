package dev.marline.server;

/**
 * Answers GET and HEAD requests for a path. It runs in a thread of its own and may block; to what it throws the client is told 500.
 */
@FunctionalInterface
public interface HttpHandler {
    HttpResponse handle(HttpRequest request) throws Exception;
}
