package dev.marline.transport.client;

import dev.marline.Limits;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.http.Http3Frames;
import dev.marline.transport.http.Quic;
import dev.marline.transport.http.StreamResetException;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.LoopContext;
import dev.marline.transport.tls.QuicTrust;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.http3.Http3SettingsFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * An HTTP/3 connection of a client, which carries the WebSockets to one origin, as many as the server allows. It has a UDP port for
 * itself, and ends when it has had no WebSocket for a while.
 */
public final class Http3ClientConnection extends DeadlineWheel.Timed implements SharedConnection {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final OpeningAttempt first;
    private final QuicSslEngine tls;
    private final ClientTransport transport;
    private final ConnectionRace.Contender contender;
    private final Elsewhere elsewhere;
    private final Set<QuicStreamChannel> open = new HashSet<>();
    private int streams;
    private boolean goingAway;

    /** Whether it is known what becomes of the first attempt. */
    private boolean settled;

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    private ChannelHandlerContext ctx;

    @SuppressWarnings("NullAway.Init")
    private LoopContext loop;

    private Http3ClientConnection(
            OpeningAttempt first,
            QuicSslEngine tls,
            ClientTransport transport,
            ConnectionRace.Contender contender,
            Elsewhere elsewhere) {
        this.first = first;
        this.tls = tls;
        this.transport = transport;
        this.contender = contender;
        this.elsewhere = elsewhere;
    }

    /** Connects, and opens the WebSocket that the connection is for. */
    static void connect(
            EventLoop loop,
            Class<? extends Channel> datagrams,
            InetSocketAddress remote,
            OpeningAttempt first,
            ClientTransport transport,
            ConnectionRace.Contender contender,
            Elsewhere elsewhere) {
        WebSocketAddress address = first.address();
        QuicSslEngine tls;
        try {
            tls = first.settings().tls().newQuicEngine(ByteBufAllocator.DEFAULT, address.host(), address.port());
        } catch (WebSocketException e) {
            first.fail(e); // TLS cannot be set up
            return;
        }
        ChannelHandler codec = Quic.configure(
                        Http3.newQuicClientCodecBuilder(), first.settings().limits())
                .sslEngineProvider(channel -> tls)
                .initialMaxStreamDataBidirectionalLocal(Quic.STREAM_WINDOW)
                .build();
        InetSocketAddress local = new InetSocketAddress(first.settings().localAddress(), 0);
        new Bootstrap()
                .group(loop)
                .channel(datagrams)
                .handler(codec)
                .bind(local)
                .addListener((ChannelFuture bound) -> {
                    if (bound.isSuccess()) {
                        contender.with(bound.channel());
                        new Http3ClientConnection(first, tls, transport, contender, elsewhere)
                                .connectFrom(bound.channel(), remote);
                    } else {
                        contender.failed(bound.cause());
                    }
                });
    }

    private void connectFrom(Channel port, InetSocketAddress remote) {
        loop = LoopContext.of(port.eventLoop());
        loop.deadlines.set(this, first.deadline().nanos());
        first.opened().whenComplete((socket, thrown) -> {
            if (socket == null && !settled) {
                port.close();
            }
        });
        QuicChannel.newBootstrap(port)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        initialize(channel);
                    }
                })
                .remoteAddress(remote)
                .connect()
                .addListener((Future<QuicChannel> connected) -> {
                    if (connected.isSuccess()) {
                        connected.getNow().closeFuture().addListener(closed -> port.close());
                    } else {
                        onNotConnected(connected.cause());
                        port.close();
                    }
                });
    }

    private void onNotConnected(Throwable cause) {
        loop.deadlines.remove(this);
        CertificateException objection = QuicTrust.objection(tls);
        if (objection != null || cause instanceof SSLException) {
            first.failTls(objection == null ? cause : objection);
        } else {
            contender.failed(cause);
        }
    }

    private void initialize(QuicChannel channel) {
        Limits limits = first.settings().limits();
        Http3Settings settings = Http3Settings.defaultSettings().maxFieldSectionSize(limits.maxHeaderBytes());
        ChannelHandler control = new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object read) {
                try {
                    receiveControl(read);
                } finally {
                    ReferenceCountUtil.release(read);
                }
            }
        };
        channel.pipeline()
                .addLast(
                        this,
                        new Http3ClientConnectionHandler(
                                control, null, null, new DefaultHttp3SettingsFrame(settings), true));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        transport.quicConnections().add((QuicChannel) added.channel());
    }

    private void receiveControl(Object read) {
        if (read instanceof Http3SettingsFrame frame && !settled) {
            receiveSettings(frame.settings());
        } else if (read instanceof Http3GoAwayFrame goAway) {
            evict();
            // RFC 9114 §5.2: what has this id or a higher one was not and will not be processed.
            for (QuicStreamChannel stream : List.copyOf(open)) {
                if (stream.streamId() >= goAway.id()) {
                    stream.pipeline()
                            .fireExceptionCaught(
                                    new StreamResetException(StreamResetException.Reason.REFUSED, "GOAWAY"));
                }
            }
        }
    }

    // RFC 9220 §3, as RFC 8441 §3: a client "MUST NOT" ask for a WebSocket before the setting has come that allows it.
    private void receiveSettings(Http3Settings settings) {
        if (!contender.wins()) {
            return; // which has closed the port
        }
        settled = true;
        if (Boolean.TRUE.equals(settings.connectProtocolEnabled())) {
            transport.share(first.address(), this);
            openStream(first, elsewhere);
        } else {
            first.fail(new WebSocketException(first.address() + " has no WebSockets over HTTP/3 (RFC 9220)"));
            close();
        }
    }

    @Override
    public void evict() {
        goingAway = true;
        transport.shareNoMore(first.address(), this);
    }

    @Override
    public void open(OpeningAttempt attempt, Elsewhere instead) {
        ctx.channel().eventLoop().execute(() -> {
            QuicChannel channel = (QuicChannel) ctx.channel();
            if (channel.isActive() && !goingAway && channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0) {
                openStream(attempt, instead);
            } else {
                instead.connect(attempt, attempt.settings().http());
            }
        });
    }

    private void openStream(OpeningAttempt attempt, Elsewhere instead) {
        loop.deadlines.remove(this);
        streams++;
        QuicChannel channel = (QuicChannel) ctx.channel();
        Http3Frames frames = new Http3Frames(
                attempt.settings().limits().highWaterMark() / 2,
                Quic.remoteAddress(channel),
                Quic.localAddress(channel),
                () -> {});
        ChannelHandler handlers = new ChannelInitializer<QuicStreamChannel>() {
            @Override
            protected void initChannel(QuicStreamChannel stream) {
                open.add(stream);
                stream.closeFuture().addListener(closed -> {
                    open.remove(stream);
                    end();
                });
                frames.onSilence(Http3ClientConnection.this::evict);
                stream.pipeline()
                        .addLast(frames, new StreamOpening(attempt, HttpVersion.HTTP_3, frames, transport, instead));
            }
        };
        Http3.newRequestStream(channel, handlers).addListener(opened -> {
            if (!opened.isSuccess()) {
                attempt.failThrown(opened.cause());
                end();
            }
        });
    }

    private void end() {
        streams--;
        if (streams == 0 && ctx.channel().isActive()) {
            loop.deadlines.set(
                    this,
                    LoopContext.nanoTime()
                            + first.settings().limits().handshakeTimeout().toNanos());
        }
    }

    private void close() {
        ((QuicChannel) ctx.channel()).close(true, Http3ErrorCode.H3_NO_ERROR.code(), Unpooled.EMPTY_BUFFER);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.deadlines.remove(this);
        transport.shareNoMore(first.address(), this);
        if (!settled) {
            contender.failed(new ClosedChannelException());
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            ErrorGuard.end(context.channel(), ErrorGuard.Source.CONNECTION, cause);
        }
        if (!settled) {
            contender.failed(cause);
        }
        LOG.log(Level.DEBUG, "an HTTP/3 connection failed", cause);
    }

    @Override
    public void onThrown(Throwable thrown) {
        if (settled) {
            ErrorGuard.close(ctx.channel());
        } else {
            first.failThrown(thrown);
        }
    }

    @Override
    public void onDeadline(long now) {
        if (settled) {
            transport.shareNoMore(first.address(), this);
            close();
        } else {
            first.failTimedOut();
        }
    }
}
