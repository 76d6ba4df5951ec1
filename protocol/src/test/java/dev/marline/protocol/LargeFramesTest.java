package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Large frames may be taken from the buffer that they were received in: that makes no difference to what they are. */
class LargeFramesTest {
    private static final int[] SIZES = {16_383, 16_384, 16_385, 65_535, 65_536, 100_000, 1_000_000};
    private static final int READ = 65_536;

    @ForBothRoles
    void theyAreWhatTheyAreOtherwise(Role role) {
        for (int size : SIZES) {
            for (int opcode : new int[] {Opcode.BINARY, Opcode.TEXT}) {
                assertThat(toldBuffered(
                                role, List.of(), Frame.of(opcode, text(size)), Frame.of(Opcode.PING, new byte[3])))
                        .as("%s of %d bytes", Opcode.name(opcode), size)
                        .isEqualTo(
                                told(role, List.of(), Frame.of(opcode, text(size)), Frame.of(Opcode.PING, new byte[3])))
                        .hasSize(2);
            }
        }
    }

    @ForBothRoles
    void theyMayBeginAndEndAnywhereInARead(Role role) {
        SeededRandom.forEachSeed(30, random -> {
            Frame[] frames = new Frame[12];
            for (int k = 0; k < frames.length; k++) {
                int size = random.below(4) == 0 ? random.below(200_000) : random.below(300);
                frames[k] = Frame.of(Opcode.BINARY, random.bytes(size));
            }
            assertThat(toldBuffered(role, List.of(), frames))
                    .isEqualTo(told(role, List.of(), frames))
                    .hasSize(12);
        });
    }

    @ForBothRoles
    void fragmentsMayBeLarge(Role role) {
        Frame[] frames = {
            Frame.of(Opcode.TEXT, text(40_000)).notFinal(),
            Frame.of(Opcode.PING, new byte[1]),
            Frame.of(Opcode.CONTINUATION, text(5)).notFinal(),
            Frame.of(Opcode.CONTINUATION, text(70_000))
        };
        assertThat(toldBuffered(role, List.of(), frames))
                .isEqualTo(told(role, List.of(), frames))
                .hasSize(2);
    }

    @ForBothRoles
    void whatIsWrongWithThemFailsTheSame(Role role) {
        byte[] notUtf8 = text(50_000);
        notUtf8[33_333] = (byte) 0xFF;
        byte[] cutCharacter = text(50_000);
        cutCharacter[49_999] = (byte) 0xC3;
        for (Frame frame : List.of(
                Frame.of(Opcode.TEXT, notUtf8),
                Frame.of(Opcode.TEXT, cutCharacter),
                Frame.of(Opcode.CONTINUATION, text(50_000)),
                Frame.of(Opcode.PING, text(50_000)),
                Frame.of(Opcode.BINARY, text(50_000)).withRsv(0x40),
                Frame.of(Opcode.BINARY, new byte[17 * 1024 * 1024]))) {
            assertThat(toldBuffered(role, List.of(), frame))
                    .isEqualTo(told(role, List.of(), frame))
                    .hasSize(1);
        }
    }

    @ForBothRoles
    void compressedOnesAreDecodedAsOtherwise(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        List<NegotiatedExtension> agreed = List.of(
                role == Role.SERVER
                        ? deflate.accept(new ExtensionOffer(deflate.name())).orElseThrow()
                        : deflate.confirm(new ExtensionOffer(deflate.name())).orElseThrow());
        byte[] stored = new byte[40_005 + 1];
        stored[1] = (byte) 40_000;
        stored[2] = (byte) (40_000 >> 8);
        stored[3] = (byte) ~40_000;
        stored[4] = (byte) (~40_000 >> 8);
        System.arraycopy(text(40_000), 0, stored, 5, 40_000);
        Frame frame = Frame.of(Opcode.TEXT, stored).withRsv(NegotiatedExtension.RSV1);
        assertThat(toldBuffered(role, agreed, frame))
                .isEqualTo(told(role, agreed, frame))
                .hasSize(1);
    }

    @ForBothRoles
    void aClaimedLengthTakesNoMoreThanAFewTimesWhatHasCome(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role, new ConnectionLimits(1 << 30, 1, 0, 1, 1));
        byte[] wire =
                Frame.of(Opcode.TEXT, text(20_000)).withDeclaredLength(1 << 30).encode(role.peer());
        probe.receiveBuffered(wire, wire.length);
        assertThat(probe.memory.lentBytes()).isBetween(20_000L, 8 * 20_000L);
    }

    @ForBothRoles
    void oneThatIsABinaryMessageGoesBackFromWhereItLies(Role role) {
        for (int size : SIZES) {
            ConnectionProbe probe = new ConnectionProbe(role).echoing();
            Frame frame = Frame.of(Opcode.BINARY, text(size));
            probe.receiveBuffered(frame.encode(role.peer()), READ);
            assertThat(probe.sent()).as("%d bytes", size).isEqualTo(Hex.of(frame.encodeUnmasked()));
            assertThat(probe.memory.lentBytes()).isZero();
        }
    }

    @ForBothRoles
    void aPeerThatIsStillSendingOneIsThere(Role role) {
        ConnectionProbe probe = new ConnectionProbe(
                role, new ConnectionLimits(1 << 20, 1, 10 * ConnectionProbe.SECOND, ConnectionProbe.SECOND, 1));
        probe.pass(10 * ConnectionProbe.SECOND);
        byte[] wire = Frame.of(Opcode.BINARY, text(100_000)).encode(role.peer());
        for (int from = 0; from < wire.length; from += 10_000) {
            probe.pass(ConnectionProbe.SECOND / 2);
            probe.receiveBuffered(Arrays.copyOfRange(wire, from, Math.min(wire.length, from + 10_000)), READ);
        }
        assertThat(probe.events()).hasSize(1).first().asString().startsWith("BINARY");
        probe.pass(ConnectionProbe.SECOND);
        assertThat(probe.events()).first().asString().startsWith("FAILED 1011");
    }

    @ForBothRoles
    void payloadDataOfAnotherLengthIsTheCallersMistake(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        ByteBuffer wire = ByteBuffer.wrap(Frame.of(Opcode.BINARY, text(20_000)).encode(role.peer()));
        assertThat(probe.connection.receiveLargeHeader(wire, probe.now)).isEqualTo(20_000);
        assertThatIllegalStateException()
                .isThrownBy(() -> probe.connection.receiveWhole(wire, probe.now))
                .withMessageContaining("of which 20000 have not been unmasked");
        probe.connection.unmaskPiece(wire, probe.now);
        assertThatIllegalStateException()
                .isThrownBy(() -> probe.connection.receiveWhole(wire.duplicate().limit(wire.limit() - 1), probe.now))
                .withMessageContaining("19999 bytes of payload data, expected 20000");
        probe.connection.receiveWhole(wire, probe.now);
        assertThat(probe.events()).containsExactly("BINARY " + Hex.of(text(20_000)));
    }

    private static List<String> told(Role role, List<NegotiatedExtension> agreed, Frame... frames) {
        return new ConnectionProbe(role, ConnectionProbe.LIMITS, agreed)
                .receive(frames)
                .events();
    }

    private static List<String> toldBuffered(Role role, List<NegotiatedExtension> agreed, Frame... frames) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            wire.writeBytes(frame.encode(role.peer()));
        }
        return new ConnectionProbe(role, ConnectionProbe.LIMITS, agreed)
                .receiveBuffered(wire.toByteArray(), READ)
                .events();
    }

    private static byte[] text(int size) {
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) ('a' + i % 23);
        }
        return text;
    }
}
