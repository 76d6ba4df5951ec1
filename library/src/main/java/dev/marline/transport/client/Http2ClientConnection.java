package dev.marline.transport.client;

import dev.marline.Limits;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.http.Http2Codec;
import dev.marline.transport.http.Http2Frames;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.DeadlineWheel;
import dev.marline.transport.loop.ErrorGuard;
import dev.marline.transport.loop.LoopContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection of a client, which carries the WebSockets to one origin, as many as the server allows. It ends when it has had
 * none for a while.
 */
public final class Http2ClientConnection extends DeadlineWheel.Timed implements SharedConnection {
    /** How much may come on a stream before any of it is taken: more than a server lets its many clients send. */
    private static final int STREAM_WINDOW = 256 * 1024;

    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final OpeningAttempt first;
    private final ClientTransport transport;
    private final Elsewhere elsewhere;
    private final Runnable withoutWebSockets;
    private final Http2FrameCodec codec;

    private boolean evicted;

    /** Whether it is known what becomes of the first attempt. */
    private boolean settled;

    // Set when the handler is added to its channel, which is before anything else happens.
    @SuppressWarnings("NullAway.Init")
    private ChannelHandlerContext ctx;

    @SuppressWarnings("NullAway.Init")
    private LoopContext loop;

    private Http2ClientConnection(
            OpeningAttempt first,
            ClientTransport transport,
            Elsewhere elsewhere,
            Runnable withoutWebSockets,
            Http2FrameCodec codec) {
        this.first = first;
        this.transport = transport;
        this.elsewhere = elsewhere;
        this.withoutWebSockets = withoutWebSockets;
        this.codec = codec;
    }

    /**
     * Turns a new connection into one.
     *
     * @param first the attempt that the connection was opened for
     * @param elsewhere continues the attempt if its stream is refused
     * @param withoutWebSockets what to do if the server has none over HTTP/2
     */
    static void addTo(
            ChannelPipeline pipeline,
            OpeningAttempt first,
            ClientTransport transport,
            Elsewhere elsewhere,
            Runnable withoutWebSockets) {
        Http2Settings settings = new Http2Settings()
                .pushEnabled(false)
                .initialWindowSize(STREAM_WINDOW)
                .maxHeaderListSize(first.settings().limits().maxHeaderBytes());
        Limits limits = first.settings().limits();
        // RFC 9113 §5.1: HEADERS of a server open no stream, and push is off.
        ChannelHandler none = new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                pipeline.fireExceptionCaught(
                        Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "the server has opened a stream"));
            }
        };
        Http2FrameCodec codec = Http2Codec.addTo(pipeline, false, settings, limits, none);
        pipeline.addLast(new Http2ClientConnection(first, transport, elsewhere, withoutWebSockets, codec));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        loop = LoopContext.of(added.channel().eventLoop());
        Channels.configureShared(added.channel());
        loop.deadlines.set(this, first.deadline().nanos());
        codec.connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamActive(Http2Stream stream) {
                loop.deadlines.remove(Http2ClientConnection.this);
            }

            @Override
            public void onStreamRemoved(Http2Stream stream) {
                if (codec.connection().numActiveStreams() == 0 && ctx.channel().isActive()) {
                    loop.deadlines.set(
                            Http2ClientConnection.this,
                            LoopContext.nanoTime()
                                    + first.settings()
                                            .limits()
                                            .handshakeTimeout()
                                            .toNanos());
                }
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        try {
            if (read instanceof Http2SettingsFrame frame && !settled) {
                receiveSettings(frame.settings());
            } else if (read instanceof Http2GoAwayFrame goAway) {
                evict();
                if (!settled && goAway.errorCode() == Http2Error.HTTP_1_1_REQUIRED.code()) {
                    settleWithoutWebSockets();
                }
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    // RFC 8441 §3: a client "MUST NOT" ask for a WebSocket before the setting has come that allows it.
    private void receiveSettings(Http2Settings settings) {
        if (Boolean.TRUE.equals(settings.connectProtocolEnabled())) {
            settled = true;
            transport.share(first.address(), this);
            openStream(first, elsewhere);
        } else {
            settleWithoutWebSockets();
        }
    }

    private void settleWithoutWebSockets() {
        settled = true;
        ctx.close();
        withoutWebSockets.run();
    }

    @Override
    public void evict() {
        evicted = true;
        transport.shareNoMore(first.address(), this);
    }

    @Override
    public void open(OpeningAttempt attempt, Elsewhere instead) {
        ctx.channel().eventLoop().execute(() -> {
            boolean room = !evicted
                    && ctx.channel().isActive()
                    && !codec.connection().goAwayReceived()
                    && codec.connection().local().canOpenStream();
            if (room) {
                openStream(attempt, instead);
            } else {
                instead.connect(attempt, attempt.settings().http());
            }
        });
    }

    private void openStream(OpeningAttempt attempt, Elsewhere instead) {
        new Http2StreamChannelBootstrap(ctx.channel())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        Channels.configureStream(stream, attempt.settings().limits());
                        Http2Frames frames = new Http2Frames();
                        frames.onSilence(Http2ClientConnection.this::evict);
                        stream.pipeline()
                                .addLast(
                                        frames,
                                        new StreamOpening(attempt, HttpVersion.HTTP_2, frames, transport, instead));
                    }
                })
                .open()
                .addListener(opened -> {
                    if (!opened.isSuccess()) {
                        attempt.failThrown(opened.cause());
                    }
                });
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.deadlines.remove(this);
        transport.shareNoMore(first.address(), this);
        failFirst(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // An error in HTTP/2 itself the codec tells the peer, by its code, and closes then.
        if (!(cause instanceof Http2Exception)) {
            ErrorGuard.close(context.channel());
        }
        failFirst(cause);
        LOG.log(Level.DEBUG, "an HTTP/2 connection failed", cause);
    }

    @Override
    public void onThrown(Throwable thrown) {
        ErrorGuard.close(ctx.channel());
        failFirst(thrown);
    }

    private void failFirst(@Nullable Throwable cause) {
        if (settled) {
            return;
        }
        if (cause == null) {
            first.failLost();
        } else {
            first.failThrown(cause);
        }
    }

    @Override
    public void onDeadline(long now) {
        if (!settled) {
            first.failTimedOut();
        }
        transport.shareNoMore(first.address(), this);
        ctx.close();
    }
}
