package dev.marline.transport.websocket;

import dev.marline.Handshake;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.protocol.CloseCode;
import dev.marline.protocol.Connection;
import dev.marline.protocol.Utf8;
import dev.marline.transport.loop.PeerLog;
import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@link WebSocket} of a channel. On the channel's event loop it goes straight to the handler; calls of other threads take
 * their turn in a queue.
 */
public final class ChannelWebSocket implements WebSocket {
    private static final int MAX_CONTROL_PAYLOAD = 125;

    private final WebSocketHandler handler;
    private final byte[] keptHandshake;

    @SuppressWarnings("NullAway.Init") // attached before anybody else sees the socket
    private Channel channel;

    private volatile @Nullable CallQueue queue;

    /** Another thread has queued a Close, or the end of a slow consumer, to which the loop has perhaps not come yet. */
    private volatile boolean endQueued;

    ChannelWebSocket(WebSocketHandler handler, Handshake handshake) {
        this.handler = handler;
        this.keptHandshake = KeptHandshake.keep(handshake);
    }

    void attach(Channel to) {
        channel = to;
    }

    public Channel channel() {
        return channel;
    }

    WebSocketHandler handler() {
        return handler;
    }

    boolean isOnLoop() {
        return handler.isOnLoop();
    }

    @Override
    public boolean send(Message message) {
        if (isOnLoop()) {
            return handler.send(message);
        }
        Message kept = message.copy();
        return queueOutput(kept.size(), () -> handler.send(kept));
    }

    @Override
    public boolean send(String text) {
        return send(Message.text(text));
    }

    @Override
    public boolean send(byte[] binary) {
        return isOnLoop() ? handler.sendBinary(ByteBuffer.wrap(binary)) : send(Message.binary(binary));
    }

    @Override
    public boolean send(ByteBuffer binary) {
        return isOnLoop() ? handler.sendBinary(binary) : send(Message.binary(binary));
    }

    @Override
    public boolean ping(ByteBuffer payload) {
        byte[] copy = controlPayload(payload);
        return isOnLoop() ? handler.sendPing(copy) : queueOutput(copy.length, () -> handler.sendPing(copy));
    }

    @Override
    public boolean pong(ByteBuffer payload) {
        byte[] copy = controlPayload(payload);
        return isOnLoop() ? handler.sendPong(copy) : queueOutput(copy.length, () -> handler.sendPong(copy));
    }

    private static byte[] controlPayload(ByteBuffer payload) {
        if (payload.remaining() > MAX_CONTROL_PAYLOAD) {
            throw new IllegalArgumentException(
                    "a Ping or Pong carries at most 125 bytes, not " + payload.remaining() + " (RFC 6455 5.5)");
        }
        byte[] copy = new byte[payload.remaining()];
        payload.get(payload.position(), copy);
        return copy;
    }

    @Override
    public boolean close(int code, String reason) {
        if (!CloseCode.isValidOnWire(code)) {
            throw new IllegalArgumentException("close code " + code
                    + " may not be sent, expected 1000-1003, 1007-1014 or 3000-4999 (RFC 6455 7.4)");
        }
        Utf8.requireEncodable(reason);
        return isOnLoop() ? handler.close(code, reason) : queueClose(code, reason);
    }

    private synchronized boolean queueClose(int code, String reason) {
        if (!isOpen()) {
            return false;
        }
        endQueued = true;
        return queue().add(() -> handler.close(code, reason));
    }

    @Override
    public void abort() {
        // Not behind what is queued: it will not be sent any more.
        if (isOnLoop()) {
            handler.abort();
        } else {
            queue().runFirst(handler::abort);
        }
    }

    @Override
    public boolean isOpen() {
        return !endQueued && (isOnLoop() ? handler.isOpenOnLoop() : handler.isOpen());
    }

    @Override
    public boolean isWritable() {
        if (!isOpen() || handler.isCongested()) {
            return false;
        }
        if (bufferedBytes() < handler.limits().highWaterMark()) {
            return true;
        }
        // Who is told no is told when it is writable again, though
        // all may have gone by now and nothing else would tell.
        handler.congestedUntilSettled();
        if (isOnLoop()) {
            handler.unsettled();
        } else {
            queue().add(handler::unsettled);
        }
        return false;
    }

    @Override
    public long bufferedBytes() {
        CallQueue calls = queue;
        long queued = calls == null ? 0 : calls.bytes();
        return queued + (isOnLoop() ? handler.buffered() : handler.outboundBytes());
    }

    @Override
    public void pauseReading() {
        pauseReading(true);
    }

    @Override
    public void resumeReading() {
        pauseReading(false);
    }

    private void pauseReading(boolean pause) {
        if (isOnLoop()) {
            handler.pauseReading(pause);
        } else {
            queue().add(() -> handler.pauseReading(pause));
        }
    }

    @Override
    public Handshake handshake() {
        return KeptHandshake.read(keptHandshake);
    }

    @Override
    public SocketAddress localAddress() {
        return handler.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return handler.remoteAddress();
    }

    @Override
    public Optional<Duration> roundTripTime() {
        long nanos = handler.roundTripNanos();
        return nanos == Connection.UNKNOWN ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
    }

    private boolean queueOutput(int size, Runnable call) {
        if (!isOpen()) {
            return false;
        }
        CallQueue calls = queue();
        long waiting = bufferedBytes();
        if (waiting > handler.limits().highWaterMark()
                && waiting + size > handler.limits().maxBufferedOutput()) {
            // From now on nothing is taken: who sends on regardless adds no calls.
            endQueued = true;
            calls.runFirst(() ->
                    handler.giveUpSlowConsumer(waiting + size + " bytes wait to be sent, more than maxBufferedOutput, "
                            + handler.limits().maxBufferedOutput()));
            return false;
        }
        if (waiting + size > handler.limits().highWaterMark()) {
            handler.congestedUntilSettled();
        }
        return calls.addOutput(size, call);
    }

    private CallQueue queue() {
        CallQueue calls = queue;
        if (calls == null) {
            synchronized (this) {
                calls = queue;
                if (calls == null) {
                    calls = new CallQueue(channel.eventLoop(), handler::onThrown);
                    queue = calls;
                }
            }
        }
        return calls;
    }

    @Override
    public String toString() {
        return "WebSocket " + PeerLog.printable(handshake().target()) + " with " + remoteAddress()
                + (isOpen() ? "" : ", closed");
    }
}
