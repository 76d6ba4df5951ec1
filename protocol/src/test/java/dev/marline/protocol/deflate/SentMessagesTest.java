package dev.marline.protocol.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Memory;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.SharedMessage;
import dev.marline.protocol.extension.PayloadBuffer;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.DeflateReader;
import dev.marline.protocol.testing.DeflateReader.Block;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out as permessage-deflate, read with another reader: RFC 7692 §6.1 and §7.2.1. */
class SentMessagesTest {
    private static final int STORED = 0;
    private static final int DYNAMIC = 2;

    // ---- frames

    @ForBothRoles
    void aCompressedMessageHasRsv1(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700");
    }

    @ForBothRoles
    void aSecondMessageRefersToTheFirst(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        probe.send("Hello");
        probe.send("Hello");
        // One match of the five, and no literal as in the RFC's example.
        Frame second = probe.sentFrames().get(1);
        DeflateReader.Message read = DeflateReader.read(second.payload(), "Hello".getBytes(StandardCharsets.UTF_8));
        assertThat(new String(read.bytes(), StandardCharsets.UTF_8)).isEqualTo("Hello");
        assertThat(read.matches()).containsExactly(new DeflateReader.Match(5, 5));
    }

    @ForBothRoles
    void anEmptyMessageIsOneByte(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        probe.send("");
        probe.send(new byte[0]);
        assertThat(probe.sent()).isEqualTo("c10100" + "c20100");
    }

    @ForBothRoles
    void controlFramesAreNotCompressed(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        probe.connection.ping(new byte[100]);
        probe.connection.pong(new byte[100]);
        probe.close(1000, "bye");
        assertThat(probe.sentFrames()).extracting(Frame::rsv).containsExactly(0, 0, 0);
    }

    @ForBothRoles
    void whatTheApplicationDoesNotWantCompressedGoesAsItIs(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        byte[] hello = "Hello".getBytes(StandardCharsets.UTF_8);
        probe.connection.send(Opcode.TEXT, false, hello, 0, 5);
        probe.connection.send(Opcode.BINARY, false, ByteBuffer.wrap(hello));
        ByteBuffer direct = ByteBuffer.allocateDirect(5).put(hello).flip();
        probe.connection.send(Opcode.BINARY, false, direct);
        assertThat(probe.sent()).isEqualTo("810548656c6c6f" + "820548656c6c6f" + "820548656c6c6f");
        probe.connection.send(Opcode.TEXT, true, direct);
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700");
    }

    @ForBothRoles
    void messagesUnderTheThresholdGoAsTheyAre(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().threshold(5).build();
        ConnectionProbe probe = PeerDeflate.probe(role, "", ConnectionProbe.LIMITS, deflate);
        probe.send("Hell");
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("810448656c6c" + "c107f248cdc9c90700");
    }

    @Test
    void messagesAreCountedBeforeAndAfter() {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().threshold(5).build();
        ConnectionProbe probe = PeerDeflate.probe(Role.SERVER, "", ConnectionProbe.LIMITS, deflate);
        probe.send("Hell");
        probe.send("Hello");
        assertThat(deflate.messageBytes()).isEqualTo(5);
        assertThat(deflate.compressedBytes()).isEqualTo(7);
        probe.receive("c1 07 f248cdc9c90700 c1 05 f200110000 81 01 61");
        assertThat(deflate.messageBytes()).isEqualTo(15);
        assertThat(deflate.compressedBytes()).isEqualTo(19);
        for (String text : List.of("Hello", "Hell")) {
            probe.connection.send(new SharedMessage(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(deflate.messageBytes()).isEqualTo(20);
        assertThat(deflate.compressedBytes()).isEqualTo(26);
    }

    // ---- what a peer can read

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 10, 11, 12, 13, 14, 15})
    void noMatchGoesFartherBackThanTheWindow(int bits) {
        SeededRandom.forEachSeed(2, random -> {
            for (int level = 1; level <= 9; level++) {
                PerMessageDeflate deflate =
                        PerMessageDeflate.dedicated().level(level).build();
                for (Role role : Role.values()) {
                    String limit = (role == Role.SERVER ? "server" : "client") + "_max_window_bits=" + bits;
                    ConnectionProbe probe = PeerDeflate.probe(role, limit, ConnectionProbe.LIMITS, deflate);
                    check(probe, random, 1 << bits, true);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 11, 15})
    void aClientLimitsItsOwnWindowWhetherOrNotItIsTold(int bits) {
        PerMessageDeflate deflate =
                PerMessageDeflate.dedicated().clientMaxWindowBits(bits).level(9).build();
        SeededRandom.forEachSeed(
                2,
                random -> check(
                        PeerDeflate.probe(Role.CLIENT, "", ConnectionProbe.LIMITS, deflate), random, 1 << bits, true));
    }

    @ForBothRoles
    void withoutContextTakeoverEachMessageStandsForItself(Role role) {
        SeededRandom.forEachSeed(3, random -> {
            for (int level = 1; level <= 9; level++) {
                PerMessageDeflate deflate =
                        PerMessageDeflate.dedicated().level(level).build();
                String none = (role == Role.SERVER ? "server" : "client") + "_no_context_takeover";
                check(PeerDeflate.probe(role, none, ConnectionProbe.LIMITS, deflate), random, 1 << 15, false);
            }
        });
    }

    /** Sends messages that repeat much of each other, and has them read by two others. */
    private static void check(ConnectionProbe probe, SeededRandom random, int window, boolean takeover) {
        ByteArrayOutputStream before = new ByteArrayOutputStream();
        byte[] pool = phrases(random, window);
        try (PeerDeflate peer = new PeerDeflate()) {
            for (int i = 0; i < 8; i++) {
                byte[] message = excerpts(random, pool, random.logUniform(Math.min(3 * window, 60_000)));
                probe.send(message);
                byte[] payload = probe.sentFrames().get(0).payload();
                byte[] history = before.toByteArray();
                int remembered = Math.min(history.length, window);
                DeflateReader.Message read = DeflateReader.read(
                        payload, Arrays.copyOfRange(history, history.length - remembered, history.length));
                assertThat(Arrays.equals(read.bytes(), message)).isTrue();
                assertThat(read.farthest()).isLessThanOrEqualTo(window);
                assertThat(Arrays.equals(peer.decompress(payload), message)).isTrue();
                if (takeover) {
                    before.writeBytes(message);
                } else {
                    peer.forget();
                }
            }
        }
    }

    private static byte[] phrases(SeededRandom random, int window) {
        byte[] pool = random.bytes(Math.min(2 * window, 40_000));
        for (int i = 0; i < pool.length; i++) {
            pool[i] = (byte) ('a' + (pool[i] & 15));
        }
        return pool;
    }

    private static byte[] excerpts(SeededRandom random, byte[] pool, int length) {
        byte[] message = new byte[length];
        for (int at = 0; at < length; ) {
            int count = Math.min(length - at, 1 + random.logUniform(Math.min(pool.length - 1, 2000)));
            int from = random.below(pool.length - count + 1);
            System.arraycopy(pool, from, message, at, count);
            at += count;
            if (random.below(8) == 0 && at < length) {
                int run = Math.min(length - at, random.logUniform(700));
                Arrays.fill(message, at, at + run, (byte) random.nextInt());
                at += run;
            }
        }
        return message;
    }

    @ForBothRoles
    void messagesOfEveryShortLengthAreReadBack(Role role) {
        for (int level : new int[] {1, 5, 9}) {
            PerMessageDeflate deflate =
                    PerMessageDeflate.dedicated().level(level).build();
            ConnectionProbe probe = PeerDeflate.probe(role, "", ConnectionProbe.LIMITS, deflate);
            try (PeerDeflate peer = new PeerDeflate()) {
                for (int length = 0; length < 300; length++) {
                    byte[] message = new byte[length];
                    for (int i = 0; i < length; i++) {
                        message[i] = (byte) (i * i % 7);
                    }
                    probe.send(message);
                    assertThat(peer.decompress(probe.sentFrames().get(0).payload()))
                            .isEqualTo(message);
                }
            }
        }
    }

    @ForBothRoles
    void messagesThatGoUncompressedAreNotReferredTo(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        byte[] message = new SeededRandom(8).bytes(500);
        try (PeerDeflate peer = new PeerDeflate()) {
            for (int i = 0; i < 6; i++) {
                probe.connection.send(Opcode.BINARY, i % 2 == 1, message, 0, 500);
                byte[] payload = probe.sentFrames().get(0).payload();
                assertThat(i % 2 == 1 ? peer.decompress(payload) : payload).isEqualTo(message);
                assertThat(payload.length).isGreaterThan(i < 2 ? 499 : i % 2 == 1 ? 0 : 499);
            }
        }
    }

    @ForBothRoles
    void aMessageOfMegabytesIsReadBack(Role role) {
        byte[] message = json(5_000_000);
        try (PeerDeflate peer = new PeerDeflate()) {
            ConnectionProbe probe = PeerDeflate.probe(role, "");
            probe.send(message);
            byte[] payload = probe.sentFrames().get(0).payload();
            assertThat(Arrays.equals(peer.decompress(payload), message)).isTrue();
            assertThat(payload.length).isLessThan(message.length / 4);
        }
    }

    // ---- size

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void whatDoesNotCompressHardlyGrows(int level) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().level(level).build();
        for (int length : new int[] {0, 1, 2, 3, 4, 5, 10, 100, 1000, 16_384, 30_000, 70_000, 300_000}) {
            byte[] message = new SeededRandom(length).bytes(length);
            ConnectionProbe probe = PeerDeflate.probe(Role.SERVER, "", ConnectionProbe.LIMITS, deflate);
            probe.send(message);
            byte[] payload = probe.sentFrames().get(0).payload();
            assertThat(payload.length).as("%d bytes", length).isLessThanOrEqualTo(length + length / 1000 + 16);
            DeflateReader.Message read = DeflateReader.read(payload, new byte[0]);
            assertThat(Arrays.equals(read.bytes(), message)).isTrue();
            if (length >= 1000) {
                assertThat(read.blocks()).extracting(Block::type).contains(STORED);
            }
        }
    }

    @Test
    void aHigherLevelIsNotLargerOnTheWhole() {
        int[] sizes = new int[10];
        for (int level = 1; level <= 9; level++) {
            PerMessageDeflate deflate =
                    PerMessageDeflate.dedicated().level(level).build();
            ConnectionProbe probe = PeerDeflate.probe(Role.SERVER, "", ConnectionProbe.LIMITS, deflate);
            byte[] all = json(400_000);
            for (int at = 0; at < all.length; at += 2000) {
                probe.connection.send(Opcode.TEXT, all, at, 2000);
                sizes[level] += probe.sentFrames().get(0).payload().length;
            }
        }
        assertThat(sizes[9]).isLessThanOrEqualTo(sizes[5]);
        assertThat(sizes[5]).isLessThanOrEqualTo(sizes[1]);
        assertThat(sizes[1]).isLessThan(400_000 / 3);
    }

    /** Records as services send them. */
    private static byte[] json(int length) {
        SeededRandom random = new SeededRandom(11);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append("{\"id\":").append(random.below(1_000_000)).append(",\"symbol\":\"");
            text.append((char) ('A' + random.below(20))).append((char) ('A' + random.below(20)));
            text.append("\",\"bid\":").append(random.below(99)).append('.').append(random.below(100));
            text.append(",\"volume\":").append(random.logUniform(100_000)).append(",\"open\":");
            text.append(random.nextBoolean()).append("},");
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
    }

    // ---- codes

    @Test
    void noCodeIsLongerThanAllowedHoweverRareASymbolIs() {
        // Fibonacci numbers give the deepest tree: without the limit the rarest symbols would have codes of 19 bits.
        byte[] bytes = fibonacci(19);
        BlockWriter blocks = new BlockWriter();
        PayloadBuffer to = new PayloadBuffer(Memory.HEAP);
        blocks.expect(bytes.length);
        for (byte b : bytes) {
            blocks.literal(b & 0xFF);
        }
        blocks.endBlock(bytes, 0, bytes.length, to);
        blocks.endMessage(to);
        DeflateReader.Message read = DeflateReader.read(Arrays.copyOf(to.array(), to.length()), new byte[0]);
        assertThat(Arrays.equals(read.bytes(), bytes)).isTrue();
        assertThat(read.blocks().get(0).type()).isEqualTo(DYNAMIC);
        assertThat(read.blocks().get(0).longestCode()).isEqualTo(15);
    }

    private static byte[] fibonacci(int symbols) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int count = 1; // the first 1 is the end of the block
        int next = 2;
        for (int symbol = 0; symbol < symbols; symbol++) {
            for (int i = 0; i < count; i++) {
                bytes.write(symbol * 11);
            }
            int sum = count + next;
            count = next;
            next = sum;
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 15})
    void aCodeOfLimitedLengthIsCompleteAndGivesTheRarestTheLongest(int limit) {
        SeededRandom.forEachSeed(500, random -> {
            int symbols = limit == 7 ? 19 : 286;
            HuffmanCode code = new HuffmanCode(symbols, limit);
            int count = random.between(2, symbols);
            int a = 1;
            int b = 1;
            for (int i = 0; i < count; i++) {
                code.frequencies[i] = random.nextBoolean() ? Math.min(a, 1 << 20) : 1 + random.logUniform(5000);
                int sum = Math.min(a + b, 1 << 20);
                a = b;
                b = sum;
            }
            code.assignLengths();
            long taken = 0;
            for (int i = 0; i < symbols; i++) {
                int length = code.lengths[i];
                assertThat(length).isBetween(i < count ? 1 : 0, i < count ? limit : 0);
                taken += length == 0 ? 0 : 1L << (limit - length);
                for (int j = 0; j < count && i < count; j++) {
                    if (code.frequencies[i] < code.frequencies[j]) {
                        assertThat(length).isGreaterThanOrEqualTo(code.lengths[j]);
                    }
                }
            }
            assertThat(taken).isEqualTo(1L << limit);
        });
    }

    @Test
    void aMatchOfEveryLengthAtEveryKindOfDistanceIsWritten() {
        byte[] history = new SeededRandom(12).bytes(32 * 1024);
        for (int distance : new int[] {1, 2, 3, 4, 5, 256, 257, 258, 1024, 1025, 24_576, 24_577, 32_767, 32_768}) {
            BlockWriter blocks = new BlockWriter();
            PayloadBuffer to = new PayloadBuffer(Memory.HEAP);
            for (int length = BlockWriter.MIN_MATCH; length <= BlockWriter.MAX_MATCH; length++) {
                blocks.expect(1);
                blocks.match(length, distance);
            }
            byte[] standIn = new byte[70_000];
            blocks.endBlock(standIn, 0, standIn.length, to);
            blocks.endMessage(to);
            DeflateReader.Message read = DeflateReader.read(Arrays.copyOf(to.array(), to.length()), history);
            assertThat(read.matches()).hasSize(256).allMatch(match -> match.distance() == distance);
            for (int i = 0; i < 256; i++) {
                assertThat(read.matches().get(i).length()).isEqualTo(BlockWriter.MIN_MATCH + i);
            }
        }
    }

    @Test
    void afterMoreThan64KPositionsMatchesAreStillFoundAndRight() {
        // The tables keep 16 bits of a position: what they say of long ago must not be taken for something near.
        ConnectionProbe probe = PeerDeflate.probe(Role.SERVER, "");
        byte[] phrase = new SeededRandom(13).bytes(100);
        try (PeerDeflate peer = new PeerDeflate()) {
            for (int i = 0; i < 3000; i++) {
                byte[] message = i % 50 == 0
                        ? phrase
                        : Hex.of(new SeededRandom(i).bytes(40)).getBytes(StandardCharsets.US_ASCII);
                probe.send(message);
                byte[] payload = probe.sentFrames().get(0).payload();
                assertThat(peer.decompress(payload)).isEqualTo(message);
                if (i % 50 == 0 && i > 0) {
                    assertThat(payload.length).isLessThan(20);
                }
            }
        }
    }

    @Test
    void allLevelsAreDifferentEfforts() {
        assertThat(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9))
                .extracting(Effort::ofLevel)
                .doesNotHaveDuplicates();
    }
}
