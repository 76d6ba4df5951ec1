package dev.marline.protocol.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Role;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.DeflateReader;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** What a peer's compressed messages come to: RFC 7692 §6.2 and §7.2.2. */
class CompressedMessagesTest {
    private static final String HELLO = "c1 07 f248cdc9c90700";
    private static final String NO_TAKEOVER = "server_no_context_takeover; client_no_context_takeover";

    // ---- the examples of RFC 7692 §7.2.3

    @ForBothRoles
    void aMessageInOneFrameIsInflated(Role role) {
        assertThat(PeerDeflate.probe(role, "").receive(HELLO).events()).containsExactly("TEXT 'Hello'");
    }

    @ForBothRoles
    void aMessageInTwoFragmentsIsInflated(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "").receive("41 03 f248cd");
        assertThat(probe.events()).isEmpty();
        assertThat(probe.receive("80 04 c9c90700").events()).containsExactly("TEXT 'Hello'");
    }

    @ForBothRoles
    void aMessageMayReferToAnEarlierOne(Role role) {
        assertThat(PeerDeflate.probe(role, "")
                        .receive(HELLO + "c1 05 f200110000")
                        .events())
                .containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
    }

    @ForBothRoles
    void aBlockMayBeStored(Role role) {
        assertThat(PeerDeflate.probe(role, "")
                        .receive("c1 0b 00 0500 faff 48656c6c6f 00")
                        .events())
                .containsExactly("TEXT 'Hello'");
    }

    @ForBothRoles
    void aBlockMaySayThatItIsTheLast(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "").receive("c1 08 f348cdc9c9070000");
        // What was before it can be referred to all the same.
        assertThat(probe.receive("c1 05 f200110000").events()).containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
    }

    @ForBothRoles
    void aMessageMayHaveSeveralBlocks(Role role) {
        assertThat(PeerDeflate.probe(role, "")
                        .receive("c1 0d f248050000 00ffff cac9c90700")
                        .events())
                .containsExactly("TEXT 'Hello'");
    }

    @ForBothRoles
    void anEmptyMessageIsOneByte(Role role) {
        assertThat(PeerDeflate.probe(role, "").receive("c1 01 00 c2 01 00").events())
                .containsExactly("TEXT ''", "BINARY ");
    }

    // ---- blocks and fragments

    @ForBothRoles
    void nothingNeedFollowABlockThatSaysItIsTheLast(Role role) {
        ConnectionProbe probe =
                PeerDeflate.probe(role, "").receive("c1 07 f348cdc9c90700").receive("c1 05 f200110000");
        assertThat(probe.events()).containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
    }

    @ForBothRoles
    void severalBlocksMaySayThatTheyAreTheLast(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "").receive("c1 0f f348cdc9c90700 f348cdc9c90700 00");
        assertThat(probe.events()).containsExactly("TEXT 'HelloHello'");
        probe = PeerDeflate.probe(role, "").receive("41 07 f348cdc9c90700 00 00 80 07 f348cdc9c90700");
        assertThat(probe.events()).containsExactly("TEXT 'HelloHello'");
    }

    @ForBothRoles
    void aBlockMayReferToOneThatSaidItWasTheLast(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "").receive("c1 0c f348cdc9c90700 f200110000");
        assertThat(probe.events()).containsExactly("TEXT 'HelloHello'");
        probe = PeerDeflate.probe(role, "").receive("41 07 f348cdc9c90700 80 05 f200110000");
        assertThat(probe.events()).containsExactly("TEXT 'HelloHello'");
    }

    @ForBothRoles
    void fragmentsMayBeEmpty(Role role) {
        for (String frames : List.of(
                "4100 0007f248cdc9c90700 8000",
                "4100 0000 8007f248cdc9c90700",
                "4103f248cd 0000 8004c9c90700",
                "4107f248cdc9c90700 0000 8000",
                "4107f348cdc9c90700 0000 8000")) {
            assertThat(PeerDeflate.probe(role, "").receive(frames).events())
                    .as(frames)
                    .containsExactly("TEXT 'Hello'");
            assertThat(PeerDeflate.probe(role, "").receiveByteByByte(frames).events())
                    .as(frames)
                    .containsExactly("TEXT 'Hello'");
        }
    }

    @ForBothRoles
    void aMessageMayBeFlushedInTheMiddle(Role role) {
        byte[] part = "flushed and flushed again ".getBytes(StandardCharsets.UTF_8);
        try (PeerDeflate peer = new PeerDeflate()) {
            for (int flush : new int[] {Deflater.SYNC_FLUSH, Deflater.FULL_FLUSH}) {
                byte[] payload = peer.compress(flush, part, part, new byte[0], part, part);
                peer.forget();
                assertThat(PeerDeflate.probe(role, NO_TAKEOVER)
                                .receive(Frame.text("").withRsv(4).notFinal(), Frame.continuation(payload))
                                .events())
                        .containsExactly("TEXT '" + "flushed and flushed again ".repeat(4) + "'");
            }
        }
    }

    @ForBothRoles
    void whereReadsAndFragmentsBeginMakesNoDifference(Role role) {
        byte[] message = "to be, or not to be, that is the question".getBytes(StandardCharsets.UTF_8);
        byte[] payload = compressed(message);
        for (int cut = 0; cut <= payload.length; cut++) {
            Frame first = Frame.of(Opcode.TEXT, Arrays.copyOf(payload, cut))
                    .withRsv(4)
                    .notFinal();
            Frame rest = Frame.continuation(Arrays.copyOfRange(payload, cut, payload.length));
            assertThat(PeerDeflate.probe(role, "").receive(first, rest).events())
                    .containsExactly("TEXT 'to be, or not to be, that is the question'");
            assertThat(PeerDeflate.probe(role, "")
                            .receive(first)
                            .receive(Frame.ping("p"))
                            .receive(rest)
                            .events())
                    .containsExactly("PING 'p'", "TEXT 'to be, or not to be, that is the question'");
        }
        String frame = Hex.of(compressedFrame(message).encodeUnmasked());
        assertThat(PeerDeflate.probe(role, "").receiveByteByByte(frame + frame).events())
                .hasSize(2)
                .containsOnly("TEXT 'to be, or not to be, that is the question'");
    }

    @ForBothRoles
    void aPingBetweenFragmentsIsAnsweredAtOnce(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "").receive("41 03 f248cd 89 01 70 80 04 c9c90700");
        assertThat(probe.events()).containsExactly("PING 'p'", "TEXT 'Hello'");
        assertThat(probe.sent()).isEqualTo("8a0170");
    }

    @ForBothRoles
    void messagesThatAreNotCompressedMayComeInBetween(Role role) {
        // They are not in the window either: the last message refers back past them.
        ConnectionProbe probe = PeerDeflate.probe(role, "")
                .receive(HELLO)
                .receive("81 02 6869 01 01 68 80 01 69 82 01 ff")
                .receive("c1 05 f200110000");
        assertThat(probe.events())
                .containsExactly("TEXT 'Hello'", "TEXT 'hi'", "TEXT 'hi'", "BINARY ff", "TEXT 'Hello'");
    }

    @ForBothRoles
    void messagesReferBackAsFarAsTheWindowGoes(Role role) {
        SeededRandom.forEachSeed(6, random -> {
            try (PeerDeflate peer = new PeerDeflate(random.between(1, 9))) {
                ConnectionProbe probe = PeerDeflate.probe(role, "");
                byte[] pool = random.bytes(40_000);
                for (int i = 0; i < 30; i++) {
                    int length = random.logUniform(40_000);
                    int from = random.below(pool.length - length + 1);
                    byte[] message = Arrays.copyOfRange(pool, from, from + length);
                    probe.receive(Frame.binary(peer.compress(message)).withRsv(4));
                    assertThat(probe.events()).containsExactly("BINARY " + Hex.of(message));
                }
            }
        });
    }

    // ---- reserved bits

    @ForBothRoles
    void rsv1OnAContinuationFailsWith1002(Role role) {
        assertThat(PeerDeflate.probe(role, "")
                        .receive("41 03 f248cd c0 04 c9c90700")
                        .failureCode())
                .isEqualTo(1002);
        assertThat(PeerDeflate.probe(role, "").receive("01 01 61 c0 01 62").failureCode())
                .isEqualTo(1002);
    }

    @ForBothRoles
    void rsv1OnAControlFrameFailsWith1002(Role role) {
        for (String frame : List.of("c800", "c900", "ca00", "41 03 f248cd c900")) {
            assertThat(PeerDeflate.probe(role, "").receive(frame).failureCode())
                    .as(frame)
                    .isEqualTo(1002);
        }
    }

    @ForBothRoles
    void theOtherReservedBitsStillFailWith1002(Role role) {
        for (String first : List.of("a1", "91", "b1", "e1", "d1", "f1", "e2")) {
            assertThat(PeerDeflate.probe(role, "").receive(first + "0100").failureCode())
                    .as(first)
                    .isEqualTo(1002);
        }
    }

    @ForBothRoles
    void rsv1WithoutAnAgreementFailsWith1002(Role role) {
        assertThat(new ConnectionProbe(role).receive(HELLO).failureCode()).isEqualTo(1002);
    }

    // ---- what is not DEFLATE

    @ForBothRoles
    void dataThatIsNotDeflateFailsWith1007(Role role) {
        // A block of type 3, a stored block whose length is not confirmed, a code that is over-subscribed.
        for (String payload : List.of("0600", "0005000500 48656c6c6f 00", "04ffffffffffffff", "ffffffffff")) {
            byte[] bytes = Hex.bytes(payload);
            ConnectionProbe probe =
                    PeerDeflate.probe(role, "").receive(Frame.binary(bytes).withRsv(4));
            assertThat(probe.failureCode()).as(payload).isEqualTo(1007);
            assertThat(probe.memory.lent()).as(payload).isLessThanOrEqualTo(1);
            probe.sent();
            assertThat(probe.memory.lent()).as(payload).isZero();
        }
    }

    @ForBothRoles
    void dataThatIsCutOffFailsWith1007(Role role) {
        byte[] text = "a text, and a text again, and yet another one: abcabcabc".getBytes(StandardCharsets.UTF_8);
        for (byte[] payload : List.of(
                Hex.bytes("f248cdc9c90700"),
                Hex.bytes("00 0500 faff 48656c6c6f 00"),
                compressed(text),
                compressed(new SeededRandom(4).bytes(300)),
                compressed(new byte[3000]),
                compressed(new SeededRandom(5).text(600).getBytes(StandardCharsets.UTF_8)))) {
            for (int cut = 0; cut < payload.length; cut++) {
                byte[] left = Arrays.copyOf(payload, cut);
                if (!isComplete(left)) {
                    ConnectionProbe probe = PeerDeflate.probe(role, "")
                            .receive(Frame.binary(left).withRsv(4));
                    assertThat(probe.failureCode())
                            .as("%d of %s", cut, Hex.of(payload))
                            .isEqualTo(1007);
                    assertThat(probe.events()).noneMatch(event -> event.startsWith("BINARY"));
                }
            }
        }
    }

    private static boolean isComplete(byte[] payload) {
        try {
            DeflateReader.read(payload, new byte[0]);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @ForBothRoles
    void whatFollowsTheLastBlockFailsWith1007(Role role) {
        for (String payload :
                List.of("f248cdc9c90700 00", "f248cdc9c90700 ff", "f248cdc9c90700 0000ffff", "f348cdc9c90700 ff")) {
            assertThat(PeerDeflate.probe(role, "")
                            .receive(Frame.binary(Hex.bytes(payload)).withRsv(4))
                            .failureCode())
                    .as(payload)
                    .isEqualTo(1007);
        }
    }

    @ForBothRoles
    void aReferenceToBeforeTheBeginningFailsWith1007(Role role) {
        assertThat(PeerDeflate.probe(role, "").receive("c1 05 f200110000").failureCode())
                .isEqualTo(1007);
    }

    @ForBothRoles
    void withoutContextTakeoverAReferenceToAnEarlierMessageFailsWith1007(Role role) {
        String peers = role == Role.SERVER ? "client_no_context_takeover" : "server_no_context_takeover";
        ConnectionProbe probe = PeerDeflate.probe(role, peers).receive(HELLO + HELLO);
        assertThat(probe.events()).containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
        assertThat(probe.receive("c1 05 f200110000").failureCode()).isEqualTo(1007);
        // The other direction is another matter.
        String own = role == Role.SERVER ? "server_no_context_takeover" : "client_no_context_takeover";
        assertThat(PeerDeflate.probe(role, own)
                        .receive(HELLO + "c1 05 f200110000")
                        .events())
                .containsExactly("TEXT 'Hello'", "TEXT 'Hello'");
    }

    @ForBothRoles
    void aReferenceToBeforeThePeersWindowFailsWith1007(Role role) {
        String peers = role == Role.SERVER ? "client_max_window_bits=8" : "server_max_window_bits=8";
        // Hello, then the same from five bytes back, once 251 or 252 bytes of something else are in between.
        for (int between : new int[] {251, 252}) {
            ConnectionProbe probe = PeerDeflate.probe(role, peers).receive(HELLO);
            byte[] stored = new byte[between + 6];
            stored[1] = (byte) between;
            stored[3] = (byte) ~between;
            stored[4] = (byte) 0xFF;
            probe.receive(Frame.binary(stored).withRsv(4)).events();
            // A fixed block with a match of 4 bytes, at a distance of 256 or 257.
            probe.receive(Frame.text("").withRsv(4).notFinal()).receive(Frame.continuation(farMatch(between + 5)));
            if (between == 251) {
                assertThat(probe.events()).containsExactly("TEXT 'Hell'");
            } else {
                assertThat(probe.failureCode()).isEqualTo(1007);
            }
        }
    }

    /** A match of 4 bytes from 193 to 384 bytes back, and nothing else, with the fixed code. */
    private static byte[] farMatch(int distance) {
        Bits bits = new Bits();
        bits.put(0, 1).put(1, 2);
        bits.putCode(258 - 256, 7);
        boolean far = distance > 256;
        bits.putCode(far ? 16 : 15, 5);
        bits.put(distance - (far ? 257 : 193), far ? 7 : 6);
        bits.putCode(0, 7).put(0, 3);
        return bits.bytes();
    }

    /** Bits as DEFLATE packs them. */
    private static final class Bits {
        private long all;
        private int count;

        Bits put(int value, int bits) {
            all |= (long) value << count;
            count += bits;
            return this;
        }

        /** Codes stand with their first bit first. */
        Bits putCode(int code, int bits) {
            return put(Integer.reverse(code) >>> (Integer.SIZE - bits), bits);
        }

        byte[] bytes() {
            byte[] bytes = new byte[(count + 7) / 8];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (all >>> (8 * i));
            }
            return bytes;
        }
    }

    // ---- text

    @ForBothRoles
    void textThatIsNotUtf8FailsWith1007(Role role) {
        for (String hex : List.of("ff", "c3", "48eda080", "e282")) {
            byte[] payload = compressed(Hex.bytes(hex));
            Frame frame = Frame.of(Opcode.TEXT, payload).withRsv(4);
            assertThat(PeerDeflate.probe(role, "").receive(frame).failureCode())
                    .as(hex)
                    .isEqualTo(1007);
            assertThat(PeerDeflate.probe(role, "")
                            .receive(frame.notFinal(), Frame.continuation(new byte[0]))
                            .failureCode())
                    .as(hex)
                    .isEqualTo(1007);
        }
    }

    @ForBothRoles
    void textFailsWhereItIsNotUtf8AndNotAtItsEnd(Role role) {
        byte[] text = new byte[10_000_000];
        Arrays.fill(text, (byte) 'x');
        text[100_000] = (byte) 0xFF;
        byte[] payload = compressed(text);
        ConnectionProbe probe = PeerDeflate.probe(role, "")
                .receive(Frame.of(Opcode.TEXT, payload).withRsv(4));
        assertThat(probe.failureCode()).isEqualTo(1007);
        assertThat(probe.memory.largest()).isLessThanOrEqualTo(256 * 1024);
        assertThat(probe.receive(HELLO).events()).singleElement().asString().startsWith("FAILED 1007");
    }

    @ForBothRoles
    void charactersMayLieAcrossChunksAndFragments(Role role) {
        String text = "x" + "\u20ac".repeat(40_000);
        byte[] payload = compressed(text.getBytes(StandardCharsets.UTF_8));
        int half = payload.length / 2;
        ConnectionProbe probe = PeerDeflate.probe(role, "")
                .receive(Frame.of(Opcode.TEXT, Arrays.copyOf(payload, half))
                        .withRsv(4)
                        .notFinal())
                .receive(Frame.continuation(Arrays.copyOfRange(payload, half, payload.length)));
        assertThat(probe.events()).containsExactly("TEXT '" + text + "'");
    }

    // ---- limits

    @ForBothRoles
    void aMessageThatComesToTheLimitIsTakenAndOneMoreFailsWith1009(Role role) {
        for (int limit : new int[] {0, 1, 1000, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 100_000}) {
            ConnectionLimits limits = new ConnectionLimits(limit, 3, 0, 1, 1);
            for (int length = limit; length <= limit + 1; length++) {
                byte[] payload = compressed(new byte[length]);
                int cut = payload.length / 2;
                ConnectionProbe whole = PeerDeflate.probe(role, "", limits)
                        .receive(Frame.binary(payload).withRsv(4));
                ConnectionProbe fragments = PeerDeflate.probe(role, "", limits)
                        .receive(
                                Frame.binary(Arrays.copyOf(payload, cut))
                                        .withRsv(4)
                                        .notFinal(),
                                Frame.continuation(Arrays.copyOfRange(payload, cut, payload.length)));
                for (ConnectionProbe probe : List.of(whole, fragments)) {
                    assertThat(probe.failureCode())
                            .as("%d of %d", length, limit)
                            .isEqualTo(length == limit ? 0 : 1009);
                    assertThat(probe.events())
                            .singleElement()
                            .asString()
                            .startsWith(length == limit ? "BINARY " : "FAILED 1009");
                }
            }
        }
    }

    @ForBothRoles
    void onlyWhatAMessageComesToCounts(Role role) {
        // It does not compress, so that its frame is larger than the limit.
        byte[] message = new SeededRandom(6).bytes(1000);
        byte[] payload = compressed(message);
        assertThat(payload.length).isGreaterThan(1000);
        ConnectionProbe probe = PeerDeflate.probe(role, "", new ConnectionLimits(1000, 1, 0, 1, 1));
        assertThat(probe.receive(Frame.binary(payload).withRsv(4)).events())
                .containsExactly("BINARY " + Hex.of(message));
        // One that is not compressed is refused at its header.
        assertThat(probe.receive("82 7e 03e9").failureCode()).isEqualTo(1009);
    }

    @ForBothRoles
    void asManyFragmentsAsTheLimitAreTakenAndNotOneMore(Role role) {
        ConnectionLimits limits = new ConnectionLimits(1000, 3, 0, 1, 1);
        assertThat(PeerDeflate.probe(role, "", limits)
                        .receive("41 03 f248cd 00 02 c9c9 80 02 0700")
                        .events())
                .containsExactly("TEXT 'Hello'");
        ConnectionProbe probe = PeerDeflate.probe(role, "", limits).receive("41 03 f248cd 00 02 c9c9 00 00");
        assertThat(probe.failureCode()).isZero();
        assertThat(probe.receive("80 02 0700").failureCode()).isEqualTo(1009);
    }

    // ----

    private static Frame compressedFrame(byte[] text) {
        return Frame.of(Opcode.TEXT, compressed(text)).withRsv(4);
    }

    private static byte[] compressed(byte[] message) {
        try (PeerDeflate peer = new PeerDeflate()) {
            return peer.compress(message);
        }
    }
}
