package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.SeededRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Whatever a peer sends, nothing is thrown, the answers are frames, all memory comes back, and where reads begin and end makes no
 * difference.
 */
class FramesFuzzTest {
    private static final ConnectionLimits[] LIMITS = {
        new ConnectionLimits(300, 4, 0, 1, 1), new ConnectionLimits(Integer.MAX_VALUE - 64, 1 << 17, 0, 1, 1)
    };

    /** @param input two bytes of choices, then what a client sends, frames not masked yet */
    @FuzzTest
    void aServerTakesAnyFrames(byte[] input) {
        if (input.length >= 2) {
            check(Role.SERVER, input, Frame.asClient(Arrays.copyOfRange(input, 2, input.length)));
        }
    }

    /** @param input two bytes of choices, then what a client sends, byte for byte */
    @FuzzTest
    void aServerTakesAnyBytes(byte[] input) {
        if (input.length >= 2) {
            check(Role.SERVER, input, Arrays.copyOfRange(input, 2, input.length));
        }
    }

    /** @param input two bytes of choices, then what a server sends */
    @FuzzTest
    void aClientTakesAnyBytes(byte[] input) {
        if (input.length >= 2) {
            check(Role.CLIENT, input, Arrays.copyOfRange(input, 2, input.length));
        }
    }

    private static void check(Role role, byte[] choices, byte[] stream) {
        String whole = told(role, choices[0], stream);
        assertThat(told(role, choices[0], cut(stream, new SeededRandom(choices[1]))))
                .isEqualTo(whole);
        if (stream.length <= 200) {
            assertThat(told(role, choices[0], single(stream))).isEqualTo(whole);
        }
    }

    /** Everything that can be seen of a connection that receives these pieces. */
    private static String told(Role role, byte choice, byte[]... pieces) {
        ConnectionProbe probe = new ConnectionProbe(role, LIMITS[choice & 1]);
        if ((choice & 2) != 0) {
            probe.echoing();
        }
        if ((choice & 4) != 0) {
            probe.close(1000, "");
        }
        if ((choice & 8) != 0) {
            probe.connection.congested(true);
        }
        for (byte[] piece : pieces) {
            probe.receiveRaw(piece);
        }
        probe.connection.congested(false);
        assertThat(probe.memory.largest()).isLessThanOrEqualTo(64 * 1024);
        List<Frame> sent = probe.sentFrames();
        String ending =
                probe.connection.ending() + " " + probe.connection.isOpen() + " " + probe.connection.isReceiving();
        probe.endOfInput().disconnected();
        assertThat(probe.memory.lent()).isZero();
        return probe.events() + " " + sent + " " + ending;
    }

    private static byte[][] cut(byte[] bytes, SeededRandom random) {
        byte[][] pieces = new byte[bytes.length][];
        int count = 0;
        for (int at = 0; at < bytes.length; count++) {
            int next = Math.min(bytes.length, at + 1 + random.logUniform(bytes.length));
            pieces[count] = Arrays.copyOfRange(bytes, at, next);
            at = next;
        }
        return Arrays.copyOf(pieces, count);
    }

    private static byte[][] single(byte[] bytes) {
        byte[][] pieces = new byte[bytes.length][];
        for (int i = 0; i < bytes.length; i++) {
            pieces[i] = new byte[] {bytes[i]};
        }
        return pieces;
    }
}
