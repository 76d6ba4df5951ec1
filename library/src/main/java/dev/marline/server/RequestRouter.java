package dev.marline.server;

import dev.marline.ConnectionClosedException;
import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.UnsuitableMessageException;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.protocol.CloseCode;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HandshakeAnswer;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.ServerHandshake;
import dev.marline.transport.caller.Caller;
import dev.marline.transport.loop.PeerLog;
import dev.marline.transport.server.Reply;
import dev.marline.transport.server.RequestHandler;
import dev.marline.transport.websocket.BlockingBridge;
import dev.marline.transport.websocket.WebSocketHandler;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Decides what becomes of a request: finds its route, and refuses what is wrong with the right status and a line that says why. */
final class RequestRouter implements RequestHandler {
    private static final System.Logger LOG = System.getLogger("dev.marline.server");

    private final Routes<WebSocketRoute> webSockets;
    private final Routes<HttpHandler> pages;
    private final OriginPolicy origins;
    private final Limits limits;
    private final List<Extension> extensions;
    private final boolean pauseReadingWhenCongested;
    private final Executor blocking;
    private final PeerLog log = new PeerLog(LOG);

    /** @param blocking runs whatever may block */
    RequestRouter(
            Routes<WebSocketRoute> webSockets,
            Routes<HttpHandler> pages,
            OriginPolicy origins,
            Limits limits,
            List<Extension> extensions,
            boolean pauseReadingWhenCongested,
            Executor blocking) {
        this.webSockets = webSockets;
        this.pages = pages;
        this.origins = origins;
        this.limits = limits;
        this.extensions = extensions;
        this.pauseReadingWhenCongested = pauseReadingWhenCongested;
        this.blocking = blocking;
    }

    @Override
    public Reply handle(HandshakeRequest request, Caller caller) {
        Optional<List<String>> path = pathOf(request.target()).flatMap(PathPattern::decode);
        if (path.isEmpty()) {
            return refuse(400, "the request's target is not a path: " + request.target());
        }
        Optional<Routes.Match<WebSocketRoute>> webSocket = webSockets.find(path.get());
        Optional<Routes.Match<HttpHandler>> page = pages.find(path.get());
        boolean intended = ServerHandshake.isIntended(request);
        if (webSocket.isPresent() && (intended || page.isEmpty())) {
            return openWebSocket(request, webSocket.get(), caller);
        }
        HandshakeAnswer.Refused otherProtocol = ServerHandshake.refuseOtherProtocol(request);
        if (otherProtocol != null) {
            return page(otherProtocol);
        }
        if (page.isPresent() && !intended) {
            return servePage(request, page.get(), caller);
        }
        return refuse(404, intended ? "there is no WebSocket at this path" : "there is nothing at this path");
    }

    private static Optional<String> pathOf(String target) {
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        return path.startsWith("/") ? Optional.of(path) : Optional.empty();
    }

    // ---- WebSockets

    private Reply openWebSocket(HandshakeRequest request, Routes.Match<WebSocketRoute> match, Caller caller) {
        WebSocketRoute route = match.target();
        HandshakeAnswer answer = ServerHandshake.answer(request, route.subprotocols(), extensionsOf(route));
        if (answer instanceof HandshakeAnswer.Refused refused) {
            return page(refused);
        }
        OriginPolicy policy = route.origins() == null ? origins : route.origins();
        Optional<String> objection = policy.objection(request.headers(), caller);
        if (objection.isPresent()) {
            log.log(Level.WARNING, "{0} for {1} from {2}", objection.get(), request.target(), caller.address());
            return refuse(403, objection.get());
        }
        Reply.Open open = new Reply.Open(
                (HandshakeAnswer.Accepted) answer,
                match.parameters(),
                limitsOf(route),
                pauseReadingWhenCongested,
                listenerOf(route));
        HandshakeCheck check = route.check();
        if (check == null) {
            return open;
        }
        return inThread(() -> check.check(HttpRequest.of(request, match, caller))
                .<Reply>map(HttpResponse::page)
                .orElse(open));
    }

    private List<Extension> extensionsOf(WebSocketRoute route) {
        return route.extensions() == null ? extensions : route.extensions();
    }

    private Limits limitsOf(WebSocketRoute route) {
        return route.limits() == null ? limits : route.limits();
    }

    private Function<Handshake, WebSocketListener> listenerOf(WebSocketRoute route) {
        Function<Handshake, WebSocketListener> listener = route.listener();
        BlockingHandler handler = route.blocking();
        if (listener != null) {
            return listener;
        }
        if (handler == null) {
            throw new IllegalStateException("a route has a listener or a blocking handler");
        }
        return handshake -> new BlockingListener(handler, limitsOf(route));
    }

    /** Starts a thread for a connection as soon as it is open. */
    private final class BlockingListener extends BlockingBridge {
        private final BlockingHandler handler;

        BlockingListener(BlockingHandler handler, Limits limits) {
            super(limits);
            this.handler = handler;
        }

        @Override
        public void onOpen(WebSocket opened) {
            super.onOpen(opened);
            blocking.execute(() -> serve(this, handler));
        }
    }

    private void serve(BlockingBridge socket, BlockingHandler handler) {
        try {
            handler.handle(socket);
            socket.abandon(1000, "");
        } catch (ConnectionClosedException ended) {
            LOG.log(Level.DEBUG, "a blocking handler ended with its connection", ended);
            // Unless it was another connection that had closed, this one is closed already.
            socket.abandon(1011, "internal error");
        } catch (UnsuitableMessageException unsuitable) {
            LOG.log(
                    Level.DEBUG,
                    "a blocking handler cannot take a message; the connection is closed with 1003",
                    unsuitable);
            socket.abandon(CloseCode.UNSUPPORTED_DATA, WebSocketHandler.UNSUITABLE);
        } catch (Throwable thrown) {
            log.log(Level.ERROR, "a blocking handler has thrown; the connection is closed with 1011", thrown);
            socket.abandon(1011, "internal error");
        }
    }

    // ---- pages

    private Reply servePage(HandshakeRequest request, Routes.Match<HttpHandler> match, Caller caller) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Reply.Page.text(405, Headers.of("Allow", "GET, HEAD"), "only GET and HEAD are served here");
        }
        return inThread(() ->
                match.target().handle(HttpRequest.of(request, match, caller)).page());
    }

    private static Reply page(HandshakeAnswer.Refused refused) {
        return Reply.Page.text(refused.status(), refused.headers(), refused.body());
    }

    private static Reply refuse(int status, String why) {
        return Reply.Page.text(status, Headers.EMPTY, why);
    }

    @FunctionalInterface
    private interface Answering {
        Reply answer() throws Exception;
    }

    private Reply inThread(Answering answering) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        blocking.execute(() -> {
            try {
                reply.complete(answering.answer());
            } catch (Throwable thrown) {
                reply.completeExceptionally(thrown);
            }
        });
        return new Reply.Later(reply);
    }
}
