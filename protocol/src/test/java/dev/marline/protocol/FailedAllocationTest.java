package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.CountingMemory;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A connection whose memory or output throws in the middle of something. */
class FailedAllocationTest {
    private static final ConnectionLimits LIMITS = new ConnectionLimits(16 << 20, 1000, 0, 1, 1);

    /** Memory of which the takings can be counted out. */
    private static final class ScarceMemory implements Memory {
        private final CountingMemory memory = new CountingMemory();
        private int left = Integer.MAX_VALUE;

        @Override
        public byte[] take(int atLeast) {
            if (left-- == 0) {
                throw new OutOfMemoryError("as the test wants it");
            }
            return memory.take(atLeast);
        }

        @Override
        public void give(byte[] array) {
            memory.give(array);
        }

        @Override
        public <T> T shared(Class<T> type, Supplier<T> create) {
            return memory.shared(type, create);
        }
    }

    private final ScarceMemory memory = new ScarceMemory();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final List<String> closed = new ArrayList<>();
    private int writesLeft = Integer.MAX_VALUE;

    private final ConnectionEvents events = new ConnectionEvents() {
        @Override
        public void onMessage(int opcode, byte[] bytes, int offset, int length) {}

        @Override
        public void onLargeMessage(ByteBuffer bytes) {}

        @Override
        public void onPing(byte[] bytes, int offset, int length) {}

        @Override
        public void onPong(byte[] bytes, int offset, int length) {}

        @Override
        public void onFailed(int closeCode, String why) {}

        @Override
        public void onClosed(int code, String reason, boolean clean) {
            closed.add(code + (clean ? " clean" : ""));
        }
    };

    private Connection connection(Role role, List<NegotiatedExtension> extensions) {
        return new Connection(
                role,
                LIMITS,
                extensions,
                role.masks() ? () -> Integer.reverseBytes(Frame.KEY) : MaskingKeys.NONE,
                memory,
                (bytes, offset, length) -> {
                    if (writesLeft-- == 0) {
                        throw new OutOfMemoryError("as the test wants it");
                    }
                    output.write(bytes, offset, length);
                },
                events,
                0);
    }

    /** What the connection went on to do after something has thrown: nothing. */
    private void assertAborted(Connection connection) {
        int written = output.size();
        assertThat(connection.ending()).isEqualTo(Ending.CLOSE_NOW);
        assertThat(connection.isOpen()).isFalse();
        assertThat(connection.unflushed()).isZero();
        memory.left = Integer.MAX_VALUE;
        writesLeft = Integer.MAX_VALUE;
        assertThat(connection.send(Opcode.TEXT, new byte[] {'a'}, 0, 1)).isFalse();
        assertThat(connection.ping(new byte[0])).isFalse();
        connection.fail(1011, "internal error", 0);
        connection.close(1000, "", 0);
        connection.flush();
        assertThat(output.size()).isEqualTo(written);
        assertThat(memory.memory.lent()).isZero();
        connection.disconnected();
        assertThat(closed).containsExactly("1006");
    }

    @ForBothRoles
    void aFrameThatFailsHalfWayIsFollowedByNothing(Role role) {
        byte[] payload = new byte[300_000];
        int failures = 0;
        // Whichever of the allocations fails: a masked frame takes a new array for each 64 KiB of it.
        for (int take = 0; take < 10; take++) {
            memory.left = Integer.MAX_VALUE;
            output.reset();
            closed.clear();
            Connection connection = connection(role, List.of());
            connection.send(Opcode.TEXT, new byte[] {'a'}, 0, 1);
            memory.left = take;
            try {
                connection.send(Opcode.BINARY, payload, 0, payload.length);
                connection.send(Opcode.BINARY, true, ByteBuffer.wrap(payload).asReadOnlyBuffer());
            } catch (OutOfMemoryError thrown) {
                failures++;
                assertAborted(connection);
                continue;
            }
            connection.disconnected();
        }
        if (role == Role.CLIENT) {
            assertThat(failures).isPositive();
        }
    }

    @ForBothRoles
    void anOutputThatThrowsIsGivenNothingMore(Role role) {
        for (int write = 0; write < 3; write++) {
            writesLeft = Integer.MAX_VALUE;
            output.reset();
            closed.clear();
            Connection connection = connection(role, List.of());
            writesLeft = write;
            assertThatThrownBy(() -> {
                        connection.send(Opcode.TEXT, new byte[] {'a'}, 0, 1);
                        connection.send(Opcode.BINARY, new byte[100_000], 0, 100_000);
                        connection.flush();
                        connection.send(Opcode.TEXT, new byte[] {'a'}, 0, 1);
                        connection.flush();
                    })
                    .isInstanceOf(OutOfMemoryError.class);
            assertAborted(connection);
        }
    }

    @ForBothRoles
    void aReadThatFailsHalfWayLeavesNothingBehindWhenTheConnectionIsAborted(Role role) {
        List<NegotiatedExtension> deflate = List.of(PerMessageDeflate.dedicated()
                .build()
                .accept(new ExtensionOffer("permessage-deflate"))
                .orElseThrow());
        byte[] compressed = {(byte) 0xF2, 0x48, (byte) 0xCD, (byte) 0xC9, (byte) 0xC9, 0x07, 0x00};
        for (int take = 0; take < 2; take++) {
            memory.left = take;
            closed.clear();
            Connection connection = connection(role, deflate);
            byte[] frame = Frame.of(Opcode.TEXT, compressed).encode(role.peer());
            frame[0] = 0x40 | Opcode.TEXT; // the first fragment of more, compressed
            int failedAt = take;
            assertThatThrownBy(() -> connection.receive(frame, 0, frame.length, 0))
                    .as("when taking " + failedAt)
                    .isInstanceOf(OutOfMemoryError.class);
            connection.abort();
            assertAborted(connection);
        }
    }

    @ForBothRoles
    void aMessageWhoseCompressionFailedIsInNoOtherConnectionsMessage(Role role) {
        NegotiatedExtension deflate = PerMessageDeflate.shared()
                .build()
                .accept(new ExtensionOffer("permessage-deflate"))
                .orElseThrow();
        byte[] text = "the secret of another, the secret of another".repeat(50).getBytes(StandardCharsets.UTF_8);
        Connection other = connection(role, List.of(deflate));
        other.send(Opcode.TEXT, text, 0, text.length);
        other.flush();
        byte[] expected = output.toByteArray();

        memory.left = 0;
        byte[] secret = "a secret, a secret, a secret, and more".repeat(50).getBytes(StandardCharsets.UTF_8);
        Connection failing = connection(role, List.of(deflate));
        assertThatThrownBy(() -> failing.send(Opcode.TEXT, secret, 0, secret.length))
                .isInstanceOf(OutOfMemoryError.class);
        memory.left = Integer.MAX_VALUE;

        output.reset();
        other.send(Opcode.TEXT, text, 0, text.length);
        other.flush();
        assertThat(output.toByteArray()).isEqualTo(expected);
    }
}
