package dev.marline.transport.server;

import dev.marline.transport.caller.ClientAddress;
import dev.marline.transport.loop.Channels;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.TransportProtocol;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the header of the PROXY protocol, version 1 or 2, that a trusted proxy begins a connection with; what follows it is TLS or
 * HTTP. A connection that begins otherwise, or not in time, is ended.
 */
public final class ProxyProtocolHandler extends PendingRequestHandler implements Drainable {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** What may follow the addresses: names of hosts and certificates, ids, checksums. Nothing of it is looked at. */
    private static final int MAX_MORE_BYTES = 2048;

    private final Consumer<@Nullable SocketAddress> then;

    private ProxyProtocolHandler(ServerContext server, Consumer<@Nullable SocketAddress> then) {
        super(server);
        this.then = then;
    }

    /**
     * Has a header taken before anything else.
     *
     * @param then sets up for what follows it; told the client's address, or null if the proxy has connected for itself or does not
     *     know
     */
    static void addTo(ChannelPipeline pipeline, ServerContext server, Consumer<@Nullable SocketAddress> then) {
        pipeline.addLast(new HAProxyMessageDecoder(MAX_MORE_BYTES), new ProxyProtocolHandler(server, then));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        server.add(this);
        beginWaiting();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        server.remove(this);
        super.handlerRemoved(removed);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        try {
            // Of a connection that was ended for its header, what came behind that is read still.
            if (read instanceof HAProxyMessage header && context.channel().isActive()) {
                SocketAddress client = clientOf(header);
                if (client != null) {
                    ClientAddress.setConnection(context.channel(), client);
                }
                stopWaiting();
                then.accept(client);
                context.pipeline().remove(this);
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    /**
     * The specification, 2.1 and 2.2: with "UNKNOWN", "the receiver must ignore anything presented before the CRLF", and with LOCAL it
     * "must use the real connection endpoints". A protocol or family that is not TCP's over IP has no address that means something here.
     */
    private static @Nullable SocketAddress clientOf(HAProxyMessage header) {
        AddressFamily family = header.proxiedProtocol().addressFamily();
        if (header.command() == HAProxyCommand.LOCAL
                || header.proxiedProtocol().transportProtocol() != TransportProtocol.STREAM
                || (family != AddressFamily.AF_IPv4 && family != AddressFamily.AF_IPv6)) {
            return null;
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(header.sourceAddress());
        if (address == null) {
            throw new HAProxyProtocolException("the address is " + header.sourceAddress());
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), header.sourcePort());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 bytes or 16", e);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            context.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Channel channel = context.channel();
        if (cause instanceof HAProxyProtocolException) {
            server.log().log(
                    Level.WARNING,
                    "{0} is trusted to begin with a header of the PROXY protocol, and has not: {1}",
                    Channels.address(channel.remoteAddress()),
                    String.valueOf(cause.getMessage()));
        } else {
            LOG.log(Level.DEBUG, "a connection failed before its header of the PROXY protocol", cause);
        }
        context.close();
    }

    @Override
    public void drain() {
        ctx.channel().eventLoop().execute(ctx::close);
    }
}
