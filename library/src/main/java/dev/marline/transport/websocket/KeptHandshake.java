package dev.marline.transport.websocket;

import dev.marline.Handshake;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.SecWebSocketKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was said in the opening handshake, in one array and not in fifty objects: every connection keeps it, and few are asked for it
 * when they are open.
 *
 * <p>It is a row of texts, each an octet and the UTF-8 that belongs to it: below {@link #SHORT} the octet is the number of a common text,
 * from there on it has the length, or is {@link #LONG} before a length of four octets. Of the Sec-WebSocket-Accept nothing is
 * kept, as it follows from the request's Sec-WebSocket-Key. Behind the texts are the client's certificates, if it has shown any, in DER.
 */
public final class KeptHandshake {
    private static final int SHORT = 0x80;
    private static final int LONG = 0xFF;

    private static final String KEY = "Sec-WebSocket-Key";
    private static final String ACCEPT = "Sec-WebSocket-Accept";

    private static final List<String> COMMON = List.of(
            "",
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "8",
            "9",
            "10",
            "11",
            "12",
            "13",
            "14",
            "15",
            "16",
            "HTTP_1_1",
            "HTTP_2",
            "HTTP_3",
            "GET",
            "CONNECT",
            "/",
            "*",
            "Host",
            "Upgrade",
            "upgrade",
            "websocket",
            "Connection",
            "keep-alive",
            "keep-alive, Upgrade",
            "Origin",
            "Cookie",
            "Authorization",
            "User-Agent",
            "Accept",
            "*/*",
            "Accept-Encoding",
            "gzip, deflate, br, zstd",
            "Accept-Language",
            "Cache-Control",
            "Pragma",
            "no-cache",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "Sec-Fetch-Dest",
            "Sec-Fetch-Mode",
            "Sec-Fetch-Site",
            "same-origin",
            KEY,
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
            "permessage-deflate; client_max_window_bits",
            ACCEPT);

    private static final Map<String, Integer> NUMBERS = new HashMap<>();

    static {
        for (String text : COMMON) {
            NUMBERS.put(text, NUMBERS.size());
        }
    }

    private KeptHandshake() {}

    static byte[] keep(Handshake handshake) {
        HandshakeRequest request = handshake.request();
        List<String> texts = new ArrayList<>(40);
        texts.add(request.method());
        texts.add(request.target());
        texts.add(request.version().name());
        texts.add(request.protocol() == null ? "" : request.protocol());
        addHeaders(texts, request.headers(), "");
        addHeaders(texts, handshake.response(), acceptOf(request));
        texts.add(String.valueOf(handshake.pathParameters().size()));
        handshake.pathParameters().forEach((name, value) -> {
            texts.add(name);
            texts.add(value);
        });
        String subprotocol = handshake.chosenSubprotocol();
        texts.add(subprotocol == null ? "" : subprotocol);
        byte[] kept = toBytes(texts);
        return handshake.clientCertificates().isEmpty() ? kept : withCertificates(kept, handshake.clientCertificates());
    }

    private static byte[] withCertificates(byte[] texts, List<X509Certificate> certificates) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        kept.writeBytes(texts);
        try {
            for (X509Certificate certificate : certificates) {
                kept.writeBytes(certificate.getEncoded());
            }
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that has been verified has no encoding", e);
        }
        return kept.toByteArray();
    }

    private static String acceptOf(HandshakeRequest request) {
        return request.headers().first(KEY).map(SecWebSocketKey::accept).orElse("");
    }

    /** @param accept what need not be kept of a {@link #ACCEPT} */
    private static void addHeaders(List<String> texts, Headers headers, String accept) {
        texts.add(String.valueOf(headers.size()));
        for (Headers.Field field : headers) {
            texts.add(field.name());
            boolean follows = field.name().equals(ACCEPT) && field.value().equals(accept);
            texts.add(follows ? "" : field.value());
        }
    }

    private static byte[] toBytes(List<String> texts) {
        byte[] kept = new byte[512];
        int length = 0;
        for (String text : texts) {
            Integer number = NUMBERS.get(text);
            byte[] utf8 = number == null ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
            int needed = length + 5 + utf8.length;
            if (needed > kept.length) {
                kept = Arrays.copyOf(kept, 2 * needed);
            }
            if (number != null) {
                kept[length++] = number.byteValue();
            } else if (utf8.length < LONG - SHORT) {
                kept[length++] = (byte) (SHORT + utf8.length);
            } else {
                kept[length] = (byte) LONG;
                ByteBuffer.wrap(kept).putInt(length + 1, utf8.length);
                length += 5;
            }
            System.arraycopy(utf8, 0, kept, length, utf8.length);
            length += utf8.length;
        }
        return Arrays.copyOf(kept, length);
    }

    /** The handshake as it was. */
    static Handshake read(byte[] kept) {
        ByteBuffer in = ByteBuffer.wrap(kept);
        String method = text(in);
        String target = text(in);
        HttpVersion version = HttpVersion.valueOf(text(in));
        String protocol = text(in);
        HandshakeRequest request =
                new HandshakeRequest(method, target, version, headers(in, ""), protocol.isEmpty() ? null : protocol);
        Headers response = headers(in, acceptOf(request));
        int parameters = number(in);
        Map<String, String> pathParameters = new LinkedHashMap<>();
        for (int i = 0; i < parameters; i++) {
            pathParameters.put(text(in), text(in));
        }
        String subprotocol = text(in);
        return new Handshake(
                request, response, pathParameters, subprotocol.isEmpty() ? null : subprotocol, certificates(in));
    }

    private static List<X509Certificate> certificates(ByteBuffer in) {
        List<X509Certificate> certificates = new ArrayList<>();
        if (in.hasRemaining()) {
            try {
                CertificateFactory factory = CertificateFactory.getInstance("X.509");
                byte[] der = new byte[in.remaining()];
                in.get(der);
                for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(der))) {
                    certificates.add((X509Certificate) certificate);
                }
            } catch (CertificateException e) {
                throw new IllegalStateException("a certificate that was kept is none", e);
            }
        }
        return certificates;
    }

    private static Headers headers(ByteBuffer in, String accept) {
        int count = number(in);
        List<Headers.Field> fields = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String name = text(in);
            String value = text(in);
            boolean follows = name.equals(ACCEPT) && value.isEmpty();
            fields.add(new Headers.Field(name, follows ? accept : value));
        }
        return Headers.of(fields);
    }

    private static int number(ByteBuffer in) {
        return Integer.parseInt(text(in));
    }

    private static String text(ByteBuffer in) {
        int first = in.get() & 0xFF;
        if (first < SHORT) {
            return COMMON.get(first);
        }
        byte[] utf8 = new byte[first == LONG ? in.getInt() : first - SHORT];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
