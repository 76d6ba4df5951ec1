package dev.marline.transport.caller;

import dev.marline.transport.loop.Channels;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Whose connection or WebSocket a channel is, where a trusted proxy has said so. It takes no memory where none has. */
public final class ClientAddress {
    private static final AttributeKey<SocketAddress> CONNECTION = AttributeKey.valueOf("dev.marline.connectionOf");
    private static final AttributeKey<SocketAddress> WEB_SOCKET = AttributeKey.valueOf("dev.marline.webSocketOf");

    private ClientAddress() {}

    public static void setConnection(Channel connection, SocketAddress client) {
        connection.attr(CONNECTION).set(client);
    }

    /** Who has made a connection, or that which a stream belongs to. */
    public static SocketAddress ofConnection(Channel channel) {
        for (Channel each = channel; each != null; each = each.parent()) {
            if (each.hasAttr(CONNECTION)) {
                return each.attr(CONNECTION).get();
            }
        }
        return Channels.address(channel.remoteAddress());
    }

    public static void setWebSocket(Channel connectionOrStream, SocketAddress client) {
        connectionOrStream.attr(WEB_SOCKET).set(client);
    }

    /** Who has opened the WebSocket on a channel, if that is not who has made the connection. */
    public static @Nullable SocketAddress ofWebSocket(Channel connectionOrStream) {
        return connectionOrStream.hasAttr(WEB_SOCKET)
                ? connectionOrStream.attr(WEB_SOCKET).get()
                : null;
    }
}
