package dev.marline.transport.websocket;

import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.listening.ServerListener;
import dev.marline.transport.loop.Channels;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.unix.Socket;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** What carries the bytes of a WebSocket: a TCP connection that it has for itself, or a stream of an HTTP/2 or HTTP/3 connection. */
public interface Carrier {
    /** Whether it is a stream, of which a connection has many. */
    boolean isStream();

    /** Tells that a deadline has passed for which the peer was to answer, or to take something; on the event loop. */
    default void peerIsSilent() {}

    /** How many bytes it has taken and not written; any thread may ask. */
    long outboundBytes(Channel channel);

    /**
     * Returns a value that differs from an earlier one if the peer has taken any output in between, as far as the transport can tell. May
     * make a system call, and so is called a few times within a timeout and not for each message.
     */
    Object outboundProgress(Channel channel);

    /**
     * Returns how long a peer that reads steadily may take for what the system still holds, in nanoseconds; 0 if
     * {@link #outboundProgress} knows what the peer takes of that.
     *
     * @param written the most bytes that the system can hold of what was written
     */
    default long backlogNanos(Channel channel, long written) {
        return 0;
    }

    /** Who has made the connection. */
    default SocketAddress remoteAddress(Channel channel) {
        return ClientAddress.ofConnection(channel);
    }

    default SocketAddress localAddress(Channel channel) {
        ServerListener listener = ServerListener.of(channel);
        return listener != null && listener.unixAddress() != null
                ? listener.unixAddress()
                : Channels.address(channel.localAddress());
    }

    /** What may be read from, and written to while the channel holds nothing, past the channel; null if bytes need its handlers. */
    default @Nullable Socket bareSocket(Channel channel) {
        return null;
    }

    /** Ends this side of the connection when all that it has taken is written. */
    void shutDownOutput(ChannelHandlerContext ctx);

    /** Ends both sides when all that it has taken is written. */
    void close(ChannelHandlerContext ctx);

    /** Ends both sides at once, and gives back the memory of all that it has taken. */
    void closeNow(ChannelHandlerContext ctx);
}
