package dev.marline.server;

import java.util.Optional;

/**
 * Looks at a request for a WebSocket, its cookies or its Authorization header say, after all else about it is found right, and may
 * refuse it.
 *
 * <pre>{@code
 * HandshakeCheck signedIn = request -> sessions.isValid(request.headers().first("Cookie"))
 *         ? HandshakeCheck.accept()
 *         : HandshakeCheck.refuse(HttpResponse.error(401, "sign in first"));
 * }</pre>
 *
 * <p>It runs in a thread of its own and may block. If it throws, the client is told 500.
 */
@FunctionalInterface
public interface HandshakeCheck {
    /** The response that refuses the request, or nothing to accept it. */
    Optional<HttpResponse> check(HttpRequest request) throws Exception;

    static Optional<HttpResponse> accept() {
        return Optional.empty();
    }

    /** Any status but 101 will do. */
    static Optional<HttpResponse> refuse(HttpResponse response) {
        return Optional.of(response);
    }
}
