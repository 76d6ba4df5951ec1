package dev.marline.transport.http;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** From Netty's HTTP types to those of the engine, and back. */
public final class HttpMessages {
    private HttpMessages() {}

    public static HttpDecoderConfig decoderConfig(int maxHeaderBytes) {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(maxHeaderBytes)
                .setMaxHeaderSize(maxHeaderBytes)
                .setHeadersFactory(DefaultHttpHeadersFactory.headersFactory());
    }

    /**
     * A request's head.
     *
     * @throws IllegalArgumentException if a header has characters that no header may have
     */
    public static HandshakeRequest request(HttpRequest request) {
        // RFC 9110 §2.5: a later minor version is to be taken for the highest that one knows.
        boolean first = request.protocolVersion().compareTo(io.netty.handler.codec.http.HttpVersion.HTTP_1_1) < 0;
        HttpVersion version = first ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
        return new HandshakeRequest(request.method().name(), request.uri(), version, headers(request.headers()));
    }

    /**
     * The header fields, in order.
     *
     * @throws IllegalArgumentException if one has characters that no header may have
     */
    public static Headers headers(HttpHeaders headers) {
        List<Headers.Field> fields = new ArrayList<>(headers.size());
        for (Iterator<Map.Entry<CharSequence, CharSequence>> i = headers.iteratorCharSequence(); i.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> each = i.next();
            fields.add(
                    new Headers.Field(each.getKey().toString(), each.getValue().toString()));
        }
        return Headers.of(fields);
    }

    public static void copy(Headers from, HttpHeaders to) {
        for (Headers.Field field : from) {
            to.add(field.name(), field.value());
        }
    }
}
