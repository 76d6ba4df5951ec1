package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.bench.server.NettyServer;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Netty's own WebSocket codec on one epoll loop, in clear text and without extensions: what a read leads to is flushed once. */
final class NettyEchoClient implements EchoClient {
    private static final int MAX_RESPONSE = 64 * 1024;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final WebSocketClientProtocolConfig protocol;
    private final int port;
    private final Meter meter;

    NettyEchoClient(ServerProcess server, Meter meter) {
        this.port = server.port();
        this.meter = meter;
        protocol = WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri("ws://127.0.0.1:" + port + "/")
                .maxFramePayloadLength(server.settings().maxMessageBytes())
                .build();
    }

    @Override
    public void begin(List<Exchange> exchanges, List<Message> messages) throws InterruptedException {
        List<WebSocketFrame> frames =
                messages.stream().map(NettyEchoClient::frame).toList();
        List<Echoes> connections = exchanges.stream()
                .map(exchange -> new Echoes(exchange, frames, meter))
                .toList();
        connections.forEach(this::connect);
        for (Echoes connection : connections) {
            LoadClient.await(connection.opening);
        }
        connections.forEach(Echoes::begin);
    }

    private static WebSocketFrame frame(Message message) {
        // What lies off the heap is masked faster.
        ByteBuf payload = Unpooled.directBuffer(message.size()).writeBytes(message.bytes());
        return message.isText() ? new TextWebSocketFrame(payload) : new BinaryWebSocketFrame(payload);
    }

    private void connect(Echoes connection) {
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, NettyServer.RECEIVE_BUFFERS)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(MAX_RESPONSE),
                                        new WebSocketClientProtocolHandler(protocol),
                                        connection);
                    }
                })
                .connect("127.0.0.1", port)
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        connection.opening.completeExceptionally(connected.cause());
                    }
                });
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Echoes extends ChannelInboundHandlerAdapter {
        private final Exchange exchange;
        private final List<WebSocketFrame> frames;
        private final Meter meter;
        private final CompletableFuture<ChannelHandlerContext> opening = new CompletableFuture<>();

        Echoes(Exchange exchange, List<WebSocketFrame> frames, Meter meter) {
            this.exchange = exchange;
            this.frames = frames;
            this.meter = meter;
        }

        void begin() {
            ChannelHandlerContext context = opening.join();
            exchange.begin(index -> context.write(frames.get(index).retainedDuplicate(), context.voidPromise()));
            context.flush();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                opening.complete(context);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            // Marline's server does not fragment: a frame is a message.
            WebSocketFrame frame = (WebSocketFrame) message;
            try {
                ByteBuf payload = frame.content();
                exchange.arrived(frame instanceof TextWebSocketFrame, payload.readableBytes(), payload::nioBuffer);
            } finally {
                frame.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            opening.completeExceptionally(cause);
            meter.ended(String.valueOf(cause.getMessage()));
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            String why = "the connection was closed";
            opening.completeExceptionally(new LoadException(why));
            meter.ended(why);
        }
    }
}
