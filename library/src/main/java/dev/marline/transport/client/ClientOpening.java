package dev.marline.transport.client;

import dev.marline.Handshake;
import dev.marline.HandshakeException;
import dev.marline.WebSocketException;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.ConnectionSettings;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of the opening handshake on a channel that is there: asks, checks the response, and turns the channel into a
 * WebSocket; what is the same in all versions of HTTP. All of it within the handshake timeout.
 */
public abstract class ClientOpening extends DeadlineWheel.Timed {
    /** How much of the body of a response that says no is kept for the exception. */
    private static final int MAX_BODY = 64 * 1024;

    final OpeningAttempt attempt;
    final HandshakeRequest request;
    private final ByteBuf body = Unpooled.buffer(0, MAX_BODY);
    private int status;
    private @Nullable Headers accepted;
    private @Nullable Headers refusal;
    private String problem = "";

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    private LoopContext loop;

    ClientOpening(OpeningAttempt attempt, HttpVersion version) {
        this.attempt = attempt;
        this.request = attempt.handshake().request(version);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        loop = LoopContext.of(ctx.channel().eventLoop());
        loop.deadlines.set(this, attempt.deadline().nanos());
        attempt.opened().whenComplete((socket, thrown) -> {
            if (socket == null) {
                ctx.close();
            }
        });
        sendRequest(ctx);
    }

    abstract void sendRequest(ChannelHandlerContext ctx);

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        loop.deadlines.remove(this);
    }

    @Override
    public void onDeadline(long now) {
        if (refusal != null) {
            refuse();
        } else {
            attempt.failTimedOut();
        }
    }

    /** Takes the head of the final response. */
    final void receiveHead(int responseStatus, Headers headers) {
        ClientTransport.Settings settings = attempt.settings();
        if (headers.size() > settings.limits().maxHeaders()) {
            attempt.fail(new WebSocketException(attempt.address() + " answered with more than "
                    + settings.limits().maxHeaders() + " headers"));
            return;
        }
        status = responseStatus;
        String wrong = attempt.handshake()
                .problemWith(request.version(), responseStatus, headers)
                .orElse(null);
        if (wrong == null) {
            accepted = headers;
        } else {
            problem = wrong;
            refusal = headers;
        }
    }

    final boolean isAccepted() {
        return accepted != null;
    }

    final boolean isRefused() {
        return refusal != null;
    }

    /** Takes more of the body of a response that says no; whether there is room for yet more. */
    final boolean receiveBody(ByteBuf more) {
        body.writeBytes(more, Math.min(more.readableBytes(), body.maxWritableBytes()));
        return body.maxWritableBytes() > 0;
    }

    /** Tells that the server has said no, with what has come of its reasons. */
    final void refuse() {
        String text = body.toString(StandardCharsets.UTF_8);
        Headers headers = refusal == null ? Headers.EMPTY : refusal;
        String said =
                text.isBlank() ? "" : ": " + text.strip().lines().findFirst().orElse("");
        attempt.fail(new HandshakeException(
                attempt.address() + ": " + problem + hint(status) + said, status, headers, text));
    }

    /** Returns advice for a refusal with this status, as the end of a sentence; empty if there is none. */
    String hint(int refusal) {
        return "";
    }

    final void connectionLost() {
        if (refusal != null) {
            refuse();
        } else {
            attempt.failLost();
        }
    }

    /** The WebSocket that an accepted handshake has opened, to be added to the channel. */
    final WebSocketHandler newWebSocket(Carrier carrier) {
        Headers response = accepted == null ? Headers.EMPTY : accepted;
        Handshake done = new Handshake(
                request,
                response,
                Map.of(),
                attempt.handshake().subprotocol(response).orElse(null),
                List.of());
        ConnectionSettings settings = new ConnectionSettings(
                attempt.settings().limits(),
                attempt.settings().pauseReadingWhenCongested(),
                done,
                attempt.handshake().extensions(response),
                attempt.sockets());
        return new WebSocketHandler(Role.CLIENT, settings, attempt.listener(), carrier, loop);
    }

    /** Tells whoever waits; nobody may wait any more. */
    final void opened(WebSocketHandler webSocket) {
        if (!attempt.opened().complete(webSocket.socket())) {
            webSocket.abort();
        }
    }

    @Override
    public void onThrown(Throwable thrown) {
        attempt.failThrown(thrown);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        connectionLost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        attempt.failThrown(cause);
    }
}
