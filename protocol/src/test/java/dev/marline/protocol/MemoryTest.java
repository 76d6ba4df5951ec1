package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.SeededRandom;
import java.util.Arrays;
import java.util.function.Consumer;

/** What a connection holds: nothing while idle, only what has come of a message, and nothing once it has ended. */
class MemoryTest {
    private static final ConnectionLimits HUGE = new ConnectionLimits(Integer.MAX_VALUE - 64, 1 << 20, 0, 1, 1);

    @ForBothRoles
    void anIdleConnectionHoldsNothing(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive("810161 8900 010161 800162").receive(Frame.binary(new byte[99_999]));
        probe.send("a");
        probe.send(new byte[99_999]);
        probe.sent();
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void aMessageThatLiesInOneReadTakesNoMemory(Role role) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive(Frame.text("x".repeat(10_000)), Frame.binary(new byte[1]));
        assertThat(probe.memory.taken()).isZero();
    }

    @ForBothRoles
    void aHeaderInPiecesTakesNoMemory(Role role) {
        // Between reads there are at most 14 bytes of it, which the connection keeps by itself.
        byte[] header = probeHeader(role);
        ConnectionProbe probe = new ConnectionProbe(role, HUGE);
        for (byte b : header) {
            probe.receiveRaw(new byte[] {b});
        }
        assertThat(header).hasSize(role == Role.SERVER ? 14 : 10);
        assertThat(probe.memory.taken()).isZero();
        assertThat(probe.failureCode()).isZero();
    }

    private static byte[] probeHeader(Role role) {
        return Frame.of(Opcode.BINARY, new byte[0]).withDeclaredLength(1 << 30).encode(role.peer());
    }

    @ForBothRoles
    void aDeclaredLengthTakesNoLargeArray(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, HUGE);
        probe.receive(Frame.of(Opcode.BINARY, new byte[10]).withDeclaredLength(2_000_000_000));
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.memory.largest()).isEqualTo(4096);
    }

    @ForBothRoles
    void aMessageTakesAtMostAFewTimesWhatHasCome(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, HUGE);
        probe.receive(Frame.of(Opcode.BINARY, new byte[0]).withDeclaredLength(2_000_000_000));
        for (int come = 1000; come <= 1_000_000; come += 1000) {
            probe.receiveRaw(new byte[1000]);
            assertThat(probe.memory.lentBytes()).isLessThanOrEqualTo(Math.max(4096, 2 * come));
        }
    }

    @ForBothRoles
    void aMessageForWhichThereIsNoMemoryFailsWith1013BeforeAnyIsTaken(Role role) {
        byte[] message = Frame.text("x".repeat(100_000)).encode(role.peer());
        for (int read : new int[] {100, 1000, 50_000}) {
            ConnectionProbe probe = new ConnectionProbe(role).withMemoryFor(16 * 1024);
            for (int i = 0; i < message.length; i += read) {
                probe.receiveRaw(Arrays.copyOfRange(message, i, Math.min(message.length, i + read)));
            }
            assertThat(probe.failureCode()).as("reads of " + read).isEqualTo(CloseCode.TRY_AGAIN_LATER);
            assertThat(probe.memory.largest()).as("reads of " + read).isLessThanOrEqualTo(16 * 1024);
            assertThat(probe.memory.lent()).as("but for the Close").isLessThanOrEqualTo(1);

            ConnectionProbe buffered = new ConnectionProbe(role).withMemoryFor(16 * 1024);
            buffered.receiveBuffered(message, read);
            assertThat(buffered.failureCode()).as("buffers of " + read).isEqualTo(CloseCode.TRY_AGAIN_LATER);
            assertThat(buffered.memory.largest()).as("buffers of " + read).isLessThanOrEqualTo(16 * 1024);
        }
    }

    @ForBothRoles
    void aMessageThatLiesInOneReadIsTakenWhereThereIsNoMemory(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).withMemoryFor(0).receive(Frame.text("x".repeat(10_000)));
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.connection.heldBytes()).isZero();
    }

    @ForBothRoles
    void itTellsHowMuchAMessageTakes(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role)
                .receive(Frame.of(Opcode.BINARY, new byte[10_000]).withDeclaredLength(20_000));
        assertThat(probe.connection.heldBytes())
                .isEqualTo(probe.memory.largest())
                .isGreaterThanOrEqualTo(10_000);
        probe.receiveRaw(new byte[10_000]);
        assertThat(probe.connection.heldBytes()).isZero();
    }

    @ForBothRoles
    void anUnfinishedMessageIsGivenBackOnEveryWayOut(Role role) {
        for (String ending : new String[] {"8300", "880203e8", "8800", "880103", "810162", "0001ff"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive("010161").receive(ending);
            probe.sent();
            assertThat(probe.memory.lent()).as(ending).isZero();
        }
        assertThat(lentAfter(role, ConnectionProbe::endOfInput)).isZero();
        assertThat(lentAfter(role, ConnectionProbe::disconnected)).isZero();
        assertThat(lentAfter(role, probe -> probe.connection.abort())).isZero();
        assertThat(lentAfter(role, probe -> probe.connection.fail(1011, "", probe.now)))
                .isZero();
    }

    @ForBothRoles
    void whatIsNotFlushedIsGivenBackWhenTheTransportIsGone(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.send("a");
        assertThat(probe.memory.lent()).isEqualTo(1);
        assertThat(probe.connection.unflushed()).isPositive();
        probe.disconnected();
        assertThat(probe.memory.lent()).isZero();
        assertThat(probe.connection.unflushed()).isZero();
    }

    @ForBothRoles
    void whateverHappensEverythingIsGivenBack(Role role) {
        SeededRandom.forEachSeed(2_000, random -> {
            ConnectionProbe probe = new ConnectionProbe(role, new ConnectionLimits(50_000, 5, 0, 1, 1));
            for (int steps = random.below(12); steps > 0; steps--) {
                switch (random.below(9)) {
                    case 0 -> probe.receive(Frame.text(random.text(20)));
                    case 1 -> probe.receive(Frame.text(random.text(20)).notFinal());
                    case 2 -> probe.receive(Frame.continuation(random.bytes(random.logUniform(50_000))));
                    case 3 -> probe.receive(Frame.continuation(random.bytes(3)).notFinal());
                    case 4 -> probe.receiveRaw(random.bytes(random.below(30)));
                    case 5 -> probe.send(random.bytes(random.logUniform(100_000)));
                    case 6 -> probe.connection.flush();
                    case 7 -> probe.receive(Frame.ping("p"));
                    default -> probe.close(1000, "");
                }
            }
            if (random.nextBoolean()) {
                probe.endOfInput();
            }
            probe.disconnected();
            assertThat(probe.memory.lent()).isZero();
        });
    }

    private static int lentAfter(Role role, Consumer<ConnectionProbe> ending) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("010161");
        assertThat(probe.memory.lent()).isEqualTo(1);
        ending.accept(probe);
        probe.sentRaw();
        return probe.memory.lent();
    }
}
