package dev.marline.transport.http;

import dev.marline.Limits;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.OwnBuffers;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.handler.flush.FlushConsolidationHandler;

/** Netty's HTTP/2 codec, as both ends want it: what differs from its defaults. */
public final class Http2Codec extends Http2FrameCodecBuilder {
    private final int resets;

    private Http2Codec(boolean server, Http2Settings settings, Limits limits) {
        DefaultHttp2Connection connection = new DefaultHttp2Connection(server);
        // The connection's window opens again as soon as data has come, a stream's only when its
        // WebSocket has taken it: so a WebSocket that is paused holds up no other on the same connection.
        connection
                .local()
                .flowController(new DefaultHttp2LocalFlowController(
                        connection, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
        // Streams have no priorities (RFC 9113 §5.3.1 has deprecated them): each gets its turn.
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(connection, new UniformStreamByteDistributor(connection)));
        connection(connection);
        initialSettings(settings);
        gracefulShutdownTimeoutMillis(limits.closingTimeout().toMillis());
        // All WebSockets of a connection may end in a reset at once, and be opened again; a peer that does so again and
        // again is what CVE-2023-44487 is about, and one that makes us reset, CVE-2025-8671.
        resets = ResetLimit.most(limits.maxConcurrentStreams());
        decoderEnforceMaxRstFramesPerWindow(resets, ResetLimit.SECONDS);
        encoderEnforceMaxRstFramesPerWindow(resets, ResetLimit.SECONDS);
    }

    @Override
    protected Http2FrameCodec build(
            Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
        return new StrictFrameCodec(encoder, decoder, settings, resets);
    }

    /**
     * Sets a channel up for HTTP/2, but for what looks after the connection.
     *
     * @param streams what each stream that the peer opens is set up with
     */
    public static Http2FrameCodec addTo(
            ChannelPipeline pipeline, boolean server, Http2Settings settings, Limits limits, ChannelHandler streams) {
        Http2FrameCodec codec = new Http2Codec(server, settings, limits).build();
        if (!Channels.isSecure(pipeline)) {
            pipeline.addLast(new OwnBuffers());
        }
        pipeline.addLast(
                // What several streams send goes out together.
                new FlushConsolidationHandler(FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true),
                codec,
                new Http2MultiplexHandler(streams));
        return codec;
    }
}
