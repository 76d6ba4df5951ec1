package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.SeededRandom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Masking, RFC 6455 §5.3, beside a reference that follows its formula octet by octet. */
class MaskingTest {
    private static final int[] KEYS = {0x00000000, 0xFFFFFFFF, 0x37FA213D, 0x80000000, 0x000000FF, 0x01020304};

    @Test
    void everyLengthAtEveryOffsetIsMaskedAsTheFormulaSays() {
        SeededRandom random = new SeededRandom(1);
        for (int key : KEYS) {
            for (int length = 0; length <= 300; length++) {
                for (int offset = 0; offset <= 16; offset++) {
                    byte[] bytes = random.bytes(offset + length + 9);
                    byte[] payload = Arrays.copyOfRange(bytes, offset, offset + length);
                    byte[] expected = bytes.clone();
                    System.arraycopy(Frame.mask(payload, key), 0, expected, offset, length);
                    Masking.mask(bytes, offset, length, Integer.reverseBytes(key));
                    assertThat(bytes).as("length %d, offset %d", length, offset).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void aBufferIsMaskedBetweenItsPositionAndItsLimit() {
        SeededRandom.forEachSeed(2_000, random -> {
            int key = random.nextInt();
            byte[] bytes = random.bytes(random.below(200) + 16);
            int start = random.below(9);
            int end = bytes.length - random.below(8);
            byte[] expected = bytes.clone();
            byte[] masked = Frame.mask(Arrays.copyOfRange(bytes, start, end), Integer.reverseBytes(key));
            System.arraycopy(masked, 0, expected, start, masked.length);
            for (ByteBuffer buffer : List.of(
                    ByteBuffer.wrap(bytes.clone()),
                    ByteBuffer.allocateDirect(bytes.length).put(0, bytes))) {
                Masking.mask(buffer.position(start).limit(end), key);
                assertThat(buffer.clear()).isEqualTo(ByteBuffer.wrap(expected));
            }
        });
    }

    @Test
    void aPayloadInPiecesIsMaskedAsTheWhole() {
        SeededRandom.forEachSeed(2_000, random -> {
            int key = random.nextInt();
            byte[] bytes = random.bytes(random.below(200));
            byte[] expected = Frame.mask(bytes, Integer.reverseBytes(key));
            int at = 0;
            int keyHere = key;
            while (at < bytes.length) {
                int count = random.between(0, bytes.length - at);
                Masking.mask(bytes, at, count, keyHere);
                keyHere = Masking.advance(keyHere, count);
                at += count;
            }
            assertThat(bytes).isEqualTo(expected);
        });
    }

    @Test
    void aServerRemovesEveryMask() {
        for (int key : KEYS) {
            ConnectionProbe probe = new ConnectionProbe(Role.SERVER);
            probe.receiveRaw(Frame.text("Hello, 20 characters").encodeMasked(key));
            assertThat(probe.events()).as(Integer.toHexString(key)).containsExactly("TEXT 'Hello, 20 characters'");
        }
    }

    @Test
    void aServerRemovesTheMaskOfControlFramesToo() {
        ConnectionProbe probe = new ConnectionProbe(Role.SERVER);
        probe.receiveRaw(Frame.ping("are you there").encodeMasked(0x89ABCDEF));
        assertThat(probe.sent()).isEqualTo(Hex.of(Frame.pong("are you there").encodeUnmasked()));
    }

    @Test
    void aClientTakesANewKeyForEveryFrame() {
        int[] calls = {0};
        ConnectionProbe probe = new ConnectionProbe(Role.CLIENT, ConnectionProbe.LIMITS, () -> 0x01010101 * ++calls[0]);
        probe.send("a");
        probe.send("a");
        probe.connection.ping(Hex.bytes("61"));
        probe.send(new byte[100_000]);
        probe.close(1000, "");
        byte[] sent = probe.sentRaw();
        List<String> keys = new ArrayList<>();
        int at = 0;
        for (int header : new int[] {2, 2, 2, 10, 2}) {
            keys.add(Hex.of(sent, at + header, 4));
            at += header + 4 + (header == 10 ? 100_000 : keys.size() == 5 ? 2 : 1);
        }
        assertThat(keys).containsExactly("01010101", "02020202", "03030303", "04040404", "05050505");
        assertThat(at).isEqualTo(sent.length);
    }

    @Test
    void theKeyIsInTheFrameAsItsSourceGaveIt() {
        ConnectionProbe probe = new ConnectionProbe(Role.CLIENT);
        probe.send("Hello");
        // RFC 6455 §5.7: "A single-frame masked text message".
        assertThat(Hex.of(probe.sentRaw())).isEqualTo("818537fa213d7f9f4d5158");
    }
}
