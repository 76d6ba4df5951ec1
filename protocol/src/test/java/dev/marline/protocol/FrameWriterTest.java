package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.CountingMemory;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How frames are gathered and handed on: many small ones in one write, a large one without a copy where it needs no mask. */
class FrameWriterTest {
    private final CountingMemory memory = new CountingMemory();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final List<byte[]> arrays = new ArrayList<>();
    private final Output output = (bytes, offset, length) -> {
        written.write(bytes, offset, length);
        arrays.add(bytes);
    };

    private FrameWriter writer(Role role) {
        return new FrameWriter(role, () -> 0x04030201, memory, output);
    }

    @ForBothRoles
    void nothingIsWrittenBeforeAFlush(Role role) {
        FrameWriter writer = writer(role);
        writer.write(FrameWriter.FIN | Opcode.TEXT, new byte[] {'a'}, 0, 1);
        assertThat(arrays).isEmpty();
        assertThat(writer.gathered()).isEqualTo(role == Role.CLIENT ? 7 : 3);
        writer.flush();
        assertThat(arrays).hasSize(1);
        assertThat(writer.gathered()).isZero();
        assertThat(memory.lent()).isZero();
    }

    @ForBothRoles
    void aFlushOfNothingWritesNothing(Role role) {
        writer(role).flush();
        assertThat(arrays).isEmpty();
        assertThat(memory.taken()).isZero();
    }

    @ForBothRoles
    void manySmallFramesAreOneWrite(Role role) {
        FrameWriter writer = writer(role);
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            byte[] payload = new byte[32];
            Arrays.fill(payload, (byte) i);
            writer.write(FrameWriter.FIN | Opcode.BINARY, payload, 0, payload.length);
            frames.add(Frame.binary(payload));
        }
        writer.flush();
        assertThat(arrays).hasSize(1);
        assertThat(Frame.parse(written.toByteArray(), role)).isEqualTo(frames);
    }

    @ForBothRoles
    void aFullArrayIsWrittenWithoutAFlush(Role role) {
        FrameWriter writer = writer(role);
        for (int i = 0; i < 100; i++) {
            writer.write(FrameWriter.FIN | Opcode.BINARY, new byte[1000], 0, 1000);
        }
        assertThat(arrays).hasSize(1);
        assertThat(writer.gathered()).isLessThan(64 * 1024);
        assertThat(memory.largest()).isEqualTo(64 * 1024);
        writer.flush();
        assertThat(Frame.parse(written.toByteArray(), role)).hasSize(100).containsOnly(Frame.binary(new byte[1000]));
        assertThat(memory.lent()).isZero();
    }

    @Test
    void aServersLargePayloadGoesOutFromWhereItLies() {
        FrameWriter writer = writer(Role.SERVER);
        byte[] large = new SeededRandom(1).bytes(200_000);
        writer.write(FrameWriter.FIN | Opcode.TEXT, new byte[] {'a'}, 0, 1);
        writer.write(FrameWriter.FIN | Opcode.BINARY, large, 0, large.length);
        assertThat(arrays).hasSize(2);
        assertThat(arrays.get(1)).isSameAs(large);
        assertThat(memory.largest()).isLessThan(large.length);
        assertThat(Frame.parse(written.toByteArray(), Role.SERVER))
                .containsExactly(Frame.text("a"), Frame.binary(large));
    }

    @Test
    void aClientsLargePayloadIsMaskedPieceByPieceAndLeftAsItWas() {
        FrameWriter writer = writer(Role.CLIENT);
        byte[] large = new SeededRandom(2).bytes(200_001);
        byte[] before = large.clone();
        writer.write(FrameWriter.FIN | Opcode.BINARY, large, 0, large.length);
        writer.flush();
        assertThat(large).isEqualTo(before);
        assertThat(memory.largest()).isEqualTo(64 * 1024);
        assertThat(Frame.parse(written.toByteArray(), Role.CLIENT)).containsExactly(Frame.binary(large));
    }

    @ForBothRoles
    void thePayloadMayLieAnywhereInAnArrayOrABuffer(Role role) {
        FrameWriter writer = writer(role);
        List<Frame> expected = new ArrayList<>();
        for (int length : new int[] {0, 1, 125, 126, 16_383, 16_384, 70_000}) {
            byte[] bytes = new SeededRandom(length).bytes(length + 10);
            byte[] payload = Arrays.copyOfRange(bytes, 7, 7 + length);
            writer.write(FrameWriter.FIN | Opcode.BINARY, bytes, 7, length);
            writer.write(FrameWriter.FIN | Opcode.BINARY, ByteBuffer.wrap(bytes, 7, length));
            writer.write(FrameWriter.FIN | Opcode.BINARY, ByteBuffer.wrap(bytes).slice(7, length));
            writer.write(
                    FrameWriter.FIN | Opcode.BINARY,
                    ByteBuffer.wrap(bytes, 7, length).asReadOnlyBuffer());
            ByteBuffer direct = ByteBuffer.allocateDirect(length + 10)
                    .put(bytes)
                    .position(7)
                    .limit(7 + length);
            writer.write(FrameWriter.FIN | Opcode.BINARY, direct);
            assertThat(direct.position()).isEqualTo(7);
            assertThat(direct.limit()).isEqualTo(7 + length);
            expected.addAll(Collections.nCopies(5, Frame.binary(payload)));
        }
        writer.flush();
        assertThat(Frame.parse(written.toByteArray(), role)).isEqualTo(expected);
        assertThat(memory.lent()).isZero();
    }

    @ForBothRoles
    void framesOfAnySizesComeOutInTheirOrder(Role role) {
        SeededRandom.forEachSeed(200, random -> {
            written.reset();
            FrameWriter writer = writer(role);
            List<Frame> expected = new ArrayList<>();
            for (int frames = random.below(30); frames > 0; frames--) {
                byte[] payload = random.bytes(random.logUniform(100_000));
                boolean fin = random.nextBoolean();
                writer.write((fin ? FrameWriter.FIN : 0) | Opcode.BINARY, payload, 0, payload.length);
                // A caller may use its array again at once.
                expected.add(fin ? Frame.binary(payload) : Frame.binary(payload).notFinal());
                Arrays.fill(payload, (byte) 0);
                if (random.below(5) == 0) {
                    writer.flush();
                }
            }
            writer.flush();
            assertThat(Frame.parse(written.toByteArray(), role)).isEqualTo(expected);
            assertThat(memory.lent()).isZero();
        });
    }

    @Test
    void theFirstByteIsWrittenAsItIsGiven() {
        FrameWriter writer = writer(Role.SERVER);
        writer.write(0x40 | Opcode.TEXT, new byte[0], 0, 0);
        writer.flush();
        assertThat(Frame.parse(written.toByteArray(), Role.SERVER))
                .containsExactly(Frame.text("").notFinal().withRsv(4));
    }
}
