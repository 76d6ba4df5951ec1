package dev.marline.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.function.Consumer;

/** A tunnel over HTTP/2, in clear text and with prior knowledge (RFC 9113 §3.3). To a server, each stream has its own connection. */
final class Http2Tunnel extends StreamTunnel {
    @Override
    void openStream(int server, Consumer<Channel> opened) {
        new Bootstrap()
                .group(LOOP)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        channels.add(connection);
                        connection
                                .pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient()
                                                .initialSettings(new Http2Settings().pushEnabled(false))
                                                .gracefulShutdownTimeoutMillis(0)
                                                .build(),
                                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                                        new ServersSettings(opened));
                    }
                })
                .connect(InetAddress.getLoopbackAddress(), server);
    }

    /** Of what a connection is told besides its streams, only that it has failed matters; each stream ends with it. */
    private static class Rest extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** RFC 8441 §3: only when the server has said that it may, a client asks for a WebSocket. */
    private static final class ServersSettings extends Rest {
        private final Consumer<Channel> opened;

        ServersSettings(Consumer<Channel> opened) {
            this.opened = opened;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object read) {
            if (read instanceof Http2SettingsFrame frame
                    && Boolean.TRUE.equals(frame.settings().connectProtocolEnabled())) {
                new Http2StreamChannelBootstrap(ctx.channel())
                        .handler(initializer())
                        .open()
                        .addListener((Future<Http2StreamChannel> stream) -> {
                            stream.getNow().closeFuture().addListener(closed -> ctx.close());
                            opened.accept(stream.getNow());
                        });
            }
            ReferenceCountUtil.release(read);
        }
    }

    @Override
    Channel listen(Consumer<Channel> opened) {
        return new ServerBootstrap()
                .group(LOOP)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        channels.add(connection);
                        connection
                                .pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forServer()
                                                .initialSettings(new Http2Settings().connectProtocolEnabled(true))
                                                .gracefulShutdownTimeoutMillis(0)
                                                .build(),
                                        new Http2MultiplexHandler(new ChannelInitializer<>() {
                                            @Override
                                            protected void initChannel(Channel stream) {
                                                stream.pipeline().addLast(initializer());
                                                opened.accept(stream);
                                            }
                                        }),
                                        new Rest());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.config().setAutoRead(false);
                stream.pipeline().addLast(new Http2End());
            }
        };
    }

    /** The end at Marline. RFC 8441 §5: bytes are in DATA frames, END_STREAM stands for TCP's FIN, and RST_STREAM for its reset. */
    private static final class Http2End extends ChannelDuplexHandler {
        private final ExtendedConnect handshake = new ExtendedConnect();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object read) {
            if (read instanceof Http2DataFrame data) {
                ctx.fireChannelRead(data.content());
                endOfInput(ctx, data.isEndStream());
            } else if (read instanceof Http2HeadersFrame headers) {
                ctx.fireChannelRead(handshake.fromStream(headers.headers()));
                endOfInput(ctx, headers.isEndStream());
            } else {
                ReferenceCountUtil.release(read);
            }
        }

        private static void endOfInput(ChannelHandlerContext ctx, boolean ended) {
            if (ended) {
                ctx.fireChannelRead(Relay.End.IN_ORDER);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof Http2ResetFrame) {
                ctx.fireChannelRead(Relay.End.RESET);
            }
        }

        @Override
        public void read(ChannelHandlerContext ctx) {
            ctx.read();
            ctx.flush(); // The window that has opened: Netty does not always tell by itself.
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message instanceof HttpHead head) {
                Http2Headers headers = new DefaultHttp2Headers();
                handshake.toStream(head).forEach(field -> headers.add(field.getKey(), field.getValue()));
                ctx.write(new DefaultHttp2HeadersFrame(headers), promise);
            } else if (message instanceof ByteBuf bytes) {
                ctx.write(new DefaultHttp2DataFrame(bytes), promise);
            } else if (message == Relay.End.IN_ORDER) {
                ctx.write(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true), promise);
            } else {
                ctx.close(promise); // of a stream that has not ended, that is a RST_STREAM with CANCEL
            }
        }
    }
}
