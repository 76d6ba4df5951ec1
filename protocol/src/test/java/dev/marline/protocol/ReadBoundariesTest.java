package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.SeededRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where reads begin and end makes no difference: recorded conversations, cut at every place, tell and answer the same. */
class ReadBoundariesTest {
    /** What a peer sends, frames not masked; each has something that a cut could spoil. */
    private static final List<String> CONVERSATIONS = List.of(
            // messages of both types, empty ones too, and a closing handshake
            "8105 48656c6c6f 8100 8203 000102 8200 8102 c3bc 8805 03e8 627965",
            // a fragmented message with control frames between its fragments, and characters across them
            "0102 61e2 8903 70696e 0001 82 8a04 706f6e67 0000 8002 ac62 8800",
            // lengths in 16 and 64 bits, text that ends inside a character
            "817e007e" + "61".repeat(126) + "827e0100" + "5a".repeat(256) + "8104 6162e282",
            "827f0000000000010000" + "a5".repeat(65536) + "8900",
            // pings answered before, between and after; data after the Close is discarded
            "8900 890161 810162 890163 880203e9 810164 8900",
            // failures of each kind, with valid frames before and after
            "810161 8301 62 810163",
            "810161 c101 62",
            "810161 817e0001 62",
            "810161 817f8000000000000001 62",
            "810161 0901 62",
            "810161 897e007e",
            "810161 800162",
            "010161 890170 810162",
            "010161 0001e2 000141 800162",
            "8103 61ff62 810163",
            "880103",
            "880203ed",
            "8804 03e8 c0af",
            "827f7fffffffffffffff 00000000",
            // too many fragments
            "0100" + "0000".repeat(6));

    private static final ConnectionLimits LIMITS = new ConnectionLimits(1 << 20, 6, 0, 1, 1);

    static Stream<Arguments> rolesAndConversations() {
        return Stream.of(Role.values())
                .flatMap(role -> CONVERSATIONS.stream().map(conversation -> Arguments.of(role, conversation)));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("rolesAndConversations")
    void everySplitInTwoTellsTheSame(Role role, String conversation) {
        byte[] bytes = new ConnectionProbe(role).onTheWire(conversation);
        String whole = told(role, bytes);
        // Of the one long payload a few hundred places are enough: inside it they are all alike.
        for (int at = 0; at <= bytes.length; at = at == 300 && bytes.length > 1000 ? bytes.length - 300 : at + 1) {
            assertThat(told(role, Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length)))
                    .as("split at %d", at)
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("rolesAndConversations")
    void oneByteAtATimeTellsTheSame(Role role, String conversation) {
        byte[] bytes = new ConnectionProbe(role).onTheWire(conversation);
        byte[][] single = new byte[bytes.length][];
        for (int i = 0; i < bytes.length; i++) {
            single[i] = new byte[] {bytes[i]};
        }
        assertThat(told(role, single)).isEqualTo(told(role, bytes));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("rolesAndConversations")
    void anySplitInManyTellsTheSame(Role role, String conversation) {
        byte[] bytes = new ConnectionProbe(role).onTheWire(conversation);
        String whole = told(role, bytes);
        SeededRandom.forEachSeed(
                bytes.length > 1000 ? 20 : 200,
                random -> assertThat(told(role, cut(bytes, random))).isEqualTo(whole));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("rolesAndConversations")
    void everyBeginningTellsTheBeginning(Role role, String conversation) {
        byte[] bytes = new ConnectionProbe(role).onTheWire(conversation);
        List<String> all = new ConnectionProbe(role, LIMITS).receiveRaw(bytes).events();
        for (int at = 0; at <= Math.min(bytes.length, 300); at++) {
            ConnectionProbe probe = new ConnectionProbe(role, LIMITS).receiveRaw(Arrays.copyOf(bytes, at));
            List<String> told = probe.events();
            assertThat(told).as("the first %d bytes", at).isEqualTo(all.subList(0, Math.min(told.size(), all.size())));
        }
    }

    /** Everything that can be seen of a connection that receives these pieces: its events, its answers, its end. */
    private static String told(Role role, byte[]... pieces) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS);
        for (byte[] piece : pieces) {
            probe.receiveRaw(piece);
        }
        List<Frame> sent = probe.sentFrames();
        Ending ending = probe.connection.ending();
        return String.join("\n", probe.disconnected().events()) + "\n" + sent + "\n" + ending + "\n"
                + probe.memory.lent();
    }

    private static byte[][] cut(byte[] bytes, SeededRandom random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int next = Math.min(bytes.length, at + random.logUniform(bytes.length));
            pieces.add(Arrays.copyOfRange(bytes, at, next));
            at = next;
        }
        return pieces.toArray(byte[][]::new);
    }
}
