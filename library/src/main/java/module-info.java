/** WebSocket server and client for the JVM. */
module dev.marline {
    requires transitive dev.marline.protocol;
    requires static java.logging;
    requires static transitive org.jspecify;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.classes.quic;
    requires io.netty.codec.haproxy;
    requires io.netty.codec.http2;
    requires io.netty.codec.http3;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.resolver;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.classes.io_uring;
    requires io.netty.transport.classes.kqueue;
    requires io.netty.transport.unix.common;

    exports dev.marline;
    exports dev.marline.client;
    exports dev.marline.server;
    exports dev.marline.tls;
}
