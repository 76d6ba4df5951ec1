package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.FakeExtension;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One message for many connections, encoded once for those that can share it. */
class SharedMessageTest {
    private final FakeExtension foo = new FakeExtension("foo", NegotiatedExtension.RSV1, 'f').sharing();

    // ---- once

    @ForBothRoles
    void connectionsWithTheSameAgreementShareOneEncoding(Role role) {
        SharedMessage message = text("a");
        for (int i = 0; i < 5; i++) {
            ConnectionProbe probe = probe(role, foo);
            assertThat(probe.connection.send(message)).isTrue();
            assertThat(probe.sent()).isEqualTo("c1026661");
        }
        assertThat(foo.encodedShared).isEqualTo(1);
        assertThat(foo.encoded).isZero();
        assertThat(foo.sharedSent).isEqualTo(5);
    }

    @ForBothRoles
    void connectionsWithOtherAgreementsGetTheirOwn(Role role) {
        FakeExtension other = new FakeExtension(PeerDeflate.offer("foo; x=1"), NegotiatedExtension.RSV1, 'o').sharing();
        FakeExtension bar = new FakeExtension("bar", NegotiatedExtension.RSV2, 'b').sharing();
        SharedMessage message = text("a");
        for (int i = 0; i < 3; i++) {
            assertThat(sent(probe(role, foo), message)).isEqualTo("c1026661");
            assertThat(sent(probe(role, other), message)).isEqualTo("c1026f61");
            assertThat(sent(probe(role, foo, bar), message)).isEqualTo("e103626661");
            assertThat(sent(probe(role, bar, foo), message)).isEqualTo("e103666261");
            assertThat(sent(probe(role), message)).isEqualTo("810161");
        }
        assertThat(foo.encodedShared).isEqualTo(3);
        assertThat(other.encodedShared).isEqualTo(1);
        assertThat(bar.encodedShared).isEqualTo(2);
    }

    @Test
    void theTwoEndsDoNotShareAnEncoding() {
        SharedMessage message = text("a");
        assertThat(sent(probe(Role.SERVER, foo), message)).isEqualTo(sent(probe(Role.CLIENT, foo), message));
        assertThat(foo.encodedShared).isEqualTo(2);
    }

    @ForBothRoles
    void anExtensionThatCannotShareEncodesForEachConnection(Role role) {
        FakeExtension alone = new FakeExtension("alone", NegotiatedExtension.RSV2, 'l');
        SharedMessage message = text("a");
        for (int i = 0; i < 3; i++) {
            assertThat(sent(probe(role, foo, alone), message)).isEqualTo("e1036c6661");
        }
        assertThat(alone.encoded).isEqualTo(3);
        assertThat(foo.encoded).isEqualTo(3);
        assertThat(foo.sharedSent).isZero();
    }

    @ForBothRoles
    void aClosingConnectionDoesNotSendIt(Role role) {
        ConnectionProbe probe = probe(role, foo);
        probe.close(1000, "");
        probe.sent();
        assertThat(probe.connection.send(text("a"))).isFalse();
        assertThat(probe.sent()).isEmpty();
        assertThat(foo.encodedShared).isZero();
    }

    @ForBothRoles
    void whereItIsSentAndFlushedNothingIsHeld(Role role) {
        ConnectionProbe probe = probe(role, foo);
        probe.connection.send(new SharedMessage(Opcode.BINARY, new byte[100_000]));
        probe.sent();
        assertThat(probe.memory.lent()).isZero();
    }

    @ForBothRoles
    void anEncoderThatSetsABitItDoesNotClaimIsAnError(Role role) {
        foo.setting(NegotiatedExtension.RSV3);
        assertThatThrownBy(() -> probe(role, foo).connection.send(text("a"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void itIsTextOrBinary() {
        for (int opcode : new int[] {0, 3, 8, 9, 10, 16}) {
            assertThatThrownBy(() -> new SharedMessage(opcode, new byte[0]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    // ---- permessage-deflate

    /** A receiver and what it has agreed on. */
    private record Listener(ConnectionProbe probe, PeerDeflate peer, boolean takeover) {
        void expect(byte[] message) {
            Frame frame = probe.sentFrames().get(0);
            if (frame.rsv() == 0) {
                assertThat(frame.payload()).isEqualTo(message);
                return;
            }
            if (!takeover) {
                peer.forget();
            }
            assertThat(peer.decompress(frame.payload())).isEqualTo(message);
        }
    }

    @ForBothRoles
    void everyReceiverReadsSharedAndOrdinaryMessagesInAnyOrder(Role role) {
        String self = role == Role.SERVER ? "server" : "client";
        SeededRandom.forEachSeed(20, random -> {
            PerMessageDeflate deflate = PerMessageDeflate.dedicated()
                    .level(random.between(1, 9))
                    .threshold(random.below(100))
                    .build();
            List<Listener> listeners = new ArrayList<>();
            for (String parameters : List.of("", "", self + "_max_window_bits=9", self + "_no_context_takeover")) {
                listeners.add(new Listener(
                        PeerDeflate.probe(role, parameters, ConnectionProbe.LIMITS, deflate),
                        new PeerDeflate(),
                        !parameters.endsWith("takeover")));
            }
            byte[] pool = random.bytes(3000);
            for (int i = 0; i < 30; i++) {
                byte[] message = excerpt(random, pool);
                if (random.nextBoolean()) {
                    SharedMessage shared = new SharedMessage(Opcode.BINARY, message);
                    listeners.forEach(listener -> listener.probe().connection.send(shared));
                    listeners.forEach(listener -> listener.expect(message));
                } else {
                    Listener one = listeners.get(random.below(listeners.size()));
                    one.probe().send(message);
                    one.expect(message);
                }
            }
        });
    }

    private static byte[] excerpt(SeededRandom random, byte[] pool) {
        int length = random.logUniform(pool.length);
        int from = random.below(pool.length - length + 1);
        byte[] excerpt = new byte[length];
        System.arraycopy(pool, from, excerpt, 0, length);
        return excerpt;
    }

    @ForBothRoles
    void aSharedMessageRefersToNothingBeforeIt(Role role) {
        ConnectionProbe probe = PeerDeflate.probe(role, "");
        probe.send("Hello");
        probe.connection.send(text("Hello"));
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700".repeat(3));
    }

    @ForBothRoles
    void aSharedMessageUnderTheThresholdGoesAsItIs(Role role) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().threshold(6).build();
        ConnectionProbe probe = PeerDeflate.probe(role, "", ConnectionProbe.LIMITS, deflate);
        assertThat(sent(probe, text("Hello"))).isEqualTo("810548656c6c6f");
    }

    // ----

    private static SharedMessage text(String text) {
        return new SharedMessage(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sent(ConnectionProbe probe, SharedMessage message) {
        probe.connection.send(message);
        return probe.sent();
    }

    private static ConnectionProbe probe(Role role, NegotiatedExtension... extensions) {
        return new ConnectionProbe(role, ConnectionProbe.LIMITS, List.of(extensions));
    }
}
