package dev.marline.foreign;

import static dev.marline.foreign.Said.binary;
import static dev.marline.foreign.Said.close;
import static dev.marline.foreign.Said.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * permessage-deflate with peers that were not written here, with every combination of its parameters: those that a client offers,
 * and those that a server asks for where the client leaves it all to the server.
 */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class CompressionTest {
    /** More than the largest window. */
    private static final int LARGE = 40_000;

    /** Short and long, compressible and not, and what came before once more: with context takeover it refers back. */
    private static final List<Said> MESSAGES = messages();

    private static final long MESSAGE_BYTES =
            MESSAGES.stream().mapToLong(message -> message.bytes(1).length).sum();

    private static List<Said> messages() {
        Random random = new Random(7692);
        byte[] noise = new byte[3000];
        random.nextBytes(noise);
        StringBuilder words = new StringBuilder();
        while (words.length() < LARGE) {
            words.append(List.of("rope", "strand", " there", " and back", "Möwe → 😀", "\n")
                            .get(random.nextInt(6)))
                    .append(random.nextInt(1000));
        }
        Said large = text(words.toString());
        Said small = text("{\"name\":\"Möwe\",\"says\":\"→ 😀\"}");
        return List.of(
                text(""),
                small,
                binary(noise),
                small,
                binary(new byte[0]),
                large,
                binary(noise),
                binary(new byte[LARGE]),
                text(words.substring(words.length() - 5000)),
                small);
    }

    /**
     * The parameters of an offer or an answer.
     *
     * @param serverBits {@link #ABSENT}, or 8 to 15
     * @param clientBits {@link #ABSENT}, {@link #NO_VALUE}, or 8 to 15
     */
    private record Parameters(boolean serverAlone, boolean clientAlone, int serverBits, int clientBits) {
        static final int ABSENT = 0;
        static final int NO_VALUE = 1;

        static List<Parameters> all(List<Integer> serverBits, List<Integer> clientBits) {
            List<Parameters> all = new ArrayList<>();
            for (boolean serverAlone : List.of(false, true)) {
                for (boolean clientAlone : List.of(false, true)) {
                    for (int server : serverBits) {
                        for (int client : clientBits) {
                            all.add(new Parameters(serverAlone, clientAlone, server, client));
                        }
                    }
                }
            }
            return all;
        }

        /** As they stand in the handshake. */
        List<String> words() {
            List<String> words = new ArrayList<>();
            if (serverAlone) {
                words.add("server_no_context_takeover");
            }
            if (clientAlone) {
                words.add("client_no_context_takeover");
            }
            if (serverBits != ABSENT) {
                words.add("server_max_window_bits=" + serverBits);
            }
            if (clientBits != ABSENT) {
                words.add("client_max_window_bits" + (clientBits == NO_VALUE ? "" : "=" + clientBits));
            }
            return words;
        }

        /** Marline's extension that offers these as a client and asks for them as a server. */
        PerMessageDeflate extension() {
            return PerMessageDeflate.dedicated()
                    .serverNoContextTakeover(serverAlone)
                    .clientNoContextTakeover(clientAlone)
                    .serverMaxWindowBits(serverBits)
                    .clientMaxWindowBits(clientBits)
                    .build();
        }

        /** The same where a client's limit stands only if it is one: what Marline's server answers to an offer. */
        Parameters withoutIdleClientBits() {
            boolean idle = clientBits == NO_VALUE || clientBits == 15;
            return new Parameters(serverAlone, clientAlone, serverBits, idle ? ABSENT : clientBits);
        }

        /** The same where only true limits stand: what is agreed on when Marline is set up with these. */
        Parameters withoutIdleBits() {
            return new Parameters(serverAlone, clientAlone, serverBits == 15 ? ABSENT : serverBits, clientBits)
                    .withoutIdleClientBits();
        }
    }

    /**
     * The sizes of the window in which the foreign end compresses. Python hands them to zlib as they are, and that has not compressed
     * with 8 bits for years; Node and browsers use 9 in its place, which never refers back further than 8 allow.
     */
    private static List<Integer> ownBits(Pairing pairing, Integer... more) {
        boolean isPython = pairing == Pairing.PYTHON_CLIENT || pairing == Pairing.PYTHON_SERVER;
        return Stream.concat(Stream.of(more), bits(isPython ? 9 : 8)).toList();
    }

    /** The sizes of the window that it decompresses with. */
    private static List<Integer> otherBits(Integer... more) {
        return Stream.concat(Stream.of(more), bits(8)).toList();
    }

    private static Stream<Integer> bits(int least) {
        return IntStream.rangeClosed(least, 15).boxed();
    }

    /** All messages go there and back, every one of them compressed both ways, and Marline's peer sends long ones in fragments. */
    private static void assertThatItEchoes(MarlineEnd marline, Parameters set, Parameters agreed) {
        try {
            String answer = marline.handshake()
                    .response()
                    .first("Sec-WebSocket-Extensions")
                    .orElseThrow(() -> new AssertionError("there is no compression"));
            List<String> expected = new ArrayList<>(agreed.words());
            expected.add("permessage-deflate");
            assertThat(answer.split("; ?")).containsExactlyInAnyOrderElementsOf(expected);
            MESSAGES.forEach(marline::says);
            MESSAGES.forEach(marline::hears);
            marline.says(close(1000, ""));
            marline.hearsClose(1000);
        } catch (AssertionError e) {
            throw new AssertionError("with " + set.words() + ": " + e.getMessage(), e);
        }
    }

    private static void assertThatAllWasCompressed(List<PerMessageDeflate> extensions, int connections) {
        assertThat(extensions.stream()
                        .mapToLong(PerMessageDeflate::messageBytes)
                        .sum())
                .isEqualTo(2 * MESSAGE_BYTES * connections);
        assertThat(extensions.stream()
                        .mapToLong(PerMessageDeflate::compressedBytes)
                        .sum())
                .isLessThan(MESSAGE_BYTES * connections);
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_CLIENT", "WS_HTTP2_CLIENT", "PYTHON_CLIENT"})
    void aServerGrantsWhateverAClientOffers(Pairing pairing) {
        List<Parameters> offers =
                Parameters.all(otherBits(Parameters.ABSENT), ownBits(pairing, Parameters.ABSENT, Parameters.NO_VALUE));
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        try (MarlineServer server =
                        MarlineServer.start(WebSocketServer.builder().extensions(deflate));
                ForeignEnd peer = pairing.echoTo(server.port())) {
            for (Parameters offer : offers) {
                peer.says(Said.connect("/talk", offer.words()));
                assertThatItEchoes(server.accept(), offer, offer.withoutIdleClientBits());
            }
        }
        assertThatAllWasCompressed(List.of(deflate), offers.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_CLIENT", "PYTHON_CLIENT"})
    void aClientGrantsWhateverAServerAsksFor(Pairing pairing) {
        List<Parameters> asked = Parameters.all(otherBits(), ownBits(pairing));
        List<PerMessageDeflate> extensions =
                asked.stream().map(Parameters::extension).toList();
        try (MarlineServer server = MarlineServer.start(List.<Extension>copyOf(extensions));
                ForeignEnd peer = pairing.echoTo(server.port())) {
            for (int i = 0; i < asked.size(); i++) {
                peer.says(Said.connect("/talk/" + i, List.of("client_max_window_bits")));
                assertThatItEchoes(server.accept(), asked.get(i), asked.get(i).withoutIdleBits());
            }
        }
        assertThatAllWasCompressed(extensions, asked.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_SERVER", "PYTHON_SERVER"})
    void aForeignServerGrantsWhateverIsOffered(Pairing pairing) {
        List<Parameters> offers = Parameters.all(ownBits(pairing), otherBits());
        List<PerMessageDeflate> extensions =
                offers.stream().map(Parameters::extension).toList();
        try (ForeignEnd peer = pairing.listenToEcho()) {
            String address = Setup.PLAIN.address(peer.port());
            for (int i = 0; i < offers.size(); i++) {
                try (WebSocketClient client =
                        MarlineClient.builder().extensions(extensions.get(i)).build()) {
                    MarlineEnd marline = MarlineClient.connect(client, address);
                    assertThatItEchoes(marline, offers.get(i), offers.get(i).withoutIdleBits());
                }
            }
        }
        assertThatAllWasCompressed(extensions, offers.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"WS_SERVER", "WS_HTTP2_SERVER", "PYTHON_SERVER"})
    void whateverAForeignServerAsksForIsGranted(Pairing pairing) {
        List<Parameters> asked = Parameters.all(ownBits(pairing, Parameters.ABSENT), otherBits(Parameters.ABSENT));
        PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();
        try (ForeignEnd peer = pairing.listenToEcho();
                WebSocketClient client =
                        pairing.client(Setup.PLAIN).extensions(deflate).build()) {
            String address = Setup.PLAIN.address(peer.port());
            for (Parameters parameters : asked) {
                MarlineEnd marline =
                        MarlineClient.connect(client, address + "?" + String.join("&", parameters.words()));
                assertThatItEchoes(marline, parameters, parameters);
            }
        }
        assertThatAllWasCompressed(List.of(deflate), asked.size());
    }
}
