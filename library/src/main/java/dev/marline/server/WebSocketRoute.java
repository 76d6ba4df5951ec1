package dev.marline.server;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.WebSocketListener;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.ExtensionNegotiation;
import dev.marline.protocol.handshake.Subprotocols;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that a server has at a path: who serves it, and on which terms. Immutable.
 *
 * <pre>{@code
 * WebSocketRoute chat = WebSocketRoute.listener(handshake -> new ChatListener(handshake.pathParameter("room")))
 *         .subprotocols("chat.v2", "chat.v1")
 *         .allowOrigins("https://app.example.com");
 * }</pre>
 */
public final class WebSocketRoute {
    private final @Nullable Function<Handshake, WebSocketListener> listener;
    private final @Nullable BlockingHandler blocking;
    private final List<String> subprotocols;
    private final @Nullable OriginPolicy origins;
    private final @Nullable HandshakeCheck check;
    private final @Nullable Limits limits;
    private final @Nullable List<Extension> extensions;

    private WebSocketRoute(
            @Nullable Function<Handshake, WebSocketListener> listener,
            @Nullable BlockingHandler blocking,
            List<String> subprotocols,
            @Nullable OriginPolicy origins,
            @Nullable HandshakeCheck check,
            @Nullable Limits limits,
            @Nullable List<Extension> extensions) {
        this.listener = listener;
        this.blocking = blocking;
        this.subprotocols = subprotocols;
        this.origins = origins;
        this.check = check;
        this.limits = limits;
        this.extensions = extensions;
    }

    /** One listener serves all connections. */
    public static WebSocketRoute listener(WebSocketListener listener) {
        return listener(handshake -> listener);
    }

    /** Each connection has a listener of its own, with fields for what it has to remember. */
    public static WebSocketRoute listener(Function<Handshake, WebSocketListener> listener) {
        return new WebSocketRoute(listener, null, List.of(), null, null, null, null);
    }

    /** Each connection has a thread of its own. */
    public static WebSocketRoute blocking(BlockingHandler handler) {
        return new WebSocketRoute(null, handler, List.of(), null, null, null, null);
    }

    /**
     * The subprotocols that are spoken here, the preferred first. A client that offers none of them is served without one.
     *
     * @throws IllegalArgumentException if one is not a token, or there twice (RFC 6455 §4.1)
     */
    public WebSocketRoute subprotocols(String... preferredFirst) {
        return new WebSocketRoute(
                listener, blocking, Subprotocols.checked(preferredFirst), origins, check, limits, extensions);
    }

    /**
     * Lets pages of these origins connect too, {@code "https://example.com"} say; otherwise the server's policy decides.
     *
     * @throws IllegalArgumentException if one is not an origin
     */
    public WebSocketRoute allowOrigins(String... allowed) {
        OriginPolicy policy = (origins == null ? OriginPolicy.SAME_ORIGIN : origins).allowing(allowed);
        return new WebSocketRoute(listener, blocking, subprotocols, policy, check, limits, extensions);
    }

    /** Lets every page of the web connect, with its visitor's cookies: for what is public. */
    public WebSocketRoute allowAnyOrigin() {
        return new WebSocketRoute(listener, blocking, subprotocols, OriginPolicy.ANY, check, limits, extensions);
    }

    /** Has each request looked at before it is accepted. */
    public WebSocketRoute check(HandshakeCheck before) {
        return new WebSocketRoute(listener, blocking, subprotocols, origins, before, limits, extensions);
    }

    /** Other limits than the server's, for these connections once they are open. */
    public WebSocketRoute limits(Limits other) {
        return new WebSocketRoute(listener, blocking, subprotocols, origins, check, other, extensions);
    }

    /**
     * Other extensions than the server's, or none.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    public WebSocketRoute extensions(Extension... ready) {
        return new WebSocketRoute(
                listener, blocking, subprotocols, origins, check, limits, ExtensionNegotiation.checked(ready));
    }

    @Nullable
    Function<Handshake, WebSocketListener> listener() {
        return listener;
    }

    @Nullable
    BlockingHandler blocking() {
        return blocking;
    }

    List<String> subprotocols() {
        return subprotocols;
    }

    @Nullable
    OriginPolicy origins() {
        return origins;
    }

    @Nullable
    HandshakeCheck check() {
        return check;
    }

    @Nullable
    Limits limits() {
        return limits;
    }

    @Nullable
    List<Extension> extensions() {
        return extensions;
    }
}
