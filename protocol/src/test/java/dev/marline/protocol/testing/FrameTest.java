package dev.marline.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tests' own frames against the examples of RFC 6455 §5.7, and how they print themselves. */
class FrameTest {
    @Test
    void theExamplesOfTheRfcAreWritten() {
        assertThat(Frame.text("Hello").encode(Role.SERVER)).isEqualTo(Hex.bytes("81 05 48656c6c6f"));
        assertThat(Frame.text("Hello").encode(Role.CLIENT)).isEqualTo(Hex.bytes("81 85 37fa213d 7f9f4d5158"));
        assertThat(Frame.text("Hel").notFinal().encode(Role.SERVER)).isEqualTo(Hex.bytes("01 03 48656c"));
        assertThat(Frame.continuation(Hex.bytes("6c6f")).encode(Role.SERVER)).isEqualTo(Hex.bytes("80 02 6c6f"));
        assertThat(Frame.ping("Hello").encode(Role.SERVER)).isEqualTo(Hex.bytes("89 05 48656c6c6f"));
        assertThat(Frame.pong("Hello").encode(Role.CLIENT)).isEqualTo(Hex.bytes("8a 85 37fa213d 7f9f4d5158"));
        assertThat(Frame.binary(new byte[256]).encode(Role.SERVER)).startsWith(Hex.bytes("82 7e 0100"));
        assertThat(Frame.binary(new byte[65536]).encode(Role.SERVER)).startsWith(Hex.bytes("82 7f 0000000000010000"));
    }

    @Test
    void wrongFramesAreWrittenAsTheyAreAskedFor() {
        assertThat(Frame.text("").withRsv(4).encode(Role.SERVER)).isEqualTo(Hex.bytes("c1 00"));
        assertThat(Frame.text("").withRsv(1).encode(Role.SERVER)).isEqualTo(Hex.bytes("91 00"));
        assertThat(Frame.of(0xB, new byte[0]).encode(Role.SERVER)).isEqualTo(Hex.bytes("8b 00"));
        assertThat(Frame.text("a").withLengthBits(16).encode(Role.SERVER)).isEqualTo(Hex.bytes("81 7e 0001 61"));
        assertThat(Frame.text("a").withLengthBits(64).encode(Role.SERVER))
                .isEqualTo(Hex.bytes("81 7f 0000000000000001 61"));
        assertThat(Frame.text("a").withDeclaredLength(-1).encode(Role.SERVER))
                .isEqualTo(Hex.bytes("81 7f ffffffffffffffff 61"));
        assertThat(Frame.close(1005, "x").encodeUnmasked()).isEqualTo(Hex.bytes("88 03 03ed 78"));
    }

    @Test
    void framesAreReadBackAsTheyWereWritten() throws Exception {
        List<Frame> frames = List.of(
                Frame.text("ü").notFinal(),
                Frame.ping(""),
                Frame.continuation(new byte[70_000]).withRsv(2),
                Frame.close());
        for (Role role : Role.values()) {
            byte[] bytes = new byte[0];
            for (Frame frame : frames) {
                bytes = Hex.bytes(Hex.of(bytes) + Hex.of(frame.encode(role)));
            }
            assertThat(Frame.parse(bytes, role)).isEqualTo(frames);
            assertThat(Frame.read(new ByteArrayInputStream(bytes), role)).isEqualTo(frames.get(0));
            byte[] cut = Arrays.copyOf(bytes, bytes.length - 1);
            assertThatThrownBy(() -> Frame.parse(cut, role))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(EOFException.class);
            assertThatThrownBy(() -> Frame.parse(cut, role.peer()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("masked");
        }
    }

    @Test
    void aClientsVersionOfServerFramesIsTheSameMasked() {
        assertThat(Frame.asClient(Hex.bytes("81 05 48656c6c6f 8a00 82 7e 0001 48")))
                .isEqualTo(Hex.bytes("81 85 37fa213d 7f9f4d5158" + "8a 80 37fa213d" + "82 fe 0001 37fa213d 7f"));
        assertThat(Frame.asClient(Hex.bytes("81"))).isEqualTo(Hex.bytes("81"));
        assertThat(Frame.asClient(Hex.bytes("81 7e 00"))).isEqualTo(Hex.bytes("81 fe 00"));
        assertThat(Frame.asClient(Hex.bytes("81 05 48"))).isEqualTo(Hex.bytes("81 85 37fa213d 7f"));
        assertThat(Frame.asClient(Hex.bytes("82 7f 7fffffffffffffff 48")))
                .isEqualTo(Hex.bytes("82 ff 7fffffffffffffff 37fa213d 7f"));
    }

    @Test
    void framesPrintThemselves() {
        assertThat(Frame.text("hi")).hasToString("TEXT 'hi' [2 bytes]");
        assertThat(Frame.text("").notFinal()).hasToString("TEXT '' [0 bytes, continued]");
        assertThat(Frame.binary(Hex.bytes("01ff"))).hasToString("BINARY 01ff [2 bytes]");
        assertThat(Frame.binary(new byte[33])).hasToString("BINARY " + "00".repeat(32) + "... [33 bytes]");
        assertThat(Frame.close(1000, "bye")).hasToString("CLOSE 1000 'bye' [5 bytes]");
        assertThat(Frame.close()).hasToString("CLOSE '' [0 bytes]");
        assertThat(Frame.of(Opcode.PING, new byte[] {'p'}).withRsv(4)).hasToString("PING 'p' [1 byte, rsv 4]");
        assertThat(Frame.text("a").withLengthBits(64)).hasToString("TEXT 'a' [1 byte, length in 64 bits]");
        assertThat(Frame.text("a").withDeclaredLength(300)).hasToString("TEXT 'a' [1 byte of 300]");
        assertThat(Frame.of(0x3, new byte[0])).hasToString("RESERVED 0x3 '' [0 bytes]");
    }

    @Test
    void theSameSeedGivesTheSameValues() {
        assertThat(new SeededRandom(17).bytes(20)).isEqualTo(new SeededRandom(17).bytes(20));
        assertThat(new SeededRandom(17).text(20)).isEqualTo(new SeededRandom(17).text(20));
        assertThatThrownBy(() -> SeededRandom.forEachSeed(1, random -> {
                    throw new IllegalStateException("found something");
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageMatching("failed with -Dmarline.seed=-?\\d+: found something");
    }
}
