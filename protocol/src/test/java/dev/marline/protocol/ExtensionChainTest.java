package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.FakeExtension;
import dev.marline.protocol.testing.ForBothRoles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Several extensions on one connection: RFC 6455 §9.1. */
class ExtensionChainTest {
    private final FakeExtension foo = new FakeExtension("foo", NegotiatedExtension.RSV1, 'f');
    private final FakeExtension bar =
            new FakeExtension("bar", NegotiatedExtension.RSV2 | NegotiatedExtension.RSV3, 'b');
    private final FakeExtension bitless = new FakeExtension("bitless", 0, 'x');

    // ---- the order

    @ForBothRoles
    void whatIsSentIsBarOfFooOfTheData(Role role) {
        ConnectionProbe probe = probe(role, foo, bar);
        probe.send("a");
        // b, f, a, and all three reserved bits
        assertThat(probe.sent()).isEqualTo("f103626661");
    }

    @ForBothRoles
    void whatIsReceivedIsUndoneInReverse(Role role) {
        assertThat(probe(role, foo, bar).receive("f103626661").events()).containsExactly("TEXT 'a'");
        assertThat(probe(role, foo, bar).receiveByteByByte("f103626661").events())
                .containsExactly("TEXT 'a'");
        assertThat(probe(role, foo, bar).receive("f103666261").failureCode()).isEqualTo(4000 + 'f');
        assertThat(probe(role, bar, foo).receive("f103666261").events()).containsExactly("TEXT 'a'");
    }

    @ForBothRoles
    void fragmentsPassThroughAllExtensions(Role role) {
        ConnectionProbe probe = probe(role, foo, bar).receive("7101 62 0000 890170 000166 0001c3 8001a4");
        assertThat(probe.events()).containsExactly("PING 'p'", "TEXT '\u00e4'");
    }

    @ForBothRoles
    void anExtensionThatTheBitsDoNotConcernIsPassedOver(Role role) {
        assertThat(probe(role, foo, bar).receive("c1026661").events()).containsExactly("TEXT 'a'");
        assertThat(probe(role, foo, bar).receive("91026261").events()).containsExactly("TEXT 'a'");
        assertThat(probe(role, foo, bar).receive("a1026261").events()).containsExactly("TEXT 'a'");
        assertThat(probe(role, foo, bar).receive("810161").events()).containsExactly("TEXT 'a'");
    }

    @ForBothRoles
    void anExtensionNeedsNoBits(Role role) {
        ConnectionProbe probe = probe(role, bitless, foo);
        probe.send("a");
        assertThat(probe.sent()).isEqualTo("c103667861");
        assertThat(probe.receive("c103667861 81027862 010178 800163").events())
                .containsExactly("TEXT 'a'", "TEXT 'b'", "TEXT 'c'");
    }

    @ForBothRoles
    void aMessageThatAnExtensionLeavesAsItIsGoesOnToTheNext(Role role) {
        ConnectionProbe probe = probe(role, foo, bar);
        byte[] a = "a".getBytes(StandardCharsets.US_ASCII);
        probe.connection.send(Opcode.TEXT, false, a, 0, 1);
        assertThat(probe.sent()).isEqualTo("810161");
        assertThat(foo.encoded).isEqualTo(1);
        assertThat(bar.encoded).isEqualTo(1);
    }

    @ForBothRoles
    void controlFramesPassByTheExtensions(Role role) {
        ConnectionProbe probe = probe(role, foo, bar, bitless);
        probe.connection.ping(new byte[] {'p'});
        probe.receive("890171");
        assertThat(probe.sent()).isEqualTo("890170" + "8a0171");
        assertThat(probe.events()).containsExactly("PING 'q'");
    }

    @ForBothRoles
    void nothingIsKeptOfAMessageThatWasSent(Role role) {
        ConnectionProbe probe = probe(role, foo, bar);
        probe.send(new byte[10_000]);
        probe.sent();
        assertThat(probe.memory.lent()).isZero();
    }

    // ---- what goes wrong

    @ForBothRoles
    void aBitThatNoExtensionClaimsFailsWith1002(Role role) {
        assertThat(probe(role, foo).receive("a1026261").failureCode()).isEqualTo(1002);
        assertThat(probe(role, bitless).receive("c1026261").failureCode()).isEqualTo(1002);
    }

    @ForBothRoles
    void whatADecoderRefusesFailsWithItsCode(Role role) {
        ConnectionProbe probe = probe(role, foo).receive("c1020661 810162");
        assertThat(probe.events()).containsExactly("FAILED 4006 no mark of foo");
        assertThat(probe.sent()).startsWith("88").contains("0fa6");
        assertThat(probe.memory.lent()).isZero();
        probe = probe(role, foo).receive("4100 00020661");
        assertThat(probe.events()).containsExactly("FAILED 4006 no mark of foo");
        probe.sent();
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void anEncoderThatSetsABitItDoesNotClaimIsAnError(Role role) {
        foo.setting(NegotiatedExtension.RSV1 | NegotiatedExtension.RSV2);
        ConnectionProbe probe = probe(role, foo, bar);
        assertThatThrownBy(() -> probe.send("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("foo");
        assertThat(probe.sent()).isEmpty();
        assertThat(probe.memory.lent()).isZero();
    }

    @Test
    void aDecodingExceptionHasACodeThatMayBeSent() {
        for (int code : new int[] {0, 999, 1005, 1006, 1015, 5000}) {
            assertThatThrownBy(() -> new DecodingException(code, "")).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new DecodingException(1007, "why").closeCode()).isEqualTo(1007);
    }

    // ---- the end

    @ForBothRoles
    void nothingIsClosedWhileTheConnectionIsOpen(Role role) {
        ConnectionProbe probe = probe(role, foo, bar).receive("f103626661 8900");
        probe.send("a");
        assertClosed(false, false);
    }

    @ForBothRoles
    void ourCloseClosesTheEncoders(Role role) {
        ConnectionProbe probe = probe(role, foo, bar);
        probe.close(1000, "");
        assertClosed(true, false);
        // What the peer has sent before its own is still decoded.
        assertThat(probe.receive("f103626661").events()).containsExactly("TEXT 'a'");
        probe.receive("8800");
        assertClosed(true, true);
    }

    @ForBothRoles
    void everyOtherEndClosesEncodersAndDecoders(Role role) {
        List<Consumer<ConnectionProbe>> ends = List.of(
                probe -> probe.receive("880203e8"),
                probe -> probe.receive("8300"),
                probe -> probe.receive("c1020661"),
                probe -> probe.receive("f10462 66c328"),
                probe -> probe.connection.fail(1011, "", probe.now),
                probe -> probe.connection.abort(),
                ConnectionProbe::disconnected,
                ConnectionProbe::endOfInput);
        for (Consumer<ConnectionProbe> end : ends) {
            resetCounts();
            ConnectionProbe probe = probe(role, foo, bar).receive("7102 6266");
            end.accept(probe);
            assertClosed(true, true);
            probe.disconnected();
            probe.sentRaw();
            assertThat(probe.memory.lent()).isZero();
        }
    }

    @ForBothRoles
    void anEndFromWithinAMessagesCallbackClosesThemToo(Role role) {
        ConnectionProbe probe = probe(role, foo, bar);
        probe.inCallbacks(event -> probe.connection.abort());
        probe.receive("f103626661 f103626662");
        assertThat(probe.events()).containsExactly("TEXT 'a'");
        assertClosed(true, true);
    }

    private void resetCounts() {
        for (FakeExtension extension : List.of(foo, bar)) {
            extension.encodersClosed = 0;
            extension.decodersClosed = 0;
        }
    }

    /** Closing twice is allowed. */
    private void assertClosed(boolean encoders, boolean decoders) {
        for (FakeExtension extension : List.of(foo, bar)) {
            assertThat(extension.encodersClosed > 0).as("encoders").isEqualTo(encoders);
            assertThat(extension.decodersClosed > 0).as("decoders").isEqualTo(decoders);
        }
    }

    private static ConnectionProbe probe(Role role, NegotiatedExtension... extensions) {
        return new ConnectionProbe(role, ConnectionProbe.LIMITS, List.of(extensions));
    }
}
