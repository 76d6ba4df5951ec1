package dev.marline.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.http3.Http3SettingsFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A tunnel over HTTP/3. To a server, each stream has its own connection. */
final class Http3Tunnel extends StreamTunnel {
    private static final int CANCELLED = Http3ErrorCode.H3_REQUEST_CANCELLED.code();

    private static <B extends QuicCodecBuilder<B>> B configure(B builder) {
        return builder.maxIdleTimeout(120, TimeUnit.SECONDS)
                .initialMaxData(1024 * 1024)
                .initialMaxStreamDataBidirectionalLocal(64 * 1024)
                .initialMaxStreamDataBidirectionalRemote(64 * 1024)
                .initialMaxStreamDataUnidirectional(64 * 1024)
                .initialMaxStreamsBidirectional(100)
                .initialMaxStreamsUnidirectional(8);
    }

    @Override
    void openStream(int server, Consumer<Channel> opened) {
        QuicSslContext tls = QuicSslContextBuilder.forClient()
                .trustManager(Speaking.CERTIFICATES.certificate().toFile())
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .build();
        new Bootstrap()
                .group(LOOP)
                .channel(NioDatagramChannel.class)
                .handler(configure(Http3.newQuicClientCodecBuilder())
                        .sslEngineProvider(quic -> tls.newEngine(quic.alloc(), "localhost", server))
                        .build())
                .bind(0)
                .addListener((ChannelFuture bound) -> connect(bound.channel(), server, opened));
    }

    private void connect(Channel datagrams, int server, Consumer<Channel> opened) {
        channels.add(datagrams);
        QuicChannel.newBootstrap(datagrams)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel connection) {
                        channels.add(connection);
                        connection.closeFuture().addListener(closed -> datagrams.close());
                        ChannelHandler settings = new ServersSettings(() -> openStream(connection, opened));
                        connection
                                .pipeline()
                                .addLast(new Http3ClientConnectionHandler(
                                        settings,
                                        null,
                                        null,
                                        new DefaultHttp3SettingsFrame(Http3Settings.defaultSettings()),
                                        true));
                    }
                })
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), server))
                .connect();
    }

    private static void openStream(QuicChannel connection, Consumer<Channel> opened) {
        Http3.newRequestStream(connection, initializer()).addListener((Future<QuicStreamChannel> stream) -> {
            stream.getNow().closeFuture().addListener(closed -> connection.close());
            opened.accept(stream.getNow());
        });
    }

    /** RFC 9220 §3: only when the server has said that it may, a client asks for a WebSocket. */
    private static final class ServersSettings extends ChannelInboundHandlerAdapter {
        private final Runnable allowed;

        ServersSettings(Runnable allowed) {
            this.allowed = allowed;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object read) {
            if (read instanceof Http3SettingsFrame frame
                    && Boolean.TRUE.equals(frame.settings().connectProtocolEnabled())) {
                allowed.run();
            }
            ReferenceCountUtil.release(read);
        }
    }

    @Override
    Channel listen(Consumer<Channel> opened) {
        QuicSslContext tls = QuicSslContextBuilder.forServer(
                        Speaking.CERTIFICATES.key().toFile(),
                        null,
                        Speaking.CERTIFICATES.certificate().toFile())
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .build();
        return new Bootstrap()
                .group(LOOP)
                .channel(NioDatagramChannel.class)
                .handler(configure(Http3.newQuicServerCodecBuilder())
                        .sslContext(tls)
                        .tokenHandler(null)
                        .handler(new ChannelInitializer<QuicChannel>() {
                            @Override
                            protected void initChannel(QuicChannel connection) {
                                channels.add(connection);
                                connection.pipeline().addLast(streams(opened));
                            }
                        })
                        .build())
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static Http3ServerConnectionHandler streams(Consumer<Channel> opened) {
        Http3Settings settings = Http3Settings.defaultSettings().enableConnectProtocol(true);
        return new Http3ServerConnectionHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                    @Override
                    protected void initChannel(QuicStreamChannel stream) {
                        stream.pipeline().addLast(initializer());
                        opened.accept(stream);
                    }
                },
                new ServersSettings(() -> {}),
                null,
                new DefaultHttp3SettingsFrame(settings),
                true);
    }

    private static ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.config().setAutoRead(false);
                stream.pipeline().addLast(new Http3End());
            }
        };
    }

    /** The end at Marline. RFC 9220 §3: a FIN on the stream stands for TCP's, and H3_REQUEST_CANCELLED for its reset. */
    private static final class Http3End extends ChannelDuplexHandler {
        private final ExtendedConnect handshake = new ExtendedConnect();
        private ChannelFuture outputEnded;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object read) {
            if (read instanceof Http3DataFrame data) {
                ctx.fireChannelRead(data.content());
            } else if (read instanceof Http3HeadersFrame headers) {
                ctx.fireChannelRead(handshake.fromStream(headers.headers()));
            } else {
                ReferenceCountUtil.release(read);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                ctx.fireChannelRead(Relay.End.IN_ORDER);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof QuicStreamResetException) {
                ctx.fireChannelRead(Relay.End.RESET);
            }
            reset(ctx);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message instanceof HttpHead head) {
                Http3Headers headers = new DefaultHttp3Headers();
                handshake.toStream(head).forEach(field -> headers.add(field.getKey(), field.getValue()));
                ctx.write(new DefaultHttp3HeadersFrame(headers), promise);
            } else if (message instanceof ByteBuf bytes) {
                ctx.write(new DefaultHttp3DataFrame(bytes), promise);
            } else if (message == Relay.End.IN_ORDER) {
                // Behind what is queued, which shutting down the channel's output would overtake.
                outputEnded = ctx.pipeline().firstContext().writeAndFlush(QuicStreamFrame.EMPTY_FIN);
            } else if (outputEnded == null) {
                reset(ctx);
            } else {
                outputEnded.addListener(written -> reset(ctx));
            }
        }

        private static void reset(ChannelHandlerContext ctx) {
            ((QuicStreamChannel) ctx.channel()).shutdown(CANCELLED, ctx.newPromise());
            ctx.close();
        }
    }
}
