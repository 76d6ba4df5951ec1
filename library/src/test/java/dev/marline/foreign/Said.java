package dev.marline.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.marline.testing.RunningProgram;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.stream.Collectors;

/**
 * Something that one end of a WebSocket says and the other hears, as the line in which the scripts in {@code src/test/foreign} are
 * told and tell it: a word, and what belongs to it in hex.
 */
record Said(String line) {
    static Said text(String text) {
        return new Said("text " + hex(text.getBytes(UTF_8)));
    }

    static Said binary(byte[] bytes) {
        return new Said("binary " + hex(bytes));
    }

    /** A text message in several frames. */
    static Said textFragments(String... fragments) {
        return new Said("fragments text "
                + Arrays.stream(fragments)
                        .map(text -> hex(text.getBytes(UTF_8)))
                        .collect(Collectors.joining(" ")));
    }

    /** A binary message in several frames. */
    static Said binaryFragments(byte[]... fragments) {
        return new Said(
                "fragments binary " + Arrays.stream(fragments).map(Said::hex).collect(Collectors.joining(" ")));
    }

    static Said ping(String payload) {
        return new Said("ping " + hex(payload.getBytes(UTF_8)));
    }

    static Said pong(String payload) {
        return new Said("pong " + hex(payload.getBytes(UTF_8)));
    }

    static Said close(int code, String reason) {
        return new Said("close " + code + " " + hex(reason.getBytes(UTF_8)));
    }

    /** A Close without a code; the other end hears 1005. */
    static Said closeWithoutCode() {
        return new Said("close");
    }

    /** Bytes that are no more than bytes: only a foreign end says this. */
    static Said raw(String hex) {
        return new Said("raw " + hex);
    }

    /** Has a foreign client that echoes connect to a path, and offer permessage-deflate with these parameters. */
    static Said connect(String path, Collection<String> parameters) {
        return new Said(("connect " + path + " " + String.join(" ", parameters)).strip());
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return hex(bytes);
    }

    /** A word of the line. */
    String word(int index) {
        return line.split(" ", -1)[index];
    }

    /** A word of the line that stands for bytes. */
    byte[] bytes(int index) {
        return HexFormat.of().parseHex(word(index));
    }

    String utf8(int index) {
        return new String(bytes(index), UTF_8);
    }

    @Override
    public String toString() {
        return RunningProgram.shorten(line);
    }
}
