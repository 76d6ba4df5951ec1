package dev.marline.transport.server;

import dev.marline.Limits;
import dev.marline.transport.http.Http3Frames;
import dev.marline.transport.http.Quic;
import dev.marline.transport.http.ResetLimit;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.tls.ServerTlsContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/3 connection of a server: gives each of its request streams a {@link StreamRequestHandler}. It ends if the first does not come
 * within the handshake timeout. After the idle timeout without streams it sends GOAWAY, and closes after a grace, as a client may have
 * sent a request meanwhile.
 */
public final class Http3ServerConnection extends PendingRequestHandler implements Drainable {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** The largest number that a client's stream could have. */
    private static final long ANY_STREAM = (1L << 62) - 4;

    private final ConnectionCounter connections;
    private final ResetLimit futile;
    private boolean admitted;
    private @Nullable SocketAddress remoteAddress;
    private int streams;
    private long lastStream = -4;
    private boolean draining;

    /** Whether there were streams, and there are none any more. */
    private boolean idle;

    private boolean goingAway;

    private Http3ServerConnection(ServerContext server, ConnectionCounter connections) {
        super(server);
        this.connections = connections;
        this.futile = new ResetLimit(server.limits().maxConcurrentStreams());
    }

    /** What a UDP port needs to serve HTTP/3. */
    static ChannelHandler listening(ServerContext server, ConnectionCounter connections, ServerTlsContext tls) {
        Limits limits = server.limits();
        return Quic.configure(Http3.newQuicServerCodecBuilder(), limits)
                .sslEngineProvider(channel -> tls.newQuicEngine(channel.alloc()))
                .initialMaxStreamsBidirectional(limits.maxConcurrentStreams())
                .initialMaxStreamDataBidirectionalRemote(Quic.STREAM_WINDOW)
                // QUIC itself sends little to an address that has not answered yet (RFC 9000 §8.1): no Retry is needed.
                .tokenHandler(null)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        initialize(channel, new Http3ServerConnection(server, connections));
                    }
                })
                .build();
    }

    private static void initialize(QuicChannel channel, Http3ServerConnection connection) {
        Http3Settings settings = Http3Settings.defaultSettings()
                // RFC 9220 §3: without it, no client may ask for a WebSocket.
                .enableConnectProtocol(true)
                .maxFieldSectionSize(connection.server.limits().maxHeaderBytes());
        ChannelHandler streams = new ChannelInitializer<QuicStreamChannel>() {
            @Override
            protected void initChannel(QuicStreamChannel stream) {
                connection.begin(stream);
            }
        };
        channel.pipeline()
                .addLast(
                        connection,
                        new Http3ServerConnectionHandler(
                                streams, new ControlStream(), null, new DefaultHttp3SettingsFrame(settings), true),
                        new OneWayStreams());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        // TLS is part of what has to be done by then: there is no other end to a connection whose client falls silent.
        beginWaiting();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        remoteAddress = Quic.remoteAddress((QuicChannel) context.channel());
        admitted = connections.opened(remoteAddress);
        server.add(this);
        server.quicConnections().add((QuicChannel) context.channel());
        beginWaiting();
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (server.remove(this)) {
            connections.closed(remoteAddress);
        }
        context.fireChannelInactive();
    }

    private void begin(QuicStreamChannel stream) {
        streams++;
        idle = false;
        lastStream = Math.max(lastStream, stream.streamId());
        stopWaiting();
        QuicChannel channel = (QuicChannel) ctx.channel();
        SocketAddress client = Quic.remoteAddress(channel);
        boolean room = connections.streamOpened(client);
        stream.closeFuture().addListener(closed -> {
            connections.streamClosed(client);
            end();
        });
        Http3Frames frames = new Http3Frames(
                server.limits().highWaterMark() / 2, client, Quic.localAddress(channel), this::countFutile);
        stream.pipeline().addLast(frames, new StreamRequestHandler(server, admitted && room, frames));
    }

    private void end() {
        streams--;
        if (streams == 0 && ctx.channel().isActive()) {
            if (draining) {
                close(Http3ErrorCode.H3_NO_ERROR);
            } else {
                idle = true;
                beginIdling();
                if (goingAway) {
                    setDeadline(server.limits().closingTimeout());
                }
            }
        }
    }

    /** RFC 9114 §5.2: a GOAWAY that takes any stream, as requests may be on their way, and then the end. */
    @Override
    public void onDeadline(long now) {
        if (!idle || goingAway) {
            super.onDeadline(now);
            return;
        }
        goingAway = true;
        sendGoAway(ANY_STREAM);
        setDeadline(server.limits().closingTimeout());
    }

    private void sendGoAway(long firstRefused) {
        QuicStreamChannel control = Objects.requireNonNull(
                Http3.getLocalControlStream(ctx.channel()), "a connection with streams has a control stream");
        control.writeAndFlush(new DefaultHttp3GoAwayFrame(firstRefused));
    }

    private void countFutile() {
        if (futile.isExceededBy(LoopContext.nanoTime())) {
            LOG.log(Level.DEBUG, "a client makes too much work on an HTTP/3 connection that leads to nothing");
            close(Http3ErrorCode.H3_EXCESSIVE_LOAD);
        }
    }

    private void close(Http3ErrorCode why) {
        ((QuicChannel) ctx.channel()).close(true, why.code(), Unpooled.EMPTY_BUFFER);
    }

    @Override
    void giveUp() {
        close(Http3ErrorCode.H3_NO_ERROR);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            ErrorGuard.end(context.channel(), ErrorGuard.Source.CONNECTION, cause);
        }
        LOG.log(Level.DEBUG, "an HTTP/3 connection failed", cause);
    }

    /** RFC 9114 §5.2: a GOAWAY, and the end when the last stream has ended. */
    @Override
    public void drain() {
        ctx.channel().eventLoop().execute(() -> {
            draining = true;
            if (streams == 0) {
                close(Http3ErrorCode.H3_NO_ERROR);
            } else {
                sendGoAway(lastStream + 4);
            }
        });
    }

    /** Gives each stream of one direction, when it has its handlers, one for what fails there. */
    private static final class OneWayStreams extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            if (read instanceof QuicStreamChannel stream && stream.type() == QuicStreamType.UNIDIRECTIONAL) {
                stream.pipeline().addLast(new Failures());
            }
            context.fireChannelRead(read);
        }

        /** What the codec before this one has thrown. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof Error) {
                ErrorGuard.end(context.channel(), ErrorGuard.Source.CONNECTION, cause);
            } else {
                context.fireExceptionCaught(cause);
            }
        }
    }

    /** What fails on such a stream has ended the connection already, and is not for Netty to warn of. */
    private static class Failures extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof Error) {
                ErrorGuard.end(context.channel().parent(), ErrorGuard.Source.CONNECTION, cause);
            }
            LOG.log(Level.DEBUG, "a control stream of an HTTP/3 connection failed", cause);
        }
    }

    /** What settings and the like say, the codec has dealt with. */
    private static final class ControlStream extends Failures {
        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            ReferenceCountUtil.release(read);
        }
    }
}
