package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The base framing protocol, RFC 6455 §5.1 and §5.2: what is a frame, and what fails the connection. */
class FramesTest {
    @ForBothRoles
    void anUnmaskedAndAMaskedHelloOfTheRfcAreRead(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.receiveRaw(Hex.bytes(role == Role.SERVER ? "81 85 37fa213d 7f9f4d5158" : "81 05 48656c6c6f"));
        assertThat(probe.events()).containsExactly("TEXT 'Hello'");
    }

    @ForBothRoles
    void textAndBinaryKeepTheirType(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("81026869 82026869");
        assertThat(probe.events()).containsExactly("TEXT 'hi'", "BINARY 6869");
    }

    static Stream<Arguments> rolesAndLengths() {
        return Stream.of(Role.values())
                .flatMap(role -> Stream.of(0, 1, 125, 126, 127, 65535, 65536, 1 << 20)
                        .map(length -> Arguments.of(role, length)));
    }

    @ParameterizedTest
    @MethodSource("rolesAndLengths")
    void everyLengthIsReadInItsMinimalForm(Role role, int length) {
        byte[] payload = payload(length);
        ConnectionProbe probe = new ConnectionProbe(role).receive(Frame.binary(payload), Frame.text("next"));
        assertThat(probe.events()).containsExactly("BINARY " + Hex.of(payload), "TEXT 'next'");
    }

    @ParameterizedTest
    @MethodSource("rolesAndLengths")
    void everyLengthIsWrittenInItsMinimalForm(Role role, int length) {
        byte[] payload = payload(length);
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.send(payload);
        // A Frame that was read is equal to one that was made only if its length is written in the fewest bits.
        assertThat(probe.sentFrames()).containsExactly(Frame.binary(payload));
    }

    static Stream<Arguments> rolesAndLongForms() {
        return Stream.of(Role.values())
                .flatMap(role -> Stream.of(
                                "82 7e 0000",
                                "82 7e 007d",
                                "82 7f 0000000000000000",
                                "82 7f 000000000000007d",
                                "82 7f 000000000000007e",
                                "82 7f 000000000000ffff",
                                "89 7e 0001",
                                "81 7e 007c")
                        .map(hex -> Arguments.of(role, hex)));
    }

    @ParameterizedTest
    @MethodSource("rolesAndLongForms")
    void aLengthThatIsNotInItsMinimalFormFailsWith1002(Role role, String header) {
        ConnectionProbe probe = new ConnectionProbe(role).receive(header);
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @ForBothRoles
    void theSmallestLengthsOfEachFormAreTaken(Role role) {
        for (String header : new String[] {"82 7e 007e", "82 7e ffff", "82 7f 0000000000010000"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(header + "00000000");
            assertThat(probe.failureCode()).as(header).isZero();
        }
    }

    @ForBothRoles
    void a64BitLengthWithItsTopBitSetFailsWith1002(Role role) {
        for (String length : new String[] {"8000000000000000", "8000000000010000", "ffffffffffffffff"}) {
            ConnectionProbe probe = new ConnectionProbe(role).receive("82 7f" + length);
            assertThat(probe.failureCode()).as(length).isEqualTo(1002);
        }
    }

    static Stream<Arguments> rolesAndReservedOpcodes() {
        return Stream.of(Role.values())
                .flatMap(role -> Stream.of(0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF)
                        .map(opcode -> Arguments.of(role, opcode)));
    }

    @ParameterizedTest
    @MethodSource("rolesAndReservedOpcodes")
    void aReservedOpcodeFailsWith1002(Role role, int opcode) {
        assertThat(new ConnectionProbe(role)
                        .receive(Frame.of(opcode, new byte[0]))
                        .failureCode())
                .isEqualTo(1002);
        assertThat(new ConnectionProbe(role)
                        .receive(Frame.of(opcode, new byte[] {1}).notFinal())
                        .failureCode())
                .isEqualTo(1002);
    }

    @ParameterizedTest
    @MethodSource("rolesAndReservedOpcodes")
    void aReservedOpcodeFailsAtItsHeaderWhateverLengthItClaims(Role role, int opcode) {
        Frame huge = Frame.of(opcode, new byte[0]).withDeclaredLength(Long.MAX_VALUE);
        assertThat(new ConnectionProbe(role).receive(huge).failureCode()).isEqualTo(1002);
    }

    @ParameterizedTest
    @MethodSource("rolesAndReservedOpcodes")
    void aReservedOpcodeInsideAMessageFailsWith1002(Role role, int opcode) {
        ConnectionProbe probe =
                new ConnectionProbe(role).receive(Frame.text("a").notFinal(), Frame.of(opcode, new byte[0]));
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    static Stream<Arguments> rolesAndReservedBits() {
        return Stream.of(Role.values())
                .flatMap(role -> Stream.of(1, 2, 3, 4, 5, 6, 7).map(bits -> Arguments.of(role, bits)));
    }

    @ParameterizedTest
    @MethodSource("rolesAndReservedBits")
    void aReservedBitWithoutAnExtensionFailsWith1002(Role role, int bits) {
        for (Frame frame :
                new Frame[] {Frame.text("a"), Frame.binary(new byte[0]), Frame.ping(""), Frame.pong(""), Frame.close()
                }) {
            ConnectionProbe probe = new ConnectionProbe(role).receive(frame.withRsv(bits));
            assertThat(probe.failureCode()).as(frame.toString()).isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @MethodSource("rolesAndReservedBits")
    void aReservedBitOnAContinuationFailsWith1002(Role role, int bits) {
        ConnectionProbe probe = new ConnectionProbe(role)
                .receive(
                        Frame.text("a").notFinal(),
                        Frame.continuation(new byte[0]).withRsv(bits));
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @ForBothRoles
    void framesSentHaveNoReservedBit(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        probe.send("a");
        probe.send(new byte[] {1});
        probe.connection.ping(new byte[0]);
        probe.connection.pong(new byte[0]);
        probe.close(1000, "");
        assertThat(probe.sent()).isEqualTo("810161" + "820101" + "8900" + "8a00" + "880203e8");
    }

    @ForBothRoles
    void theFirstByteAloneCanFailTheConnection(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receiveRaw(Hex.bytes("83"));
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @Test
    void aServerFailsAnUnmaskedFrameWith1002() {
        for (String hex : new String[] {"81026869", "8200", "8900", "8a00", "8800", "82 7e"}) {
            ConnectionProbe probe = new ConnectionProbe(Role.SERVER).receiveRaw(Hex.bytes(hex));
            assertThat(probe.failureCode()).as(hex).isEqualTo(1002);
        }
    }

    @Test
    void aServerFailsAnUnmaskedFrameInsideAMessageWith1002() {
        ConnectionProbe probe = new ConnectionProbe(Role.SERVER)
                .receive(Frame.text("a").notFinal())
                .receiveRaw(Hex.bytes("800162"));
        assertThat(probe.failureCode()).isEqualTo(1002);
    }

    @Test
    void aClientFailsAMaskedFrameWith1002() {
        for (Frame frame :
                new Frame[] {Frame.text("hi"), Frame.binary(new byte[0]), Frame.ping(""), Frame.pong(""), Frame.close()
                }) {
            ConnectionProbe probe = new ConnectionProbe(Role.CLIENT).receiveRaw(frame.encodeMasked(Frame.KEY));
            assertThat(probe.failureCode()).as(frame.toString()).isEqualTo(1002);
            // A key of nothing but zeros leaves the payload as it is; the frame is a masked one all the same.
            probe = new ConnectionProbe(Role.CLIENT).receiveRaw(frame.encodeMasked(0));
            assertThat(probe.failureCode()).as(frame.toString()).isEqualTo(1002);
        }
    }

    @Test
    void aServerMasksNoFrameAndAClientEveryFrame() {
        for (Role role : Role.values()) {
            ConnectionProbe probe = new ConnectionProbe(role);
            probe.receive("89 01 61");
            probe.send("a");
            probe.send(new byte[70_000]);
            probe.connection.ping(new byte[1]);
            probe.connection.pong(new byte[1]);
            probe.close(1000, "");
            // Frame.parse fails on a frame that is not masked as the role must.
            assertThat(probe.sentFrames()).hasSize(6);
        }
    }

    @ForBothRoles
    void afterAFailureTheRestOfTheInputIsDiscarded(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role)
                .receive("810161 8300 810162 8900 8800")
                .receive("810163 8900 8800");
        assertThat(probe.events()).first().isEqualTo("TEXT 'a'");
        assertThat(probe.failureCode()).isEqualTo(1002);
        assertThat(probe.sentFrames())
                .singleElement()
                .extracting(Frame::closeCode)
                .isEqualTo(1002);
        assertThat(probe.connection.isReceiving()).isFalse();
        assertThat(probe.connection.receivedCode()).isEqualTo(CloseCode.ABNORMAL);
    }

    @ForBothRoles
    void aFailureSaysWhatThePeerDid(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role).receive("8300");
        assertThat(probe.events()).containsExactly("FAILED 1002 opcode 0x3 is reserved (RFC 6455 5.2)");
        assertThat(probe.sentFrames()).containsExactly(Frame.close(1002, "opcode 0x3 is reserved (RFC 6455 5.2)"));
    }

    private static byte[] payload(int length) {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (i * 31 + (i >> 8));
        }
        return payload;
    }

    @ForBothRoles
    void wrongArgumentsAreRefusedBeforeAnythingIsWritten(Role role) {
        ConnectionProbe probe = new ConnectionProbe(role);
        assertThatThrownBy(() -> probe.connection.send(Opcode.CLOSE, new byte[2], 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a message is TEXT or BINARY, not CLOSE");
        assertThatThrownBy(() -> probe.connection.send(Opcode.BINARY, new byte[2], 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(probe.sent()).isEmpty();
    }
}
