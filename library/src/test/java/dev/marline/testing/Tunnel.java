package dev.marline.testing;

import dev.marline.protocol.handshake.HttpVersion;

/**
 * The way between a scripted peer, who knows no HTTP but HTTP/1.1, and Marline: so a test that is written once, for bytes on a
 * connection, is run over the streams of the later versions too. It goes by Netty's codecs and not through Marline's transport. Of
 * what it carries it holds little: who is slow at one end is felt at the other.
 */
public interface Tunnel extends AutoCloseable {
    /** The way to Marline's server at this port. */
    static Tunnel toServer(HttpVersion http, int port) {
        return switch (http) {
            case HTTP_1_1 -> new Direct(port);
            case HTTP_2 -> new Http2Tunnel().toServer(port);
            case HTTP_3 -> new Http3Tunnel().toServer(port);
            default -> throw new IllegalArgumentException("no tunnel for " + http);
        };
    }

    /** The way from Marline's client to the scripted server at this port. */
    static Tunnel toPeer(HttpVersion http, int port) {
        return switch (http) {
            case HTTP_1_1 -> new Direct(port);
            case HTTP_2 -> new Http2Tunnel().toPeer(port);
            case HTTP_3 -> new Http3Tunnel().toPeer(port);
            default -> throw new IllegalArgumentException("no tunnel for " + http);
        };
    }

    /** Where to connect to instead. */
    int port();

    @Override
    void close();

    /** Nothing in between. */
    record Direct(int port) implements Tunnel {
        @Override
        public void close() {}
    }
}
