package dev.marline.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.marline.protocol.testing.Hex;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The UTF-8 validator says what the JDK's decoder says, of the whole and in two pieces. */
class Utf8FuzzTest {
    @FuzzTest
    void anyBytesAreJudgedAsTheJdkDoes(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        boolean expected = !decoder.decode(ByteBuffer.wrap(bytes), CharBuffer.allocate(bytes.length + 1), true)
                .isError();
        check(bytes, "whole", Utf8.validate(Utf8.COMPLETE, bytes, 0, bytes.length), expected);
        for (int at = 0; at <= bytes.length; at++) {
            int state = Utf8.validate(Utf8.COMPLETE, bytes, 0, at);
            if (state != Utf8.INVALID) {
                state = Utf8.validate(state, bytes, at, bytes.length - at);
            }
            check(bytes, "cut at " + at, state, expected);
        }
    }

    private static void check(byte[] bytes, String how, int state, boolean expected) {
        if ((state == Utf8.COMPLETE) != expected) {
            throw new AssertionError(Hex.of(bytes) + ", " + how + ", should be " + (expected ? "valid" : "invalid"));
        }
    }
}
