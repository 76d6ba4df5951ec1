package dev.marline.transport.server;

import dev.marline.Handshake;
import dev.marline.WebSocketListener;
import dev.marline.protocol.Role;
import dev.marline.protocol.handshake.Forwarding;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpDate;
import dev.marline.protocol.handshake.RequestTarget;
import dev.marline.transport.caller.Caller;
import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.listening.ServerListener;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.MemoryBudget;
import dev.marline.transport.loop.MemoryBudgets;
import dev.marline.transport.tls.PeerCertificates;
import dev.marline.transport.websocket.Carrier;
import dev.marline.transport.websocket.ConnectionSettings;
import dev.marline.transport.websocket.StalledOutput;
import dev.marline.transport.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Has a server's requests answered, and turns channels into WebSockets: what is the same in all versions of HTTP. */
public abstract class HttpExchange extends PendingRequestHandler implements MemoryBudget.Holder {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** How far an exchange is. */
    enum State {
        READING,
        ANSWERING,
        /** Over HTTP/2 and HTTP/3 until both ends have ended, with which the stream closes. */
        WRITING,
        /** The last answer is out; what still comes is discarded, or closing would reset the connection and destroy the answer. */
        DISCARDING
    }

    State state = State.READING;
    private final boolean admitted;

    /** Whether no response may have content, though its length is told (RFC 9110 §9.3.2). */
    private boolean headOnly;

    /** Whom a proxy has forwarded the request for that is being answered. */
    private @Nullable SocketAddress forwardedFor;

    /** Watches a response that was not taken within the handshake timeout. */
    private @Nullable StalledOutput response;

    /** Of the response, if any of it waits to be sent. */
    private MemoryBudget.@Nullable Account output;

    /** @param admitted whether the server has room for the connection */
    HttpExchange(ServerContext server, boolean admitted) {
        super(server);
        this.admitted = admitted;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        beginWaiting();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        super.handlerRemoved(removed);
        leave();
    }

    /**
     * Begins to answer a request, which may take as long as a handshake.
     *
     * @param method the request's method
     */
    final void requestHasCome(String method) {
        headOnly = method.equals("HEAD");
        state = State.ANSWERING;
        stopWaiting();
        setDeadline(server.limits().handshakeTimeout());
    }

    /** The request, or that which it became, does not count for its client any more. */
    final void leave() {
        if (output != null) {
            output.close();
            output = null;
        }
        if (forwardedFor != null) {
            server.counter().left(forwardedFor);
            forwardedFor = null;
        }
    }

    final boolean isAdmitted() {
        return admitted;
    }

    /** Has a request answered: at once, or later while {@link State#ANSWERING}. */
    final void answer(HandshakeRequest request, boolean hasBody, boolean keepAlive) {
        if (server.isDraining()) {
            refuseAsDraining();
        } else if (!admitted) {
            refuseForNow("the server has too many connections");
        } else if (request.headers().size() > server.limits().maxHeaders()) {
            refuse(
                    431,
                    Headers.EMPTY,
                    "the request has more than " + server.limits().maxHeaders() + " headers");
        } else if (hasBody
                && (request.method().equals("GET") || request.method().equals("HEAD"))) {
            refuse(413, Headers.EMPTY, "requests with a body are not taken here");
        } else {
            HandshakeRequest resolved;
            try {
                resolved = RequestTarget.resolve(request);
            } catch (IllegalArgumentException e) {
                refuse(400, Headers.EMPTY, String.valueOf(e.getMessage()));
                return;
            }
            answerCaller(resolved, keepAlive);
        }
    }

    private void answerCaller(HandshakeRequest request, boolean keepAlive) {
        SocketAddress peer = carrier().remoteAddress(ctx.channel());
        Forwarding forwarding = server.proxies().read(peer, request.headers());
        if (forwarding instanceof Forwarding.Malformed malformed) {
            refuse(400, Headers.EMPTY, malformed.why());
        } else if (forwarding instanceof Forwarding.Known known) {
            forwardedFor = known.client();
            if (forwardedFor != null && !server.counter().entered(forwardedFor)) {
                leave();
                refuseForNow("the server has too many connections");
                return;
            }
            if (server.budgets().areExhausted(forwardedFor == null ? peer : forwardedFor)) {
                refuseForNow("the server is short of memory");
                return;
            }
            Caller caller = new Caller(
                    forwardedFor == null ? peer : forwardedFor,
                    known.scheme(),
                    known.host(),
                    PeerCertificates.of(ctx.channel()));
            carryOut(request, caller, keepAlive, server.requests().handle(request, caller));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ErrorGuard.close(context.channel());
        LOG.log(Level.DEBUG, "a request's connection, or its stream, has failed", cause);
    }

    @Override
    public final void onDeadline(long now) {
        if (state == State.ANSWERING) {
            server.log().log(Level.WARNING, "a request took longer than handshakeTimeout to be answered");
        }
        if (state != State.WRITING) {
            super.onDeadline(now);
        } else if (isResponseOverdue(now)) {
            carrier().closeNow(ctx); // TLS would wait until what was sent is taken
        }
    }

    /** Whether the client has taken nothing of the response for as long as it may; if not, sets the next deadline. */
    private boolean isResponseOverdue(long now) {
        StalledOutput waiting = response;
        if (isWritten() && heldNow() == 0) {
            response = null;
            setDeadline(server.limits().handshakeTimeout());
            return waiting == null;
        }
        if (waiting == null) {
            waiting = new StalledOutput(server.limits().stalledOutputTimeout(), carrier(), ctx.channel(), now);
            response = waiting;
        }
        boolean overdue = waiting.isOverdue(now);
        loop.deadlines.set(this, waiting.deadline());
        return overdue;
    }

    final void pauseReading() {
        ctx.channel().config().setAutoRead(false);
    }

    private void carryOut(HandshakeRequest request, Caller caller, boolean keepAlive, Reply reply) {
        if (reply instanceof Reply.Page page) {
            write(page, keepAlive && !server.isDraining());
        } else if (reply instanceof Reply.Later later) {
            pauseReading();
            later.reply()
                    .whenComplete((known, thrown) -> ctx.channel()
                            .eventLoop()
                            .execute(() -> carryOutLate(request, caller, keepAlive, known, thrown)));
        } else if (reply instanceof Reply.Open open) {
            open(request, caller, open);
        }
    }

    private void carryOutLate(
            HandshakeRequest request,
            Caller caller,
            boolean keepAlive,
            @Nullable Reply known,
            @Nullable Throwable thrown) {
        if (!ctx.channel().isActive() || state != State.ANSWERING) {
            return;
        }
        if (known == null) {
            refuseFailed(thrown);
        } else if (known instanceof Reply.Open && server.isDraining()) {
            refuseAsDraining();
        } else {
            carryOut(request, caller, keepAlive, known);
        }
    }

    private void open(HandshakeRequest request, Caller caller, Reply.Open open) {
        Handshake handshake = new Handshake(
                request,
                open.accepted().headers(),
                open.pathParameters(),
                open.accepted().subprotocol(),
                caller.certificates());
        WebSocketListener listener;
        try {
            listener = open.listener().apply(handshake);
        } catch (Throwable thrown) {
            refuseFailed(thrown);
            return;
        }
        ConnectionSettings settings = new ConnectionSettings(
                open.limits(),
                open.pauseReadingWhenCongested(),
                handshake,
                open.accepted().extensions(),
                server.sockets());
        countWhileOpen();
        WebSocketHandler webSocket = new WebSocketHandler(Role.SERVER, settings, listener, carrier(), loop);
        handOver(open.accepted().headers(), webSocket);
        server.opened(webSocket.socket());
    }

    private void countWhileOpen() {
        SocketAddress client = forwardedFor;
        if (client != null) {
            forwardedFor = null;
            ClientAddress.setWebSocket(ctx.channel(), client);
            ctx.channel().closeFuture().addListener(closed -> server.counter().left(client));
        }
    }

    private void refuseAsDraining() {
        refuseForNow(ServerContext.SHUTTING_DOWN);
    }

    private void refuseForNow(String why) {
        refuse(503, Headers.of("Retry-After", "5"), why);
    }

    private void refuseFailed(@Nullable Throwable thrown) {
        server.log().log(Level.ERROR, "a request's handler has thrown; the client is told 500", thrown);
        refuse(500, Headers.EMPTY, "the server failed to answer");
    }

    final void refuse(int status, Headers headers, String why) {
        write(Reply.Page.text(status, headers, why), false);
    }

    /**
     * Writes a response.
     *
     * @param keepAlive whether other requests may follow on the connection
     */
    private void write(Reply.Page page, boolean keepAlive) {
        response = null;
        setDeadline(server.limits().handshakeTimeout());
        state = State.WRITING;
        beginWriting();
        if (page.body() instanceof Reply.Body.File file && !headOnly) {
            writeFile(page, file, keepAlive);
        } else {
            ByteBuf content = page.body() instanceof Reply.Body.Bytes bytes && !headOnly
                    ? Unpooled.wrappedBuffer(bytes.content().duplicate())
                    : Unpooled.EMPTY_BUFFER;
            writeBytes(page.status(), headers(page), content, keepAlive);
        }
        holdOutput();
    }

    /** Counts what waits to be sent of a response. */
    private void holdOutput() {
        long waiting = state == State.WRITING && !ctx.isRemoved() ? heldNow() : 0;
        if (waiting > 0) {
            SocketAddress client = forwardedFor == null ? carrier().remoteAddress(ctx.channel()) : forwardedFor;
            MemoryBudgets budgets = server.budgets();
            output = budgets.output().open(budgets.counted().apply(client), this);
            if (!output.hold(waiting)) {
                carrier().closeNow(ctx);
            }
        }
    }

    @Override
    public final long heldNow() {
        return carrier().outboundBytes(ctx.channel());
    }

    @Override
    public final void evict() {
        Channels.runOnLoop(ctx.channel(), () -> carrier().closeNow(ctx));
    }

    private void writeFile(Reply.Page page, Reply.Body.File file, boolean keepAlive) {
        FilePieces content;
        try {
            content = new FilePieces(file.path(), file.length(), server.log());
        } catch (IOException e) {
            server.log().log(Level.ERROR, "{0} cannot be read: {1}", file.path(), Causes.inWords(e));
            refuse(500, Headers.EMPTY, "the file cannot be read");
            return;
        }
        if (ctx.pipeline().get(ChunkedWriteHandler.class) == null) {
            ctx.pipeline().addBefore(ctx.name(), null, new ChunkedWriteHandler());
        }
        writeFile(page.status(), headers(page), content, keepAlive);
    }

    /** A page's headers with those that its content asks for, and what the server has to say of itself. */
    private Headers headers(Reply.Page page) {
        Headers headers = page.headers();
        // RFC 9110 §8.6: in a 304 it would be the length that a 200 has.
        if (page.status() != 304) {
            headers = headers.with("Content-Length", String.valueOf(page.body().length()));
        }
        ServerListener listener = ServerListener.of(ctx.channel());
        String http3 = listener == null ? null : listener.http3Service();
        if (http3 != null) {
            headers = headers.with("Alt-Svc", http3);
        }
        // RFC 9110 §6.6.1: "An origin server with a clock MUST generate
        // a Date header field" in what is not a server's error.
        return headers.with("Date", HttpDate.format(Instant.now()));
    }

    /** What carries a WebSocket on this channel. */
    abstract Carrier carrier();

    /** Writes that the opening handshake has succeeded, and puts the WebSocket in this handler's place. */
    abstract void handOver(Headers accepted, WebSocketHandler webSocket);

    /** Whether all of the response has been handed over to be written, though the client's own end has not come. */
    abstract boolean isWritten();

    /** A response is about to be written. */
    abstract void beginWriting();

    /**
     * Writes a response.
     *
     * @param content what of the body is to be sent, which may be nothing
     * @param keepAlive whether other requests may follow on the connection
     */
    abstract void writeBytes(int status, Headers headers, ByteBuf content, boolean keepAlive);

    /** Writes a response whose body is a file's. */
    abstract void writeFile(int status, Headers headers, FilePieces content, boolean keepAlive);
}
