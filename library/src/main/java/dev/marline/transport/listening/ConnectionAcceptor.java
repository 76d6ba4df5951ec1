package dev.marline.transport.listening;

import dev.marline.transport.loop.ErrorGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives each connection that a listening socket accepts to an event loop. When accepting fails, because no file descriptor is left for
 * example, it pauses for a second: tried again at once, it would fail again and again.
 */
final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
    private final EventLoopGroup loops;
    private final ChannelHandler setUp;
    private final Consumer<Channel> options;

    /** Made in advance: for a class that is loaded when it is needed, there may be no descriptor. */
    private @Nullable Runnable resume;

    /**
     * For one listening socket.
     *
     * @param setUp the handler that sets up a connection; sharable
     * @param options sets a connection's options
     */
    ConnectionAcceptor(EventLoopGroup loops, ChannelHandler setUp, Consumer<Channel> options) {
        this.loops = loops;
        this.setUp = setUp;
        this.options = options;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        resume = () -> added.channel().config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        Channel connection = (Channel) read;
        try {
            connection.pipeline().addLast(setUp);
            options.accept(connection);
            loops.register(connection).addListener(registered -> {
                if (!registered.isSuccess()) {
                    giveUp(connection, registered.cause());
                }
            });
        } catch (Throwable thrown) {
            giveUp(connection, thrown);
        }
    }

    private static void giveUp(Channel connection, Throwable thrown) {
        connection.unsafe().closeForcibly();
        ErrorGuard.log(ErrorGuard.Source.SETTING_UP, thrown);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Runnable paused = resume;
        if (paused != null && context.channel().config().isAutoRead()) {
            // In this order: accepting that could not be resumed must not stop.
            context.channel().eventLoop().schedule(paused, 1, TimeUnit.SECONDS);
            context.channel().config().setAutoRead(false);
        }
        ErrorGuard.log(ErrorGuard.Source.ACCEPTING, cause);
    }
}
