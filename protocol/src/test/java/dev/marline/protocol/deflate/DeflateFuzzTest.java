package dev.marline.protocol.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.Role;
import dev.marline.protocol.SharedMessage;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import dev.marline.protocol.testing.PeerDeflate;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** Whatever is sent comes back as it was, and whatever a peer makes of permessage-deflate does no harm. */
class DeflateFuzzTest {
    private static final ConnectionLimits[] LIMITS = {
        new ConnectionLimits(300, 4, 0, 1, 1), new ConnectionLimits(1 << 20, 1 << 17, 0, 1, 1)
    };

    /** @param input choices of parameters, and then of messages and how they go */
    @FuzzTest
    void whatIsSentIsReceived(byte[] input) {
        Choices choices = new Choices(input);
        String parameters = parameters(choices);
        Role role = choices.below(2) == 0 ? Role.CLIENT : Role.SERVER;
        PerMessageDeflate ours = deflate(choices);
        PerMessageDeflate theirs = deflate(choices);
        ConnectionProbe sender = PeerDeflate.probe(role, parameters, ConnectionProbe.LIMITS, ours);
        ConnectionProbe receiver = PeerDeflate.probe(role.peer(), parameters, ConnectionProbe.LIMITS, theirs);
        boolean takeover = !parameters.contains(role == Role.SERVER ? "server_no" : "client_no");
        try (PeerDeflate jdk = new PeerDeflate();
                PeerDeflate other = new PeerDeflate(1 + choices.below(9))) {
            while (choices.more()) {
                byte[] message = message(choices);
                int how = choices.below(4);
                if (how == 0) {
                    sender.connection.send(new SharedMessage(2, message));
                } else {
                    sender.connection.send(2, how == 1, message, 0, message.length);
                }
                byte[] sent = sender.sentRaw();
                Frame frame = Frame.parse(sent, role).get(0);
                if (frame.rsv() != 0) {
                    if (!takeover) {
                        jdk.forget();
                    }
                    assertThat(jdk.decompress(frame.payload())).isEqualTo(message);
                }
                give(receiver, sent, choices);
                assertThat(receiver.events()).containsExactly("BINARY " + Hex.of(message));
                // And back, compressed by somebody else.
                if (choices.below(2) == 1 && !parameters.contains("bits")) {
                    if (parameters.contains(role == Role.SERVER ? "client_no" : "server_no")) {
                        other.forget();
                    }
                    give(sender, fragments(other, message, choices, role.peer()), choices);
                    assertThat(sender.events()).containsExactly("BINARY " + Hex.of(message));
                }
            }
        }
        for (ConnectionProbe probe : List.of(sender, receiver)) {
            probe.disconnected();
            assertThat(probe.memory.lent()).isZero();
        }
        assertThat(ours.memory()).isZero();
        assertThat(theirs.memory()).isZero();
    }

    /** @param input a byte of choices, then the frames that a peer sends, not masked */
    @FuzzTest
    void anyCompressedFramesAreTakenOrFail(byte[] input) {
        if (input.length > 0) {
            byte[] stream = Arrays.copyOfRange(input, 1, input.length);
            for (Role role : Role.values()) {
                byte[] wire = role == Role.SERVER ? Frame.asClient(stream) : stream;
                String whole = told(role, input[0], wire, Integer.MAX_VALUE);
                assertThat(told(role, input[0], wire, 1 + (input[0] >> 3 & 7))).isEqualTo(whole);
            }
        }
    }

    private static String told(Role role, byte choice, byte[] wire, int size) {
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        String parameters = (choice & 1) != 0 ? "client_no_context_takeover; server_no_context_takeover" : "";
        ConnectionProbe probe = PeerDeflate.probe(role, parameters, LIMITS[choice >> 1 & 1], deflate);
        if ((choice & 4) != 0) {
            probe.echoing();
        }
        for (int at = 0; at < wire.length; ) {
            int count = Math.min(size, wire.length - at);
            probe.receiveRaw(Arrays.copyOfRange(wire, at, at + count));
            at += count;
        }
        assertThat(probe.failureCode()).isIn(0, 1002, 1007, 1009);
        // Where a message has two faults, the reads may decide which of them is found.
        boolean failed = probe.failureCode() != 0;
        boolean framing = probe.failureCode() == 1002;
        List<Frame> sent = probe.sentFrames();
        probe.endOfInput().disconnected();
        assertThat(probe.memory.lent()).isZero();
        assertThat(deflate.memory()).isZero();
        List<String> events = new ArrayList<>(probe.events());
        events.removeIf(event -> event.startsWith("FAILED"));
        return events + " " + sent.subList(0, sent.size() - (failed ? 1 : 0)) + failed + framing;
    }

    private static void give(ConnectionProbe receiver, byte[] bytes, Choices choices) {
        int size = 1 + choices.below(4) * choices.below(256);
        if (bytes.length / size > 100) {
            size = bytes.length / 100;
        }
        for (int at = 0; at < bytes.length; at += size) {
            receiver.receiveRaw(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
        }
    }

    private static byte[] fragments(PeerDeflate peer, byte[] message, Choices choices, Role sender) {
        int cut = Math.min(message.length, choices.below(256));
        int flush = choices.below(2) == 0 ? Deflater.SYNC_FLUSH : Deflater.FULL_FLUSH;
        byte[] payload =
                peer.compress(flush, Arrays.copyOf(message, cut), Arrays.copyOfRange(message, cut, message.length));
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int at = 0;
        for (int more = choices.below(4); more > 0; more--) {
            int end = Math.min(payload.length, at + choices.below(64));
            byte[] part = Arrays.copyOfRange(payload, at, end);
            frames.writeBytes(
                    (at == 0 && frames.size() == 0 ? Frame.binary(part).withRsv(4) : Frame.continuation(part))
                            .notFinal()
                            .encode(sender));
            at = end;
        }
        byte[] rest = Arrays.copyOfRange(payload, at, payload.length);
        frames.writeBytes(
                (frames.size() == 0 ? Frame.binary(rest).withRsv(4) : Frame.continuation(rest)).encode(sender));
        return frames.toByteArray();
    }

    private static String parameters(Choices choices) {
        StringBuilder parameters = new StringBuilder();
        int bits = choices.next();
        append(parameters, (bits & 1) != 0, "server_no_context_takeover");
        append(parameters, (bits & 2) != 0, "client_no_context_takeover");
        append(parameters, (bits & 4) != 0, "server_max_window_bits=" + (8 + choices.below(8)));
        append(parameters, (bits & 8) != 0, "client_max_window_bits=" + (8 + choices.below(8)));
        return parameters.toString();
    }

    private static void append(StringBuilder parameters, boolean there, String parameter) {
        if (there) {
            parameters.append(parameters.isEmpty() ? "" : "; ").append(parameter);
        }
    }

    private static PerMessageDeflate deflate(Choices choices) {
        return PerMessageDeflate.dedicated()
                .level(1 + choices.below(9))
                .threshold(choices.below(2) * choices.below(256))
                .build();
    }

    /** Bytes as they stand, or a few of them over and over: so that there is something to find, near and far. */
    private static byte[] message(Choices choices) {
        byte[] some = choices.bytes(choices.below(128));
        int times = choices.below(8) == 7 ? 1 + choices.next() : 1 + choices.below(4);
        byte[] message = new byte[some.length * times];
        int step = choices.next();
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) (some[i % some.length] + i / some.length * step);
        }
        return message;
    }

    /** Takes an input apart; behind its end there are zeros. */
    private static final class Choices {
        private final byte[] input;
        private int at;

        Choices(byte[] input) {
            this.input = input;
        }

        boolean more() {
            return at < input.length;
        }

        int next() {
            return at < input.length ? input[at++] & 0xFF : 0;
        }

        int below(int bound) {
            return next() % bound;
        }

        byte[] bytes(int count) {
            byte[] bytes = new byte[Math.min(count, input.length - Math.min(at, input.length))];
            System.arraycopy(input, Math.min(at, input.length), bytes, 0, bytes.length);
            at += bytes.length;
            return bytes;
        }
    }
}
