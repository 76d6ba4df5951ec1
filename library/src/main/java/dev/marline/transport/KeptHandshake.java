package dev.marline.transport;

import dev.marline.Handshake;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was said in the opening handshake, in one array and not in fifty objects: every connection keeps it, and few are asked for it
 * when they are open. Names that headers often have are numbers.
 */
final class KeptHandshake {
    private static final List<String> COMMON_NAMES = List.of(
            "Host",
            "Upgrade",
            "Connection",
            "Origin",
            "Cookie",
            "Authorization",
            "User-Agent",
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Cache-Control",
            "Pragma",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Accept");

    private static final Map<String, Integer> NUMBERS = new HashMap<>();

    private static final int OTHER_NAME = 0xFF;
    private static final int LARGE = 0xFF;

    static {
        for (String name : COMMON_NAMES) {
            NUMBERS.put(name, NUMBERS.size());
        }
    }

    private final byte[] bytes;

    KeptHandshake(Handshake handshake) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(512);
        DataOutputStream out = new DataOutputStream(kept);
        try {
            HandshakeRequest request = handshake.request();
            writeText(out, request.method());
            writeText(out, request.target());
            out.writeByte(request.minorVersion());
            writeHeaders(out, request.headers());
            writeHeaders(out, handshake.response());
            writeNumber(out, handshake.pathParameters().size());
            for (Map.Entry<String, String> parameter :
                    handshake.pathParameters().entrySet()) {
                writeText(out, parameter.getKey());
                writeText(out, parameter.getValue());
            }
            out.writeBoolean(handshake.chosenSubprotocol() != null);
            if (handshake.chosenSubprotocol() != null) {
                writeText(out, handshake.chosenSubprotocol());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        bytes = kept.toByteArray();
    }

    /** The handshake as it was. */
    Handshake handshake() {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            String method = readText(in);
            String target = readText(in);
            int minorVersion = in.readByte();
            HandshakeRequest request = new HandshakeRequest(method, target, minorVersion, readHeaders(in));
            Headers response = readHeaders(in);
            int parameters = readNumber(in);
            Map<String, String> pathParameters = new LinkedHashMap<>();
            for (int i = 0; i < parameters; i++) {
                pathParameters.put(readText(in), readText(in));
            }
            return new Handshake(request, response, pathParameters, in.readBoolean() ? readText(in) : null);
        } catch (IOException e) {
            throw new UncheckedIOException("all that was written can be read", e);
        }
    }

    private static void writeHeaders(DataOutputStream out, Headers headers) throws IOException {
        writeNumber(out, headers.size());
        for (Headers.Field field : headers) {
            Integer number = NUMBERS.get(field.name());
            out.writeByte(number == null ? OTHER_NAME : number);
            if (number == null) {
                writeText(out, field.name());
            }
            writeText(out, field.value());
        }
    }

    private static Headers readHeaders(DataInputStream in) throws IOException {
        int count = readNumber(in);
        List<Headers.Field> fields = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int number = in.readUnsignedByte();
            String name = number == OTHER_NAME ? readText(in) : COMMON_NAMES.get(number);
            fields.add(new Headers.Field(name, readText(in)));
        }
        return Headers.of(fields);
    }

    /** Most numbers are small. */
    private static void writeNumber(DataOutputStream out, int number) throws IOException {
        out.writeByte(Math.min(number, LARGE));
        if (number >= LARGE) {
            out.writeInt(number);
        }
    }

    private static int readNumber(DataInputStream in) throws IOException {
        int number = in.readUnsignedByte();
        return number < LARGE ? number : in.readInt();
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        writeNumber(out, utf8.length);
        out.write(utf8);
    }

    private static String readText(DataInputStream in) throws IOException {
        byte[] utf8 = new byte[readNumber(in)];
        in.readFully(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
