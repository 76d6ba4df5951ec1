package dev.marline.transport.http;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.concurrent.TimeUnit;

/** The QUIC connections of a server or a client: unlike TCP's, nobody tells their peers of their end if they do not themselves. */
public final class QuicConnections {
    private static final int CLOSING_SECONDS = 1;

    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    /** Adds one until it is closed. */
    public void add(QuicChannel connection) {
        open.add(connection);
    }

    /** Closes those that are left. */
    public void close() {
        open.close().awaitUninterruptibly(CLOSING_SECONDS, TimeUnit.SECONDS);
    }
}
