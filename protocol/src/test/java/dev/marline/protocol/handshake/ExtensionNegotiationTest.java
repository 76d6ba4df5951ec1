package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.testing.FakeExtension;
import dev.marline.protocol.testing.PeerDeflate;
import dev.marline.protocol.testing.SampleHandshake;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which extensions the two ends agree on, and in which order: RFC 6455 §9.1. */
class ExtensionNegotiationTest {
    private static final String HEADER = "Sec-WebSocket-Extensions";

    /** Two that want RSV1, one for RSV2, one for RSV3 and one without a bit; x needs a parameter. */
    private static final List<Extension> EXTENSIONS = List.of(
            new FakeExtension("one", NegotiatedExtension.RSV1, '1'),
            new FakeExtension("uno", NegotiatedExtension.RSV1, 'u'),
            new FakeExtension("two", NegotiatedExtension.RSV2, '2'),
            new FakeExtension("three", NegotiatedExtension.RSV3, '3'),
            new FakeExtension("none", 0, 'n'),
            new FakeExtension(PeerDeflate.offer("x; a=1"), 0, 'x'));

    // ---- a server

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "declined",
            value = {
                "one | one",
                "none | none",
                "two, one | two, one",
                "three, two, none, one | three, two, none, one",
                "x; a=1 | x; a=1",
                "x; a=\"1\" | x; a=1",
                "y, one, z | one",
                "y | declined",
                "ONE | declined",
                "one; a | declined",
                "one; a, two | two",
                // of two that need the same bit, the client's first
                "one, uno | one",
                "uno, one | uno",
                "uno, two, one | uno, two",
                // of several offers of one, the first that can be met
                "x, x; a=2, x; a=1 | x; a=1",
                "x; a=1, x; a=1 | x; a=1",
                "one; a, one, one | one",
                // what was declined takes no bit
                "one; a, uno | uno",
                "uno, one, one | uno"
            })
    void aServerTakesWhatItCanInTheClientsOrder(String offers, @Nullable String answer) {
        assertThat(accepted(offers).headers().first(HEADER)).isEqualTo(Optional.ofNullable(answer));
    }

    @Test
    void whatIsAgreedOnIsWhatIsAnswered() {
        assertThat(accepted("two, y, one").extensions())
                .containsExactly((NegotiatedExtension) EXTENSIONS.get(2), (NegotiatedExtension) EXTENSIONS.get(0));
        assertThat(accepted("y").extensions()).isEmpty();
        assertThat(accepted("y").headers().contains(HEADER)).isFalse();
    }

    @Test
    void offersMayBeSpreadOverSeveralHeaders() {
        assertThat(accepted("y, two", "one, uno").headers().all(HEADER)).containsExactly("two, one");
    }

    // ---- a client

    @Test
    void aClientOffersAllInItsOrder() {
        assertThat(SampleHandshake.client(EXTENSIONS)
                        .request(HttpVersion.HTTP_1_1)
                        .headers()
                        .all(HEADER))
                .containsExactly("one, uno, two, three, none, x; a=1");
        assertThat(SampleHandshake.client(List.of())
                        .request(HttpVersion.HTTP_1_1)
                        .headers()
                        .contains(HEADER))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "two, one", "none, x; a=1, uno", "x; a=\"1\"", "three,two , one"})
    void aClientUsesWhatTheServerTookInTheServersOrder(String answer) {
        Headers response = SampleHandshake.response(answer);
        assertThat(SampleHandshake.client(EXTENSIONS).problemWith(HttpVersion.HTTP_1_1, 101, response))
                .isEmpty();
        List<ExtensionOffer> parsed = ExtensionHeader.parse(List.of(answer)).orElseThrow();
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(response))
                .extracting(NegotiatedExtension::answer)
                .isEqualTo(parsed);
    }

    @Test
    void theAnswerMayBeSpreadOverSeveralHeaders() {
        Headers response = SampleHandshake.response("two", "one");
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(response)).hasSize(2);
    }

    @Test
    void noAnswerIsNoExtension() {
        assertThat(SampleHandshake.client(EXTENSIONS).problemWith(HttpVersion.HTTP_1_1, 101, SampleHandshake.RESPONSE))
                .isEmpty();
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(SampleHandshake.RESPONSE))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", " , ,"})
    void anEmptyHeaderIsIgnoredByBothRoles(String empty) {
        assertThat(accepted(empty).headers().contains(HEADER)).isFalse();
        assertThat(accepted(empty, "one").headers().all(HEADER)).containsExactly("one");

        Headers response = SampleHandshake.response(empty);
        assertThat(SampleHandshake.client(EXTENSIONS).problemWith(HttpVersion.HTTP_1_1, 101, response))
                .isEmpty();
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(response)).isEmpty();
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(SampleHandshake.response(empty, "one")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "y | not offered",
                "one, y | not offered",
                "ONE | not offered",
                "one; a | does not fit",
                "x | does not fit",
                "x; a=2 | does not fit",
                "one, one | twice",
                "two, one, two | twice",
                "one, uno | same reserved bit",
                "uno, two, one | same reserved bit",
                "one;; | grammar",
                "one two | grammar",
                "x; a=\"1 | grammar"
            })
    void aClientFailsOnAnAnswerThatIsNoneToItsOffer(String answer, String why) {
        Headers response = SampleHandshake.response(answer);
        assertThat(SampleHandshake.client(EXTENSIONS).problemWith(HttpVersion.HTTP_1_1, 101, response))
                .get()
                .asString()
                .contains(why)
                .matches("[\\x20-\\x7E]+");
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(response)).isEmpty();
    }

    // ---- both

    @Test
    void anExtensionIsThereOnceAndItsNameIsAToken() {
        FakeExtension again = new FakeExtension(PeerDeflate.offer("one; b"), 0, 'b');
        for (Extension wrong : List.of(again, named(""), named("a b"))) {
            assertThatThrownBy(() -> ExtensionNegotiation.checked(EXTENSIONS.get(0), wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(ExtensionNegotiation.checked(EXTENSIONS.get(0), EXTENSIONS.get(1)))
                .isEqualTo(EXTENSIONS.subList(0, 2));
        assertThat(ExtensionNegotiation.checked()).isEmpty();
    }

    private static Extension named(String name) {
        return new Extension() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Optional<NegotiatedExtension> accept(ExtensionOffer offer) {
                return Optional.empty();
            }
        };
    }

    @Test
    void anExtensionThatSaysNothingElseIsOfferedAndConfirmedWithoutParameters() {
        NegotiatedExtension agreed = new FakeExtension("plain", 0, 'p');
        Extension plain = new Extension() {
            @Override
            public String name() {
                return "plain";
            }

            @Override
            public Optional<NegotiatedExtension> accept(ExtensionOffer offer) {
                return offer.parameters().isEmpty() ? Optional.of(agreed) : Optional.empty();
            }
        };
        ClientHandshake client = SampleHandshake.client(List.of(plain));
        assertThat(client.request(HttpVersion.HTTP_1_1).headers().all(HEADER)).containsExactly("plain");
        assertThat(client.extensions(SampleHandshake.response("plain"))).containsExactly(agreed);
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, SampleHandshake.response("plain; a")))
                .isPresent();
    }

    @Test
    void bothEndsComeToTheSame() {
        HandshakeAnswer.Accepted answer = (HandshakeAnswer.Accepted) ServerHandshake.answer(
                SampleHandshake.client(EXTENSIONS).request(HttpVersion.HTTP_1_1),
                List.of(),
                List.of(EXTENSIONS.get(5), EXTENSIONS.get(1)));
        assertThat(SampleHandshake.client(EXTENSIONS).problemWith(HttpVersion.HTTP_1_1, 101, answer.headers()))
                .isEqualTo(Optional.empty());
        assertThat(SampleHandshake.client(EXTENSIONS).extensions(answer.headers()))
                .isEqualTo(answer.extensions());
        assertThat(answer.headers().all(HEADER)).containsExactly("uno, x; a=1");
    }

    // ----

    private static HandshakeAnswer.Accepted accepted(String... offers) {
        return (HandshakeAnswer.Accepted) SampleHandshake.answer(EXTENSIONS, offers);
    }
}
