package dev.marline.protocol.deflate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.Role;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.HandshakeAnswer;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.ServerHandshake;
import dev.marline.protocol.testing.ConnectionProbe;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SampleHandshake;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the two ends agree on about permessage-deflate: RFC 7692 §5 and §7.1. In the tables {@code snct} and {@code cnct} are the
 * no_context_takeover of server and client, {@code smwb} and {@code cmwb} their max_window_bits, and {@code pmd} is the extension.
 */
class NegotiationTest {
    private static final String HEADER = "Sec-WebSocket-Extensions";

    // ---- a server

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "declined",
            value = {
                // one that wants nothing gives what it is asked for, and no more
                "'' | pmd | pmd",
                "'' | pmd; snct | pmd; snct",
                "'' | pmd; cnct | pmd; cnct",
                "'' | pmd; smwb=8 | pmd; smwb=8",
                "'' | pmd; smwb=15 | pmd; smwb=15",
                "'' | pmd; cmwb | pmd",
                "'' | pmd; cmwb=8 | pmd; cmwb=8",
                "'' | pmd; cmwb=15 | pmd",
                "'' | pmd; cmwb=9; smwb=10; cnct; snct | pmd; snct; cnct; smwb=10; cmwb=9",
                // RFC 7692 §7.1.1.1, §7.1.1.2, §7.1.2.1: what a server may answer unasked
                "snct | pmd | pmd; snct",
                "cnct | pmd | pmd; cnct",
                "smwb=9 | pmd | pmd; smwb=9",
                "snct cnct smwb=9 | pmd | pmd; snct; cnct; smwb=9",
                "snct cnct | pmd; snct; cnct | pmd; snct; cnct",
                // the smaller of both
                "smwb=12 | pmd; smwb=10 | pmd; smwb=10",
                "smwb=10 | pmd; smwb=12 | pmd; smwb=10",
                "smwb=15 | pmd; smwb=12 | pmd; smwb=12",
                "cmwb=12 | pmd; cmwb=10 | pmd; cmwb=10",
                "cmwb=10 | pmd; cmwb=12 | pmd; cmwb=10",
                "cmwb=10 | pmd; cmwb | pmd; cmwb=10",
                // RFC 7692 §7.1.2.2: not where the client has not said that it can
                "cmwb=10 | pmd | declined",
                "cmwb=10 | pmd; smwb=10; cnct | declined",
                "cmwb=15 | pmd | pmd",
                // several offers
                "cmwb=10 | pmd, pmd; cmwb | pmd; cmwb=10",
                "'' | pmd; snct, pmd | pmd; snct",
                "'' | pmd; what, pmd | pmd",
                "'' | pmd; smwb=16, pmd; smwb=14, pmd | pmd; smwb=14",
                "'' | x-webkit-deflate-frame, pmd | pmd",
                "'' | pmd, pmd | pmd",
                // no offer of this extension
                "'' | deflate-frame | declined",
                "'' | Permessage-Deflate | declined"
            })
    void aServerAnswersOffers(String config, String offers, @Nullable String answer) {
        assertThat(answer(configured(config), inFull(offers)))
                .isEqualTo(Optional.ofNullable(answer).map(NegotiationTest::inFull));
    }

    static Stream<String> invalidParameters() {
        return Stream.of(
                "smwb",
                "smwb=7",
                "smwb=16",
                "smwb=08",
                "smwb=015",
                "smwb=+9",
                "smwb=-9",
                "smwb=1e1",
                "smwb=0",
                "smwb=99999999999999999999",
                "smwb=x",
                "cmwb=7",
                "cmwb=16",
                "cmwb=08",
                "cmwb=+9",
                "cmwb=x",
                "snct=1",
                "snct=true",
                "cnct=0",
                "snct; snct",
                "cnct; cnct",
                "smwb=9; smwb=9",
                "smwb=9; smwb=10",
                "cmwb; cmwb",
                "cmwb; cmwb=10",
                "what",
                "what=1",
                "SERVER_NO_CONTEXT_TAKEOVER",
                "snct; what");
    }

    @ParameterizedTest
    @MethodSource("invalidParameters")
    void aServerDeclinesWhatIsNotDefined(String parameters) {
        PerMessageDeflate deflate = configured("");
        assertThat(answer(deflate, inFull("pmd; " + parameters))).isEmpty();
        assertThat(answer(deflate, inFull("pmd; cmwb; " + parameters))).isEmpty();
        // Nothing of it counts, and the next offer is as good as the first.
        assertThat(answer(deflate, inFull("pmd; " + parameters + ", pmd"))).contains(PeerDeflate.NAME);
        assertThat(deflate.memory()).isZero();
    }

    @Test
    void anEmptyValueBreaksTheHeadersGrammar() {
        for (String parameters : new String[] {"smwb=", "smwb=\"\"", "snct="}) {
            assertThat(handshake(configured(""), inFull("pmd; " + parameters)))
                    .isInstanceOf(HandshakeAnswer.Refused.class);
        }
    }

    @Test
    void aQuotedValueIsTheSameValue() {
        assertThat(answer(configured(""), inFull("pmd; smwb=\"10\""))).contains(inFull("pmd; smwb=10"));
    }

    @Test
    void answeredBitsNeverExceedThoseOfferedOrConfigured() {
        for (int configured = 8; configured <= 15; configured++) {
            PerMessageDeflate deflate = PerMessageDeflate.dedicated()
                    .serverMaxWindowBits(configured)
                    .clientMaxWindowBits(configured)
                    .build();
            for (int offered = 8; offered <= 15; offered++) {
                DeflateParameters agreed = DeflateParameters.read(
                                deflate.accept(PeerDeflate.offer(inFull("pmd; smwb=" + offered + "; cmwb=" + offered)))
                                        .orElseThrow()
                                        .answer())
                        .orElseThrow();
                int least = Math.min(configured, offered);
                assertThat(agreed.serverMaxWindowBits()).isEqualTo(least);
                assertThat(agreed.clientMaxWindowBits()).isEqualTo(least == 15 ? DeflateParameters.ABSENT : least);
            }
        }
    }

    // ---- a client

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | pmd; cmwb",
                "snct | pmd; snct; cmwb",
                "cnct | pmd; cnct; cmwb",
                "smwb=9 | pmd; smwb=9; cmwb",
                "smwb=15 | pmd; cmwb",
                "cmwb=9 | pmd; cmwb=9",
                "cmwb=15 | pmd; cmwb",
                "snct cnct smwb=9 cmwb=10 | pmd; snct; cnct; smwb=9; cmwb=10",
                "fallback | pmd; cmwb",
                "snct fallback | pmd; snct; cmwb, pmd; cmwb",
                "smwb=9 cmwb=10 fallback | pmd; smwb=9; cmwb=10, pmd; cmwb"
            })
    void aClientOffersWhatItIsSetUpWith(String config, String offers) {
        assertThat(client(configured(config))
                        .request(HttpVersion.HTTP_1_1)
                        .headers()
                        .all(HEADER))
                .containsExactly(inFull(offers));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | pmd",
                "'' | pmd; snct",
                "'' | pmd; cnct",
                "'' | pmd; smwb=8",
                "'' | pmd; cmwb=8",
                "'' | pmd; cmwb=15; smwb=15; snct; cnct",
                "snct | pmd; snct",
                "snct | pmd; snct; smwb=10",
                "cnct | pmd",
                "smwb=10 | pmd; smwb=10",
                "smwb=10 | pmd; smwb=8; snct",
                "cmwb=10 | pmd",
                "cmwb=10 | pmd; cmwb=10",
                "cmwb=10 | pmd; cmwb=8",
                "snct smwb=10 fallback | pmd",
                "snct smwb=10 fallback | pmd; smwb=15",
                "snct smwb=10 fallback | pmd; snct; smwb=9"
            })
    void aClientTakesAnAnswerThatFits(String config, String answer) {
        ClientHandshake client = client(configured(config));
        Headers response = SampleHandshake.response(inFull(answer));
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, response)).isEmpty();
        assertThat(client.extensions(response))
                .singleElement()
                .extracting(NegotiatedExtension::answer)
                .hasToString(DeflateParameters.read(PeerDeflate.offer(inFull(answer)))
                        .orElseThrow()
                        .toOffer()
                        .toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | deflate-frame",
                "'' | pmd, pmd",
                "'' | pmd; cmwb",
                "snct | pmd",
                "snct | pmd; cnct",
                "snct smwb=10 | pmd; snct",
                "smwb=10 | pmd",
                "smwb=10 | pmd; smwb=11",
                "smwb=10 | pmd; smwb=15",
                "cmwb=10 | pmd; cmwb=11",
                "cmwb=10 | pmd; cmwb",
                "fallback | pmd; cmwb",
                "snct fallback | pmd; cmwb",
                "snct fallback | pmd; smwb"
            })
    void aClientFailsOnAnAnswerThatDoesNotFit(String config, String answer) {
        ClientHandshake client = client(configured(config));
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, SampleHandshake.response(inFull(answer))))
                .isPresent();
        assertThat(client.extensions(SampleHandshake.response(inFull(answer)))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("invalidParameters")
    void aClientFailsOnWhatIsNotDefined(String parameters) {
        for (String config : new String[] {"", "fallback"}) {
            assertThat(client(configured(config))
                            .problemWith(
                                    HttpVersion.HTTP_1_1, 101, SampleHandshake.response(inFull("pmd; " + parameters))))
                    .isPresent();
        }
    }

    @Test
    void aClientThatDoesNotOfferItFailsOnIt() {
        assertThat(client().problemWith(HttpVersion.HTTP_1_1, 101, SampleHandshake.response(PeerDeflate.NAME)))
                .isPresent();
    }

    @Test
    void withoutAnAnswerNothingIsCompressed() {
        ClientHandshake client = client(configured(""));
        Headers response = SampleHandshake.RESPONSE;
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, response)).isEmpty();
        ConnectionProbe probe = new ConnectionProbe(Role.CLIENT, ConnectionProbe.LIMITS, client.extensions(response));
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("810548656c6c6f");
        assertThat(probe.receive("c107f248cdc9c90700").failureCode()).isEqualTo(1002);
    }

    // ---- both

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | '' | pmd",
                "snct | cnct | pmd; snct; cnct",
                "smwb=10 | smwb=9 | pmd; smwb=9",
                "cmwb=10 | cmwb=9 | pmd; cmwb=9",
                "cmwb=9 | cmwb=10 | pmd; cmwb=9",
                "shared | '' | pmd; snct; cnct",
                "'' | shared | pmd; snct; cnct",
                "shared | shared | pmd; snct; cnct"
            })
    void bothEndsComeToTheSameAndUnderstandEachOther(String clients, String servers, String agreed) {
        ClientHandshake client = client(configured(clients));
        HandshakeAnswer.Accepted answer = (HandshakeAnswer.Accepted)
                ServerHandshake.answer(client.request(HttpVersion.HTTP_1_1), List.of(), List.of(configured(servers)));
        assertThat(answer.headers().all(HEADER)).containsExactly(inFull(agreed));
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, answer.headers()))
                .isEmpty();

        ConnectionProbe ours =
                new ConnectionProbe(Role.CLIENT, ConnectionProbe.LIMITS, client.extensions(answer.headers()));
        ConnectionProbe theirs = new ConnectionProbe(Role.SERVER, ConnectionProbe.LIMITS, answer.extensions());
        for (int i = 0; i < 3; i++) {
            ours.send("a message that is sent again");
            theirs.receiveRaw(ours.sentRaw());
            theirs.send("an answer that is sent again");
            ours.receiveRaw(theirs.sentRaw());
        }
        assertThat(theirs.events()).hasSize(3).containsOnly("TEXT 'a message that is sent again'");
        assertThat(ours.events()).hasSize(3).containsOnly("TEXT 'an answer that is sent again'");
    }

    @Test
    void aClientKeepsToWhatItOfferedUnasked() {
        // RFC 7692 §7.1.1.2: the offer is a hint; the server need not answer it.
        ConnectionProbe probe = PeerDeflate.probe(Role.CLIENT, "", ConnectionProbe.LIMITS, configured("cnct"));
        probe.send("Hello");
        probe.send("Hello");
        assertThat(probe.sent()).isEqualTo("c107f248cdc9c90700".repeat(2));
    }

    @Test
    void rsv1IsItsBit() {
        assertThat(PeerDeflate.agreed(Role.SERVER, "", configured("")).reservedBits())
                .isEqualTo(0x40);
        assertThat(configured("").name()).isEqualTo("permessage-deflate");
    }

    // ---- the builder

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 7, 16, Integer.MAX_VALUE})
    void windowBitsAre8To15(int bits) {
        assertThatThrownBy(() -> PerMessageDeflate.dedicated().serverMaxWindowBits(bits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("serverMaxWindowBits");
        assertThatThrownBy(() -> PerMessageDeflate.dedicated().clientMaxWindowBits(bits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clientMaxWindowBits");
    }

    @Test
    void otherSettingsAreChecked() {
        for (int level : new int[] {-1, 0, 10}) {
            assertThatThrownBy(() -> PerMessageDeflate.dedicated().level(level))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> PerMessageDeflate.dedicated().threshold(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PerMessageDeflate.dedicated().maxMemory(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(PerMessageDeflate.dedicated()
                        .maxMemory(0)
                        .threshold(0)
                        .build()
                        .maxMemory())
                .isZero();
    }

    // ----

    private static String inFull(String text) {
        return text.replaceAll("\\bpmd\\b", PeerDeflate.NAME)
                .replaceAll("\\bsnct\\b", "server_no_context_takeover")
                .replaceAll("\\bcnct\\b", "client_no_context_takeover")
                .replaceAll("\\bsmwb\\b", "server_max_window_bits")
                .replaceAll("\\bcmwb\\b", "client_max_window_bits");
    }

    private static PerMessageDeflate configured(String config) {
        PerMessageDeflate.Builder builder =
                config.contains("shared") ? PerMessageDeflate.shared() : PerMessageDeflate.dedicated();
        for (String setting : config.split(" ", -1)) {
            String value = setting.substring(setting.indexOf('=') + 1);
            switch (setting.replaceAll("=.*", "")) {
                case "snct" -> builder.serverNoContextTakeover(true);
                case "cnct" -> builder.clientNoContextTakeover(true);
                case "smwb" -> builder.serverMaxWindowBits(Integer.parseInt(value));
                case "cmwb" -> builder.clientMaxWindowBits(Integer.parseInt(value));
                case "fallback" -> builder.fallback(true);
                case "shared", "" -> {}
                default -> throw new IllegalArgumentException(setting);
            }
        }
        return builder.build();
    }

    private static Optional<String> answer(PerMessageDeflate deflate, String offers) {
        HandshakeAnswer.Accepted accepted = (HandshakeAnswer.Accepted) handshake(deflate, offers);
        assertThat(accepted.extensions().stream()
                        .map(NegotiatedExtension::answer)
                        .map(ExtensionOffer::toString)
                        .collect(Collectors.joining(", ")))
                .isEqualTo(accepted.headers().first(HEADER).orElse(""));
        return accepted.headers().first(HEADER);
    }

    private static HandshakeAnswer handshake(PerMessageDeflate deflate, String offers) {
        return SampleHandshake.answer(List.of(deflate), offers);
    }

    private static ClientHandshake client(Extension... extensions) {
        return SampleHandshake.client(List.of(extensions));
    }
}
