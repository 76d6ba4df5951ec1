package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The UTF-8 validator beside the JDK's decoder, over everything that can be told apart. */
class Utf8Test {
    private static final String[] COMPLETIONS = {"", "80", "bf", "8080", "bf80", "808080", "bf8080"};

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer decoded = CharBuffer.allocate(200);

    /** The reference for whole text. */
    private boolean isValid(byte[] bytes) {
        decoder.reset();
        return !decoder.decode(ByteBuffer.wrap(bytes), decoded.clear(), true).isError();
    }

    /** The reference for a beginning: valid text can begin so if some bytes behind it make it valid. */
    private boolean canBegin(byte[] bytes) {
        return Arrays.stream(COMPLETIONS).anyMatch(completion -> isValid(Hex.bytes(Hex.of(bytes) + completion)));
    }

    @Test
    void every1To3ByteSequenceIsJudgedAsTheJdkDoes() {
        for (int length = 1; length <= 3; length++) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < 1 << (8 * length); i++) {
                for (int at = 0; at < length; at++) {
                    bytes[at] = (byte) (i >>> (8 * at));
                }
                if (Utf8.isValid(bytes, 0, length) != isValid(bytes)) {
                    throw new AssertionError(Hex.of(bytes) + " should be " + (isValid(bytes) ? "valid" : "invalid"));
                }
            }
        }
    }

    @Test
    void every4ByteSequenceAtTheEdgesIsJudgedAsTheJdkDoes() {
        int[] edges = {
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xEC, 0xED, 0xEE, 0xEF
        };
        byte[] bytes = new byte[4];
        for (int first = 0xE0; first <= 0xFF; first++) {
            for (int second = 0; second <= 0xFF; second++) {
                for (int third : edges) {
                    for (int fourth : edges) {
                        bytes[0] = (byte) first;
                        bytes[1] = (byte) second;
                        bytes[2] = (byte) third;
                        bytes[3] = (byte) fourth;
                        if (Utf8.isValid(bytes, 0, 4) != isValid(bytes)) {
                            throw new AssertionError(Hex.of(bytes));
                        }
                    }
                }
            }
        }
    }

    @Test
    void randomSequencesAreJudgedAsTheJdkDoes() {
        SeededRandom.forEachSeed(20_000, random -> {
            byte[] bytes = almostText(random);
            assertThat(Utf8.isValid(bytes, 0, bytes.length)).as(Hex.of(bytes)).isEqualTo(isValid(bytes));
        });
    }

    @Test
    void everyCharacterIsValid() {
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            byte[] bytes = Character.toString(character).getBytes(StandardCharsets.UTF_8);
            if (Character.getType(character) != Character.SURROGATE && !Utf8.isValid(bytes, 0, bytes.length)) {
                throw new AssertionError("U+" + Integer.toHexString(character));
            }
        }
    }

    @Test
    void theFirstImpossibleByteIsTheOneThatIsReported() {
        SeededRandom.forEachSeed(20_000, random -> {
            byte[] bytes = almostText(random);
            int state = Utf8.COMPLETE;
            for (int i = 0; i < bytes.length; i++) {
                state = Utf8.validate(state, bytes, i, 1);
                boolean possible = canBegin(Arrays.copyOf(bytes, i + 1));
                assertThat(state != Utf8.INVALID)
                        .as("%s at %d", Hex.of(bytes), i)
                        .isEqualTo(possible);
                if (!possible) {
                    return;
                }
            }
            assertThat(state == Utf8.COMPLETE).isEqualTo(isValid(bytes));
        });
    }

    @Test
    void piecesAreJudgedAsTheWhole() {
        SeededRandom.forEachSeed(5_000, random -> {
            byte[] bytes = almostText(random);
            int state = Utf8.COMPLETE;
            int at = 0;
            while (at < bytes.length && state != Utf8.INVALID) {
                int count = random.between(0, bytes.length - at);
                state = Utf8.validate(state, bytes, at, count);
                at += count;
            }
            assertThat(state == Utf8.COMPLETE).as(Hex.of(bytes)).isEqualTo(isValid(bytes));
        });
    }

    @Test
    void oneBadByteIsFoundAtEveryPlace() {
        for (int length = 1; length <= 40; length++) {
            for (int offset = 0; offset < 9; offset++) {
                for (int bad = 0; bad < length; bad++) {
                    byte[] bytes = new byte[offset + length + 3];
                    Arrays.fill(bytes, (byte) 'a');
                    bytes[offset + bad] = (byte) 0xFF;
                    assertThat(Utf8.isValid(bytes, offset, length)).isFalse();
                    assertThat(Utf8.isValid(bytes, offset, bad)).isTrue();
                    assertThat(Utf8.isValid(bytes, offset + bad + 1, length - bad - 1))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void textIsCutBetweenCharacters() {
        byte[] bytes = "aü€𝄞".getBytes(StandardCharsets.UTF_8);
        int[] cuts = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
        for (int limit = 0; limit < cuts.length; limit++) {
            assertThat(Utf8.cut(bytes, limit)).as("%d", limit).isEqualTo(cuts[limit]);
        }
    }

    /** Text with some bytes changed, left out or put in, so that most of it is nearly right. */
    private static byte[] almostText(SeededRandom random) {
        byte[] bytes = random.text(12).getBytes(StandardCharsets.UTF_8);
        for (int changes = random.below(3); changes > 0 && bytes.length > 0; changes--) {
            int at = random.below(bytes.length);
            if (random.nextBoolean()) {
                bytes[at] = (byte) random.nextInt();
            } else {
                System.arraycopy(bytes, at + 1, bytes, at, bytes.length - at - 1);
                bytes = Arrays.copyOf(bytes, bytes.length - 1);
            }
        }
        return bytes;
    }
}
