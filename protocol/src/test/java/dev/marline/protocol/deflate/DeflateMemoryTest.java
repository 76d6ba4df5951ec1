package dev.marline.protocol.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.Role;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What compressed connections hold, what they say that they hold, and what a peer can make them hold. */
class DeflateMemoryTest {
    private static final int WINDOW = 32 * 1024;
    private static final String HELLO = "c1 07 f248cdc9c90700";

    // ---- the figures

    @ForBothRoles
    void aConnectionCountsWithItsWindows(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        assertThat(deflate.memory()).isZero();
        ConnectionProbe probe = probe(role, deflate);
        // What it may have to remember of the peer's messages counts from the beginning on.
        assertThat(deflate.memory()).isEqualTo(WINDOW);
        probe.receive(HELLO);
        assertThat(deflate.memory()).isEqualTo(WINDOW);
        probe.connection.send(1, false, new byte[1], 0, 1);
        assertThat(deflate.memory()).isEqualTo(WINDOW);
        probe.send("a");
        int sending = SlidingWindow.memory(13);
        assertThat(sending).isBetween(16 * 1024, 40 * 1024);
        assertThat(deflate.memory()).isEqualTo(WINDOW + sending);
        probe.send("b");
        assertThat(deflate.memory()).isEqualTo(WINDOW + sending);
        ConnectionProbe second = probe(role, deflate);
        assertThat(deflate.memory()).isEqualTo(2 * WINDOW + sending);
        second.disconnected();
        probe.disconnected();
        assertThat(deflate.memory()).isZero();
    }

    @ForBothRoles
    void everyEndGivesBackWhatWasCounted(Role role) {
        List<Consumer<ConnectionProbe>> ends = List.of(
                probe -> probe.receive("880203e8"),
                probe -> probe.receive("8300"),
                probe -> probe.receive("c1010600"),
                probe -> probe.connection.fail(1011, "", probe.now),
                probe -> probe.connection.abort(),
                ConnectionProbe::endOfInput,
                ConnectionProbe::disconnected);
        for (Consumer<ConnectionProbe> end : ends) {
            PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
            ConnectionProbe probe = probe(role, deflate);
            probe.send("a");
            end.accept(probe);
            assertThat(deflate.memory()).isZero();
            probe.endOfInput().disconnected();
            assertThat(deflate.memory()).isZero();
        }
    }

    @ForBothRoles
    void aSmallerWindowCountsLess(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        ConnectionProbe probe = PeerDeflate.probe(
                role, "server_max_window_bits=9; client_max_window_bits=9", ConnectionProbe.LIMITS, deflate);
        assertThat(deflate.memory()).isEqualTo(512);
        probe.send("a");
        assertThat(deflate.memory()).isEqualTo(512 + SlidingWindow.memory(9));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 10, 11, 12, 13, 14, 15})
    void aWindowTakesWhatItSays(int bits) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SlidingWindow warm = new SlidingWindow(bits);
        long before = threads.getCurrentThreadAllocatedBytes();
        SlidingWindow window = new SlidingWindow(bits);
        long taken = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(warm).isNotSameAs(window);
        // Beside the arrays there are their headers and a few fields.
        assertThat(taken).isBetween((long) SlidingWindow.memory(bits), SlidingWindow.memory(bits) + 4096L);
    }

    @ForBothRoles
    void withoutContextNothingIsHeld(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.shared().build();
        String parameters = "server_no_context_takeover; client_no_context_takeover";
        ConnectionProbe probe = PeerDeflate.probe(role, parameters, ConnectionProbe.LIMITS, deflate);
        probe.send("Hello");
        probe.send("Hello");
        probe.receive(HELLO + HELLO);
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700".repeat(2));
        assertThat(deflate.memory()).isZero();
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void anIdleConnectionHasTakenNothingOfItsThreads(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        ConnectionProbe probe = probe(role, deflate);
        probe.send("Hello");
        probe.receive(HELLO).receive("8900").receive("4103f248cd 8004c9c90700");
        probe.sent();
        assertThat(probe.memory.lent()).isZero();
    }

    // ---- the limit

    @Test
    void overThreeQuartersOfTheLimitAServerServesWithoutContext() {
        PerMessageDeflate deflate =
                PerMessageDeflate.dedicated().maxMemory(140_000).build();
        assertThat(deflate.maxMemory()).isEqualTo(140_000);
        List<ConnectionProbe> probes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            assertThat(accepted(deflate)).isEqualTo("permessage-deflate");
            probes.add(probe(Role.SERVER, deflate));
        }
        assertThat(deflate.memory()).isEqualTo(3 * WINDOW);
        NegotiatedExtension fourth = PeerDeflate.agreed(Role.SERVER, "", deflate);
        assertThat(fourth.answer()).hasToString("permessage-deflate; client_no_context_takeover");

        ConnectionProbe probe = new ConnectionProbe(Role.SERVER, ConnectionProbe.LIMITS, List.of(fourth));
        probe.send("Hello");
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700".repeat(2));
        assertThat(probe.receive(HELLO + HELLO).events()).hasSize(2).containsOnly("TEXT 'Hello'");
        assertThat(deflate.memory()).isEqualTo(3 * WINDOW);

        // A smaller window still finds room.
        assertThat(PeerDeflate.agreed(Role.SERVER, "client_max_window_bits=9", deflate)
                        .answer())
                .hasToString("permessage-deflate; client_max_window_bits=9");
        probes.forEach(ConnectionProbe::disconnected);
        assertThat(accepted(deflate)).isEqualTo("permessage-deflate");
    }

    @ForBothRoles
    void whileAMessageIsUnderWayItsInflaterCounts(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        ConnectionProbe probe = probe(role, deflate).receive("4103f248cd");
        assertThat(deflate.memory()).isEqualTo(WINDOW + Inflaters.MEMORY);
        probe.receive("0000");
        assertThat(deflate.memory()).isEqualTo(WINDOW + Inflaters.MEMORY);
        probe.receive("8004c9c90700");
        assertThat(deflate.memory()).isEqualTo(WINDOW);
        // A message in one frame that comes in two reads is under way in between, too.
        byte[] wire = probe.onTheWire("c105f200110000");
        probe.receiveRaw(Arrays.copyOf(wire, wire.length - 1));
        assertThat(deflate.memory()).isEqualTo(WINDOW + Inflaters.MEMORY);
        probe.receiveRaw(Arrays.copyOfRange(wire, wire.length - 1, wire.length));
        assertThat(deflate.memory()).isEqualTo(WINDOW);
        assertThat(probe.events()).containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
    }

    @ForBothRoles
    void overTheLimitAMessageInPiecesFailsWith1013(Role role) {
        long limit = 2 * WINDOW + Inflaters.MEMORY;
        for (long maxMemory = limit; maxMemory <= limit + Inflaters.MEMORY; maxMemory += Inflaters.MEMORY) {
            PerMessageDeflate deflate =
                    PerMessageDeflate.dedicated().maxMemory(maxMemory).build();
            ConnectionProbe first = probe(role, deflate);
            ConnectionProbe second = probe(role, deflate);
            first.receive("4103f248cd");
            second.receive("4103f248cd");
            assertThat(first.failureCode()).isZero();
            assertThat(second.failureCode()).isEqualTo(maxMemory == limit ? 1013 : 0);
            // One that comes in one piece is taken all the same.
            assertThat(first.receive("8004c9c90700").receive(HELLO).events())
                    .hasSize(2)
                    .containsOnly("TEXT 'Hello'");
            first.disconnected();
            second.disconnected();
            assertThat(deflate.memory()).isZero();
        }
    }

    private static String accepted(PerMessageDeflate deflate) {
        return PeerDeflate.agreed(Role.SERVER, "", deflate).answer().toString();
    }

    @ForBothRoles
    void aConnectionThatFindsNoRoomMayFindItLater(Role role) {
        PerMessageDeflate deflate =
                PerMessageDeflate.dedicated().maxMemory(100_000).build();
        ConnectionProbe first = probe(role, deflate);
        ConnectionProbe second = probe(role, deflate);
        try (PeerDeflate peer = new PeerDeflate()) {
            for (int i = 0; i < 6; i++) {
                if (i == 3) {
                    second.disconnected();
                }
                first.send("Hello");
                Frame frame = first.sentFrames().get(0);
                assertThat(new String(peer.decompress(frame.payload()), StandardCharsets.US_ASCII))
                        .isEqualTo("Hello");
                // From the fifth on there is something to refer to.
                assertThat(frame.payload().length == 7).isEqualTo(i < 4);
            }
        }
        first.disconnected();
        assertThat(deflate.memory()).isZero();
    }

    // ---- everything comes back

    @ForBothRoles
    void whateverHappensEverythingIsGivenBack(Role role) {
        SeededRandom.forEachSeed(1_000, random -> {
            PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
            ConnectionProbe probe = PeerDeflate.probe(role, "", new ConnectionLimits(50_000, 5, 0, 1, 1), deflate);
            try (PeerDeflate peer = new PeerDeflate()) {
                for (int steps = random.below(12); steps > 0; steps--) {
                    switch (random.below(9)) {
                        case 0 ->
                            probe.receive(Frame.binary(peer.compress(random.bytes(random.logUniform(60_000))))
                                    .withRsv(4));
                        case 1 ->
                            probe.receive(Frame.binary(peer.compress(new byte[random.logUniform(60_000)]))
                                    .withRsv(4)
                                    .notFinal());
                        case 2 -> probe.receive(Frame.continuation(new byte[1]));
                        case 3 ->
                            probe.receive(Frame.continuation(peer.compress(new byte[100]))
                                    .notFinal());
                        case 4 ->
                            probe.receive(
                                    Frame.binary(random.bytes(random.below(30))).withRsv(4));
                        case 5 -> probe.send(random.bytes(random.logUniform(100_000)));
                        case 6 -> probe.connection.flush();
                        case 7 -> probe.receive(Frame.ping("p"));
                        default -> probe.close(1000, "");
                    }
                }
            }
            if (random.nextBoolean()) {
                probe.endOfInput();
            }
            probe.disconnected();
            assertThat(probe.memory.lent()).isZero();
            assertThat(deflate.memory()).isZero();
        });
    }

    @Test
    void inflatersAreUsedAgainAndEndWithTheLastConnection() {
        Inflaters inflaters = new Inflaters();
        inflaters.join();
        inflaters.join();
        List<Inflater> taken = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            taken.add(inflaters.take());
        }
        assertThat(taken).doesNotHaveDuplicates();
        taken.forEach(inflaters::give);
        // Four are kept; more are not needed all the time.
        assertThat(taken.stream().filter(DeflateMemoryTest::hasEnded)).hasSize(2);
        assertThat(taken).contains(inflaters.take());
        inflaters.leave();
        assertThat(taken.stream().filter(DeflateMemoryTest::hasEnded)).hasSize(2);
        inflaters.leave();
        assertThat(taken.stream().filter(DeflateMemoryTest::hasEnded)).hasSize(5);
        inflaters.give(
                taken.stream().filter(each -> !hasEnded(each)).findFirst().orElseThrow());
        assertThat(taken).allMatch(DeflateMemoryTest::hasEnded);
    }

    private static boolean hasEnded(Inflater inflater) {
        try {
            inflater.getBytesRead();
            return false;
        } catch (NullPointerException | IllegalStateException ended) { // which one depends on the JDK
            return true;
        }
    }

    @ForBothRoles
    void aConnectionHoldsAnInflaterOnlyWhileAMessageIsUnderWay(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        Inflaters inflaters = probe.memory.shared(Inflaters.class, Inflaters::new);
        Inflater only = inflaters.take();
        inflaters.give(only);
        probe.receive(HELLO);
        assertThat(inflaters.take()).isSameAs(only);
        inflaters.give(only);
        probe.receive("4103f248cd");
        Inflater other = inflaters.take();
        assertThat(other).isNotSameAs(only);
        other.end();
        probe.connection.abort();
        assertThat(hasEnded(only)).isTrue();
    }

    // ---- bombs

    @ForBothRoles
    void aSmallMessageThatWouldBecomeHugeFailsWith1009AndCostsLittle(Role role) {
        // 1 GiB of zeros in a megabyte, in reads of 64 KiB.
        byte[] wire = Frame.binary(zeros(1024)).withRsv(4).encode(role.peer());
        assertThat(wire.length).isLessThan(2 * 1024 * 1024);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int run = 0; run < 3; run++) {
            byte[][] reads = pieces(wire.clone());
            ConnectionProbe probe = PeerDeflate.probe(role, "", new ConnectionLimits(64 * 1024, 10, 0, 1, 1));
            long before = threads.getCurrentThreadAllocatedBytes();
            for (byte[] read : reads) {
                probe.connection.receive(read, 0, read.length, probe.now);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(probe.failureCode()).isEqualTo(1009);
            assertThat(allocated).isLessThan(2 * 1024 * 1024);
            assertThat(probe.events()).hasSize(1);
            probe.sent();
            assertThat(probe.memory.lent()).isZero();
        }
    }

    @ForBothRoles
    void aBombCostsAtMostAFewTimesTheLimit(Role role) {
        byte[] wire = Frame.binary(zeros(64)).withRsv(4).encode(role.peer());
        int limit = 4 * 1024 * 1024;
        ConnectionProbe probe = PeerDeflate.probe(role, "", new ConnectionLimits(limit, 10, 0, 1, 1));
        probe.receiveRaw(wire);
        assertThat(probe.failureCode()).isEqualTo(1009);
        assertThat(probe.memory.largest()).isLessThanOrEqualTo(2 * limit);
    }

    @ForBothRoles
    void bombsInARowLeaveNothingBehind(Role role) {
        byte[] wire = Frame.binary(zeros(1)).withRsv(4).encode(role.peer());
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        for (int i = 0; i < 200; i++) {
            ConnectionProbe probe = PeerDeflate.probe(role, "", new ConnectionLimits(64 * 1024, 10, 0, 1, 1), deflate);
            Inflaters inflaters = probe.memory.shared(Inflaters.class, Inflaters::new);
            Inflater only = inflaters.take();
            inflaters.give(only);
            probe.receiveRaw(wire);
            assertThat(probe.failureCode()).isEqualTo(1009);
            assertThat(hasEnded(only)).isTrue();
        }
        assertThat(deflate.memory()).isZero();
    }

    /** So many MiB: what a full flush ends refers to nothing before it, and so can be had many times over. */
    private static byte[] zeros(int mebibytes) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[1024 * 1024]);
        byte[] one = new byte[16 * 1024];
        int length = deflater.deflate(one, 0, one.length, Deflater.FULL_FLUSH);
        deflater.end();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < mebibytes; i++) {
            all.write(one, 0, length);
        }
        return all.toByteArray();
    }

    private static byte[][] pieces(byte[] wire) {
        int size = 64 * 1024;
        byte[][] pieces = new byte[(wire.length + size - 1) / size][];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = Arrays.copyOfRange(wire, i * size, Math.min(wire.length, (i + 1) * size));
        }
        return pieces;
    }

    // ----

    private static ConnectionProbe probe(Role role, PerMessageDeflate deflate) {
        return PeerDeflate.probe(role, "", ConnectionProbe.LIMITS, deflate);
    }
}
