package dev.marline.transport.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.util.NetUtil;
import java.net.PasswordAuthentication;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** The way through a SOCKS5 proxy: RFC 1928, and RFC 1929 for user and password. */
public final class Socks5Tunnel extends ProxyTunnel {
    private static final int VERSION = 5;
    private static final int WITHOUT_USER = 0;
    private static final int WITH_PASSWORD = 2;
    private static final int NO_ACCEPTABLE_METHOD = 0xFF;
    private static final int PASSWORD_VERSION = 1;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    /** What a length in one byte allows. */
    private static final int MAX_LENGTH = 255;

    /** More than the longest reply: a name, and seven bytes around it. */
    private static final int MAX_REPLY = 512;

    /** RFC 1928 §6. */
    private static final List<String> REPLIES = List.of(
            "succeeded",
            "general SOCKS server failure",
            "connection not allowed by ruleset",
            "network unreachable",
            "host unreachable",
            "connection refused",
            "TTL expired",
            "command not supported",
            "address type not supported");

    private enum Expecting {
        METHOD,
        PASSWORD_REPLY,
        CONNECT_REPLY,
        NOTHING
    }

    private final ByteBuf received = Unpooled.buffer(0, MAX_REPLY);
    private Expecting expecting = Expecting.METHOD;

    Socks5Tunnel(OpeningAttempt attempt, ViaProxy via, Consumer<ChannelPipeline> then) {
        super(attempt, via, then);
    }

    // RFC 1928 §3: the methods that we know. A password is sent only if the proxy chooses so.
    @Override
    void begin(ChannelHandlerContext ctx) {
        boolean known = via.proxy().user() != null;
        ctx.writeAndFlush(Unpooled.wrappedBuffer(
                known ? new byte[] {VERSION, 2, WITHOUT_USER, WITH_PASSWORD} : new byte[] {VERSION, 1, WITHOUT_USER}));
    }

    @Override
    void receive(ChannelHandlerContext ctx, Object read) {
        ByteBuf more = (ByteBuf) read;
        received.writeBytes(more, Math.min(more.readableBytes(), received.maxWritableBytes()));
        boolean progress = true;
        while (progress && expecting != Expecting.NOTHING) {
            progress = switch (expecting) {
                case METHOD -> received.readableBytes() >= 2 && receiveMethod(ctx);
                case PASSWORD_REPLY -> received.readableBytes() >= 2 && receivePasswordReply(ctx);
                case CONNECT_REPLY -> receiveConnectReply();
                case NOTHING -> false;
            };
        }
        if (expecting == Expecting.NOTHING && !attempt.opened().isDone()) {
            open(ctx);
            // The server speaks first only if something is wrong with it, which is for others to see.
            if (received.isReadable()) {
                ctx.fireChannelRead(received.copy());
            }
            if (more.isReadable()) {
                ctx.fireChannelRead(more.retain());
            }
        }
    }

    private boolean receiveMethod(ChannelHandlerContext ctx) {
        int version = received.readUnsignedByte();
        int method = received.readUnsignedByte();
        PasswordAuthentication user = via.proxy().user();
        if (version != VERSION) {
            failMalformed("it does not speak SOCKS5");
        } else if (method == WITHOUT_USER) {
            sendConnect(ctx);
            return true;
        } else if (method == WITH_PASSWORD && user != null) {
            sendPassword(ctx, user);
            return true;
        } else if (method == NO_ACCEPTABLE_METHOD) {
            fail(
                    user == null ? ProxyException.Reason.WANTS_USER : ProxyException.Reason.REFUSED,
                    List.of(),
                    user == null
                            ? "it wants to be told a user and password"
                            : "it wants neither nobody nor a password");
        } else {
            failMalformed("it chose authentication method " + method + ", which was not offered");
        }
        return false;
    }

    private void sendPassword(ChannelHandlerContext ctx, PasswordAuthentication user) {
        byte[] name = user.getUserName().getBytes(StandardCharsets.UTF_8);
        ByteBuf password = Unpooled.wrappedBuffer(StandardCharsets.UTF_8.encode(CharBuffer.wrap(user.getPassword())));
        if (name.length > MAX_LENGTH || password.readableBytes() > MAX_LENGTH) {
            failMalformed("user or password has more than " + MAX_LENGTH + " bytes (RFC 1929)");
            return;
        }
        ByteBuf request = ctx.alloc().buffer();
        request.writeByte(PASSWORD_VERSION).writeByte(name.length).writeBytes(name);
        request.writeByte(password.readableBytes()).writeBytes(password);
        ctx.writeAndFlush(request);
        expecting = Expecting.PASSWORD_REPLY;
    }

    private boolean receivePasswordReply(ChannelHandlerContext ctx) {
        received.skipBytes(1);
        if (received.readUnsignedByte() != 0) {
            fail(ProxyException.Reason.REFUSED, List.of(), "it does not take the user and password");
            return false;
        }
        sendConnect(ctx);
        return true;
    }

    private void sendConnect(ChannelHandlerContext ctx) {
        String host = attempt.address().host();
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        ByteBuf request = ctx.alloc().buffer();
        request.writeByte(VERSION).writeByte(CONNECT).writeByte(0);
        if (address != null) {
            request.writeByte(address.length == 4 ? IPV4 : IPV6).writeBytes(address);
        } else {
            byte[] name = host.getBytes(StandardCharsets.US_ASCII);
            if (name.length > MAX_LENGTH) {
                request.release();
                failMalformed("the host's name has more than " + MAX_LENGTH + " characters (RFC 1928)");
                return;
            }
            request.writeByte(NAME).writeByte(name.length).writeBytes(name);
        }
        ctx.writeAndFlush(request.writeShort(attempt.address().port()));
        expecting = Expecting.CONNECT_REPLY;
    }

    /** Whether all of it is there, and says yes. */
    private boolean receiveConnectReply() {
        if (received.readableBytes() < 5) {
            return false;
        }
        int at = received.readerIndex();
        int reply = received.getUnsignedByte(at + 1);
        int type = received.getUnsignedByte(at + 3);
        if (received.getUnsignedByte(at) != VERSION || (type != IPV4 && type != NAME && type != IPV6)) {
            failMalformed("its reply is not one of SOCKS5");
            return false;
        }
        if (reply != 0) {
            failMalformed(reply < REPLIES.size() ? REPLIES.get(reply) : "reply " + reply);
            return false;
        }
        int address = type == IPV4 ? 4 : type == IPV6 ? 16 : 1 + received.getUnsignedByte(at + 4);
        int length = 4 + address + 2;
        if (received.readableBytes() < length) {
            return false;
        }
        received.skipBytes(length);
        expecting = Expecting.NOTHING;
        return true;
    }
}
