package dev.marline.transport.server;

import dev.marline.transport.loop.ErrorGuard;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import java.lang.System.Logger.Level;

/** Waits on a server's connection for TLS, in which ALPN (RFC 7301) picks the version of HTTP, and sets the connection up for that. */
public final class HttpVersionNegotiation extends ApplicationProtocolNegotiationHandler implements Drainable {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final ServerContext server;
    private final boolean admitted;

    @SuppressWarnings("NullAway.Init") // set when the handler is added, before anything else happens
    private ChannelHandlerContext ctx;

    @SuppressWarnings("NullAway.Init")
    private PendingHandshakes.Pending pending;

    HttpVersionNegotiation(ServerContext server, boolean admitted) {
        super(ApplicationProtocolNames.HTTP_1_1);
        this.server = server;
        this.admitted = admitted;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) throws Exception {
        ctx = added;
        server.add(this);
        pending = new PendingHandshakes.Pending(server.pending(), added::close);
        pending.begin();
        super.handlerAdded(added);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) throws Exception {
        server.remove(this);
        // Null if adding it has thrown.
        if (pending != null) {
            pending.end();
        }
        super.handlerRemoved(removed);
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
        pending.end();
        if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
            Http2ServerConnection.addTo(context.pipeline(), server, admitted);
        } else if (server.speaksHttp1()) {
            Http1RequestHandler.addTo(context.pipeline(), server, admitted);
        } else {
            LOG.log(Level.DEBUG, "a client of HTTP/1.1, which is not spoken here");
            context.close();
        }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
        LOG.log(Level.DEBUG, "TLS with a client failed", cause);
        context.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ErrorGuard.close(context.channel());
        LOG.log(Level.DEBUG, "a connection failed before its version of HTTP was known", cause);
    }

    @Override
    public void drain() {
        ctx.channel().eventLoop().execute(ctx::close);
    }
}
