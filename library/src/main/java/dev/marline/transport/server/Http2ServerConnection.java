package dev.marline.transport.server;

import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.http.Http2Codec;
import dev.marline.transport.http.Http2Frames;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.ErrorGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;

/**
 * An HTTP/2 connection of a server: gives each of its streams a {@link StreamRequestHandler}. It ends if the first does not come within
 * the handshake timeout. After the idle timeout without streams it sends GOAWAY, and closes after a grace, as a client may have sent a
 * request meanwhile.
 */
public final class Http2ServerConnection extends PendingRequestHandler implements Drainable {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final Http2FrameCodec codec;

    /** Whether there were streams, and there are none any more. */
    private boolean idle;

    private boolean goingAway;

    private Http2ServerConnection(ServerContext server, Http2FrameCodec codec) {
        super(server);
        this.codec = codec;
    }

    static void addTo(ChannelPipeline pipeline, ServerContext server, boolean admitted) {
        Http2Settings settings = new Http2Settings()
                // RFC 8441 §3: without it, no client may ask for a WebSocket.
                .connectProtocolEnabled(true)
                .maxConcurrentStreams(server.limits().maxConcurrentStreams())
                .maxHeaderListSize(server.limits().maxHeaderBytes());
        SocketAddress client = ClientAddress.ofConnection(pipeline.channel());
        ChannelHandler streams = new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                Channels.configureStream(stream, server.limits());
                Http2Frames frames = new Http2Frames();
                boolean room = server.counter().streamOpened(client);
                stream.closeFuture().addListener(closed -> server.counter().streamClosed(client));
                stream.pipeline().addLast(frames, new StreamRequestHandler(server, admitted && room, frames));
            }
        };
        Http2FrameCodec codec = Http2Codec.addTo(pipeline, true, settings, server.limits(), streams);
        pipeline.addLast(new Http2ServerConnection(server, codec));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        server.add(this);
        Channels.configureShared(added.channel());
        if (added.channel().isActive()) {
            beginWaiting();
        }
        codec.connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamActive(Http2Stream stream) {
                idle = false;
                stopWaiting();
            }

            @Override
            public void onStreamRemoved(Http2Stream stream) {
                if (codec.connection().numActiveStreams() == 0 && ctx.channel().isActive()) {
                    idle = true;
                    beginIdling();
                    if (goingAway) {
                        setDeadline(server.limits().closingTimeout());
                    }
                }
            }
        });
    }

    /** RFC 9113 §6.8: a GOAWAY that takes any stream, then the end "after allowing time for any in-flight stream creation". */
    @Override
    public void onDeadline(long now) {
        if (!idle || goingAway) {
            super.onDeadline(now);
            return;
        }
        goingAway = true;
        ctx.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
        setDeadline(server.limits().closingTimeout());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        // The codec closes its streams next, but not before all that has come on them is read, for which a request that
        // is being answered does not ask.
        context.pipeline().fireUserEventTriggered(ChannelOutputShutdownEvent.INSTANCE);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        super.handlerRemoved(removed);
        server.remove(this);
    }

    /** What concerns the connection, settings and pings say, the codec has dealt with. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ReferenceCountUtil.release(read);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // An error in HTTP/2 itself the codec tells the peer, by its code, and closes then.
        if (!(cause instanceof Http2Exception)) {
            ErrorGuard.close(context.channel());
        }
        LOG.log(Level.DEBUG, "an HTTP/2 connection failed", cause);
    }

    /** RFC 9113 §6.8: a GOAWAY, and the end when the last stream has ended. */
    @Override
    public void drain() {
        ctx.channel().eventLoop().execute(ctx.channel()::close);
    }
}
