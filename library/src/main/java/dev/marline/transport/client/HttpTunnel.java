package dev.marline.transport.client;

import dev.marline.protocol.handshake.Challenge;
import dev.marline.transport.http.HttpMessages;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.function.Consumer;

/** The way through an HTTP proxy: CONNECT, RFC 9110 §9.3.6. */
public final class HttpTunnel extends ProxyTunnel {
    private static final int PROXY_AUTHENTICATION_REQUIRED = 407;

    /**
     * Decodes the answer to CONNECT. RFC 9110 §9.3.6: "A client MUST ignore any Content-Length or Transfer-Encoding header fields received
     * in a successful response to CONNECT."
     */
    private static final class AnswerDecoder extends HttpResponseDecoder {
        AnswerDecoder(HttpDecoderConfig config) {
            super(config);
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return ((HttpResponse) message).status().codeClass() == HttpStatusClass.SUCCESS
                    || super.isContentAlwaysEmpty(message);
        }
    }

    private boolean accepted;

    HttpTunnel(OpeningAttempt attempt, ViaProxy via, Consumer<ChannelPipeline> then) {
        super(attempt, via, then);
    }

    @Override
    void begin(ChannelHandlerContext ctx) {
        int maxHead = attempt.settings().limits().maxHeaderBytes();
        ctx.pipeline().addBefore(ctx.name(), null, new AnswerDecoder(HttpMessages.decoderConfig(maxHead)));
        ctx.pipeline().addBefore(ctx.name(), null, new HttpRequestEncoder());
        String target = attempt.address().hostAndPort();
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.CONNECT, target, Unpooled.EMPTY_BUFFER);
        // RFC 9112 §3.2.3 and §3.2: the authority, port included, is both the target and the Host.
        request.headers().set(HttpHeaderNames.HOST, target);
        if (via.authorization() != null) {
            request.headers()
                    .set(
                            HttpHeaderNames.PROXY_AUTHORIZATION,
                            via.authorization().value(HttpMethod.CONNECT.name(), target));
        }
        ctx.writeAndFlush(request);
    }

    @Override
    void receive(ChannelHandlerContext ctx, Object read) {
        if (read instanceof HttpResponse response) {
            receive(response);
        }
        if (read instanceof LastHttpContent && accepted) {
            ChannelPipeline pipeline = ctx.pipeline();
            pipeline.remove(HttpRequestEncoder.class);
            open(ctx);
            // Removed last, as it hands on what it has read after the response.
            pipeline.remove(AnswerDecoder.class);
        }
    }

    private void receive(HttpResponse response) {
        Throwable malformed = response.decoderResult().cause();
        if (malformed != null) {
            failMalformed("it did not answer in HTTP: " + malformed.getMessage());
            return;
        }
        HttpStatusClass kind = response.status().codeClass();
        if (kind == HttpStatusClass.INFORMATIONAL) {
            return;
        }
        int most = attempt.settings().limits().maxHeaders();
        if (response.headers().size() > most) {
            failMalformed("it answered with more than " + most + " headers");
            return;
        }
        // RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender [...] will switch to tunnel mode
        // immediately after the response header section".
        if (kind == HttpStatusClass.SUCCESS) {
            accepted = true;
            return;
        }
        boolean wantsUser = response.status().code() == PROXY_AUTHENTICATION_REQUIRED;
        List<String> challenges = response.headers().getAll(HttpHeaderNames.PROXY_AUTHENTICATE);
        fail(
                wantsUser ? ProxyException.Reason.WANTS_USER : ProxyException.Reason.REFUSED,
                Challenge.parse(challenges),
                response.status().toString());
    }
}
