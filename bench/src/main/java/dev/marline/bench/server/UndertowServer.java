package dev.marline.bench.server;

import io.undertow.Undertow;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.extensions.PerMessageDeflateHandshake;
import java.nio.ByteBuffer;
import org.xnio.Options;
import org.xnio.Pooled;

/** Undertow with one I/O thread: whole messages go back, binary ones in the buffers that they came in. Broadcast is left out. */
final class UndertowServer {
    private static final int BUFFER = 16 * 1024;

    private UndertowServer() {}

    static void start(ServerSettings settings) {
        WebSocketConnectionCallback connected = (exchange, channel) -> {
            channel.getReceiveSetter().set(new Echo(settings.maxMessageBytes()));
            channel.resumeReceives();
        };
        WebSocketProtocolHandshakeHandler webSockets = new WebSocketProtocolHandshakeHandler(connected);
        if (settings.compression().isOn()) {
            webSockets.addExtension(new PerMessageDeflateHandshake());
        }
        Undertow.builder()
                .addHttpListener(settings.port(), "0.0.0.0")
                .setIoThreads(1)
                .setWorkerThreads(1)
                .setDirectBuffers(true)
                .setBufferSize(BUFFER)
                .setSocketOption(Options.BACKLOG, EchoServer.BACKLOG)
                .setSocketOption(Options.TCP_NODELAY, true)
                .setHandler(webSockets)
                .build()
                .start();
    }

    private static final class Echo extends AbstractReceiveListener {
        private final long maxMessageBytes;

        Echo(long maxMessageBytes) {
            this.maxMessageBytes = maxMessageBytes;
        }

        @Override
        protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
            WebSockets.sendText(message.getData(), channel, null);
        }

        // The deprecated type is the one that Undertow hands out.
        @SuppressWarnings("deprecation")
        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            Pooled<ByteBuffer[]> buffers = message.getData();
            WebSockets.sendBinary(buffers.getResource(), channel, new Release(buffers));
        }

        @Override
        protected long getMaxBinaryBufferSize() {
            return maxMessageBytes;
        }

        @Override
        protected long getMaxTextBufferSize() {
            return maxMessageBytes;
        }
    }

    /** Gives buffers back to the pool when their message has gone. */
    @SuppressWarnings("deprecation")
    private record Release(Pooled<ByteBuffer[]> buffers) implements WebSocketCallback<Void> {
        @Override
        public void complete(WebSocketChannel channel, Void context) {
            buffers.close();
        }

        @Override
        public void onError(WebSocketChannel channel, Void context, Throwable cause) {
            buffers.close();
        }
    }
}
