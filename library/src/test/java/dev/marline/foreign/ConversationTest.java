package dev.marline.foreign;

import static dev.marline.foreign.Said.binary;
import static dev.marline.foreign.Said.binaryFragments;
import static dev.marline.foreign.Said.close;
import static dev.marline.foreign.Said.closeWithoutCode;
import static dev.marline.foreign.Said.ping;
import static dev.marline.foreign.Said.pong;
import static dev.marline.foreign.Said.raw;
import static dev.marline.foreign.Said.text;
import static dev.marline.foreign.Said.textFragments;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.ProtocolException;
import dev.marline.foreign.Pairing.Pair;
import dev.marline.testing.RunningProgram;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What Marline and peers that were not written here say to each other over an open WebSocket. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class ConversationTest {
    private static final int MAX_MESSAGE = Setup.LIMITS.maxMessageBytes();

    /** Around the places where the length of a frame is written in another way, and the largest that is taken. */
    private static final List<Integer> SIZES = List.of(0, 1, 125, 126, 127, 65535, 65536, MAX_MESSAGE);

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** Text of so many bytes, with characters of one to four of them. */
    private static String words(int size) {
        String words = "aé→😀".repeat(size / 10);
        return words + "z".repeat(size % 10);
    }

    private static void assertThatMessagesOfAllSizesPassBothWays(Pair pair) {
        for (int size : SIZES) {
            for (Said message : List.of(text(words(size)), binary(bytes(size)))) {
                pair.peer().says(message);
                pair.marline().hears(message);
                pair.marline().says(message);
                pair.peer().hears(message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfAllSizesPassBothWays(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            assertThatMessagesOfAllSizesPassBothWays(pair);
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfAllSizesPassBothWaysOverTls(Pairing pairing, @TempDir Path folder) {
        Certificate certificate = Certificate.make(folder, "DNS:localhost");
        try (Pair pair = pairing.open(Setup.PLAIN.withTls(certificate))) {
            assertThatMessagesOfAllSizesPassBothWays(pair);
            pair.peer().says(close(4001, "done"));
            pair.marline().hears(close(4001, "done"));
            pair.peer().hearsClose(4001);
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyMessagesKeepTheirOrder(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            List<Said> messages = Stream.iterate(0, n -> n < 1000, n -> n + 1)
                    .map(n -> text("message " + n))
                    .toList();
            messages.forEach(pair.peer()::says);
            messages.forEach(pair.marline()::says);
            messages.forEach(pair.marline()::hears);
            messages.forEach(pair.peer()::hears);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.foreign.Pairing#withFrames")
    void aFragmentedMessageArrivesWhole(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.peer().says(textFragments("é", "", "→", "😀 and more"));
            pair.marline().hears(text("é→😀 and more"));
            pair.peer().says(binaryFragments(new byte[70_000], new byte[0], bytes(1)));
            byte[] whole = new byte[70_001];
            whole[70_000] = bytes(1)[0];
            pair.marline().hears(binary(whole));
        }
    }

    @ParameterizedTest
    @EnumSource
    void thePeerAnswersAPing(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            for (String payload : List.of("", "are you there?", words(125))) {
                pair.marline().says(ping(payload));
                pair.marline().hears(pong(payload));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.foreign.Pairing#withFrames")
    void aPingOfThePeersIsAnswered(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            for (String payload : List.of("", "are you there?", words(125))) {
                pair.peer().says(ping(payload));
                pair.marline().hears(ping(payload));
                pair.peer().hears(pong(payload));
            }
            pair.peer().says(pong("unasked"));
            pair.marline().hears(pong("unasked"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCloseOfThePeersIsHeardAndAnswered(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.peer().says(text("last words"));
            pair.peer().says(close(4001, "done – Ende"));
            pair.marline().hears(text("last words"));
            pair.marline().hears(close(4001, "done – Ende"));
            pair.peer().hearsClose(4001);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCloseIsHeardByThePeerAndAnswered(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.marline().says(text("last words"));
            pair.marline().says(close(4001, "done – Ende"));
            pair.peer().hears(text("last words"));
            pair.peer().hears(close(4001, "done – Ende"));
            pair.marline().hearsClose(4001);
        }
    }

    @ParameterizedTest
    // python-websockets always sends a code.
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PYTHON_CLIENT", "PYTHON_SERVER"})
    void aCloseWithoutACodeIs1005(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.peer().says(closeWithoutCode());
            pair.marline().hears(close(1005, ""));
            pair.peer().hearsClose(1005);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatSendsTooMuchIsTold1009(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.peer().says(binary(new byte[MAX_MESSAGE + 1]));
            assertThat(pair.peer().hearsClose(1009)).contains("1048576");
            assertThat(pair.marline().error())
                    .isInstanceOfSatisfying(
                            ProtocolException.class,
                            e -> assertThat(e.closeCode()).isEqualTo(1009));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.foreign.Pairing#withFrames")
    void aPeerThatIsSentTooMuchTells1009(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.marline().says(binary(new byte[MAX_MESSAGE + 1]));
            pair.marline().hearsClose(1009);
        }
    }

    /** What is wrong, the first byte of a frame, its payload, and the code that tells it. */
    enum Violation {
        RESERVED_OPCODE(0x83, "", 1002),
        RESERVED_BIT(0xc1, "", 1002),
        CONTINUATION_OF_NOTHING(0x80, "", 1002),
        FRAGMENTED_PING(0x09, "", 1002),
        CLOSE_WITH_1005(0x88, "03ed", 1002),
        CLOSE_OF_ONE_BYTE(0x88, "03", 1002),
        NOT_UTF8(0x81, "61c0af", 1007),
        MASKED_THE_WRONG_WAY(0x82, "00", 1002);

        final int firstByte;
        final String payload;
        final int code;

        Violation(int firstByte, String payload, int code) {
            this.firstByte = firstByte;
            this.payload = payload;
            this.code = code;
        }
    }

    static Stream<Arguments> violations() {
        return Pairing.withFrames()
                .flatMap(pairing -> Stream.of(Violation.values()).map(violation -> Arguments.of(pairing, violation)));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void aPeerIsToldWhatIsWrongWithItsFrames(Pairing pairing, Violation violation) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            boolean masked = pairing.foreignIsClient ^ violation == Violation.MASKED_THE_WRONG_WAY;
            pair.peer().says(raw(pairing.frame(violation.firstByte, violation.payload, masked)));
            assertThat(pair.peer().hearsClose(violation.code)).isNotEmpty();
            assertThat(pair.marline().error())
                    .isInstanceOfSatisfying(
                            ProtocolException.class,
                            e -> assertThat(e.closeCode()).isEqualTo(violation.code));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatDiesIs1006(Pairing pairing) {
        try (Pair pair = pairing.open(Setup.PLAIN)) {
            pair.peer().close();
            pair.marline().hears(close(1006, ""));
        }
    }
}
