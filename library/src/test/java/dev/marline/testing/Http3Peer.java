package dev.marline.testing;

import static dev.marline.testing.Eventually.eventually;

import dev.marline.protocol.handshake.HttpVersion;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.http3.Http3SettingsFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * HTTP/3 on Netty's QUIC. Writes its frames by itself (RFC 9114 §7.1), past Netty's codec, which reads those of the server. What comes
 * is read as it comes.
 */
public final class Http3Peer implements StreamPeer {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int SETTINGS = 4;

    /** The type of QPACK's encoder stream, RFC 9204 §4.2. */
    public static final int ENCODER_STREAM = 2;

    /** How much the server may send on a stream that is not read. */
    public static final int WINDOW = 64 * 1024;

    private static final EventLoopGroup LOOPS =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http3-peer", true), NioIoHandler.newFactory());

    private final CompletableFuture<Http3Settings> settings = new CompletableFuture<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final CompletableFuture<Void> goAway = new CompletableFuture<>();
    private QuicChannel channel;

    private Http3Peer() {}

    /** A client of the server at this port that has its settings. */
    public static Http3Peer connect(int port, Path certificate) {
        return connect(port, "localhost", tls -> tls.trustManager(certificate.toFile()));
    }

    /**
     * The same with TLS of its own.
     *
     * @param name the server's, of which it is told if there is a dot in it
     */
    public static Http3Peer connect(int port, String name, UnaryOperator<QuicSslContextBuilder> tls) {
        Http3Peer peer = new Http3Peer();
        peer.connectTo(port, name, tls);
        Ends.await(peer.settings);
        return peer;
    }

    /** What the server has shown of itself. */
    public X509Certificate serverCertificate() {
        try {
            return (X509Certificate) channel.sslEngine().getSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            throw new AssertionError("the server has shown no certificate", e);
        }
    }

    private void connectTo(int port, String name, UnaryOperator<QuicSslContextBuilder> configured) {
        QuicSslContext tls = configured
                .apply(QuicSslContextBuilder.forClient())
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .build();
        ChannelHandler codec = Http3.newQuicClientCodecBuilder()
                .sslEngineProvider(quic -> tls.newEngine(quic.alloc(), name, port))
                .maxIdleTimeout(60, TimeUnit.SECONDS)
                .initialMaxData(16 * 1024 * 1024)
                .initialMaxStreamDataBidirectionalLocal(WINDOW)
                .initialMaxStreamDataUnidirectional(WINDOW)
                .initialMaxStreamsUnidirectional(3)
                .build();
        Channel datagrams = new Bootstrap()
                .group(LOOPS)
                .channel(NioDatagramChannel.class)
                .handler(codec)
                .bind(0)
                .syncUninterruptibly()
                .channel();
        Future<QuicChannel> connecting = QuicChannel.newBootstrap(datagrams)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel created) {
                        created.pipeline()
                                .addLast(
                                        new ConnectionEnd(),
                                        new Http3ClientConnectionHandler(
                                                new ControlStream(),
                                                null,
                                                null,
                                                new DefaultHttp3SettingsFrame(Http3Settings.defaultSettings()),
                                                true));
                    }
                })
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .connect();
        try {
            channel = get(connecting);
        } finally {
            (channel == null ? connecting : channel.closeFuture()).addListener(closed -> datagrams.close());
        }
    }

    private static <T> T get(Future<T> future) {
        if (!future.awaitUninterruptibly(Patience.SECONDS, TimeUnit.SECONDS) || !future.isSuccess()) {
            throw new AssertionError("it has not come", future.cause());
        }
        return future.getNow();
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_3;
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }

    // ---- what the peer sends

    @Override
    public PeerStream open(boolean last, String... fields) {
        Exchange exchange = newStream();
        exchange.sendRaw(frame(HEADERS, LiteralFields.qpack(fields)));
        if (last) {
            exchange.end();
        }
        return exchange;
    }

    /** A request's stream on which nothing is sent yet. */
    public Exchange newStream() {
        eventually("the server allows another stream", () -> allowedStreams() > 0);
        Exchange exchange = new Exchange();
        Reader reader = new Reader(exchange);
        exchange.stream = get(Http3.newRequestStream(channel, reader));
        ChannelPipeline pipeline = exchange.stream.pipeline();
        // Behind the codec Netty has handlers that know what a client may send and receive; this is no such client.
        List<ChannelHandler> handlers = new ArrayList<>();
        pipeline.forEach(each -> handlers.add(each.getValue()));
        handlers.stream().skip(1).filter(each -> each != reader).forEach(pipeline::remove);
        return exchange;
    }

    /** Sends bytes on a stream of one direction, which begin with its type. */
    public void sendOnNewStream(byte[] bytes) {
        QuicStreamChannel stream =
                get(channel.createStream(QuicStreamType.UNIDIRECTIONAL, new ChannelInboundHandlerAdapter()));
        stream.writeAndFlush(Unpooled.wrappedBuffer(bytes));
    }

    /** Sends bytes on the control stream, behind the settings. */
    public void sendControl(byte[] bytes) {
        eventually("there is a control stream", () -> Http3.getLocalControlStream(channel) != null);
        Http3.getLocalControlStream(channel).pipeline().firstContext().writeAndFlush(Unpooled.wrappedBuffer(bytes));
    }

    /** How many streams more the server allows. */
    public long allowedStreams() {
        return channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL);
    }

    public static byte[] frame(int type, byte[] payload) {
        // RFC 9000 §16: a number in eight bytes has the two highest bits set.
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) type)
                .putLong(0xC000_0000_0000_0000L | payload.length)
                .put(payload)
                .array();
    }

    /** Names and values in turn, as a field section. */
    public static byte[] section(String... fields) {
        return LiteralFields.qpack(fields);
    }

    // ---- what the server sends

    @Override
    public long setting(int id) {
        Long value = Ends.await(settings).get((long) id);
        return value == null ? 0 : value;
    }

    @Override
    public void awaitGoAway() {
        Ends.await(goAway);
    }

    /** {@code CLOSED} and an error code. */
    @Override
    public String readEnd() {
        return Ends.await(end);
    }

    private static String name(int code) {
        return Stream.of(Http3ErrorCode.values())
                .filter(error -> error.code() == code)
                .map(Enum::name)
                .findFirst()
                .orElse("0x" + Integer.toHexString(code));
    }

    private final class ConnectionEnd extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof QuicConnectionCloseEvent close) {
                end.complete("CLOSED " + name(close.error()));
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end.complete("CLOSED");
            context.fireChannelInactive();
        }
    }

    private final class ControlStream extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            if (read instanceof Http3SettingsFrame frame) {
                settings.complete(frame.settings());
            } else if (read instanceof Http3GoAwayFrame) {
                goAway.complete(null);
            }
            ReferenceCountUtil.release(read);
        }
    }

    /** A request's stream. */
    public static final class Exchange extends PeerStream {
        private QuicStreamChannel stream;

        private Exchange() {}

        /** Sends bytes, frames or not. */
        public Exchange sendRaw(byte[] bytes) {
            write(Unpooled.wrappedBuffer(bytes));
            return this;
        }

        private void write(Object message) {
            stream.pipeline().firstContext().writeAndFlush(message);
        }

        @Override
        void sendData(byte[] bytes, boolean last) {
            if (bytes.length > 0) {
                sendRaw(frame(DATA, bytes));
            }
            if (last) {
                write(QuicStreamFrame.EMPTY_FIN);
            }
        }

        @Override
        public PeerStream endWith(String... trailers) {
            sendRaw(frame(HEADERS, LiteralFields.qpack(trailers)));
            write(QuicStreamFrame.EMPTY_FIN);
            return this;
        }

        @Override
        public void reset() {
            stream.shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED.code(), stream.newPromise());
        }

        @Override
        public void readNoMore() {
            stream.config().setAutoRead(false);
        }

        @Override
        public void await(String what, BooleanSupplier happened) {
            eventually(what + " comes", happened);
        }
    }

    /** Passes on what comes on a stream. */
    private static final class Reader extends ChannelInboundHandlerAdapter {
        private final PeerStream to;

        Reader(PeerStream to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            if (read instanceof Http3HeadersFrame headers) {
                to.receiveHead(head(headers.headers()));
            } else if (read instanceof Http3DataFrame data) {
                to.receiveData(ByteBufUtil.getBytes(data.content()));
            }
            ReferenceCountUtil.release(read);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                to.receiveEnd(PeerStream.END);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            to.receiveEnd(
                    cause instanceof QuicStreamResetException reset
                            ? "RESET " + name((int) reset.applicationProtocolCode())
                            : cause.toString());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            to.receiveEnd("CLOSED");
        }
    }

    private static HttpHead head(Http3Headers headers) {
        List<String> fields = new ArrayList<>();
        headers.forEach(field -> {
            if (field.getKey().charAt(0) != ':') {
                fields.add(field.getKey() + ": " + field.getValue());
            }
        });
        return new HttpHead("HTTP/3 " + headers.status(), fields);
    }
}
