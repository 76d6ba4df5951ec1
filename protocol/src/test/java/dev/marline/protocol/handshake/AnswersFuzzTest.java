package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whatever a server challenges a client with, and wherever it sends it, the next request is well-formed and nobody else's. */
class AnswersFuzzTest {
    private static final WebSocketAddress FROM = WebSocketAddress.parse("wss://user:secret@first.example/a/b?c");

    /** The lines of a response's fields, those that could be in one. */
    private static List<String> fields(byte[] input) {
        return new String(input, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(HeaderSyntax::isFieldValue)
                .toList();
    }

    @FuzzTest
    void anyChallengeIsAnsweredOrNot(byte[] input) {
        List<Challenge> challenges = Challenge.parse(fields(input));
        for (Challenge challenge : challenges) {
            assertThat(HeaderSyntax.isToken(challenge.scheme())).isTrue();
            assertThat(HeaderSyntax.areTokens(List.copyOf(challenge.parameters().keySet())))
                    .isTrue();
        }
        Optional<Challenge> strongest = Authorization.strongest(challenges);
        strongest.ifPresent(challenge -> {
            assertThat(challenges).contains(challenge);
            Authorization answer = Authorization.answer(challenge, "J\u00E4s\u00F8n", "secret", new byte[16]);
            Headers header = Headers.of("Authorization", answer.value("GET", "/"));
            assertThat(header.toString()).doesNotContain("secret");
            // An answer has the form of a challenge, and what it repeats is what was there.
            List<Challenge> again = Challenge.parse(header.all("Authorization"));
            assertThat(again).hasSize(1);
            if (challenge.scheme().equals("digest")) {
                assertThat(again.get(0).parameters())
                        .containsEntry("realm", challenge.parameters().get("realm"))
                        .containsEntry("nonce", challenge.parameters().get("nonce"))
                        .containsKey("response");
            }
        });
    }

    @FuzzTest
    void anyLocationIsFollowedOrRefused(byte[] input) {
        List<String> locations = fields(input);
        Redirect redirect;
        try {
            redirect = Redirect.of(FROM, 302, Headers.of("Location", locations.isEmpty() ? "" : locations.get(0)))
                    .orElseThrow();
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageMatching("[\\x20-\\x7E]+").hasMessageNotContaining("secret");
            return;
        }
        WebSocketAddress to = redirect.to();
        assertThat(to.target()).matches("/[\\x21-\\x7E]*");
        assertThat(to.target().replaceFirst("\\?.*", "")).doesNotMatch("(.*/)?\\.\\.?(/.*)?");
        boolean sameOrigin = to.toString().toLowerCase(Locale.ROOT).startsWith("wss://first.example/");
        assertThat(to.userInfo()).isEqualTo(sameOrigin ? "user:secret" : null);
        assertThat(redirect.headers(Headers.of("Cookie", "a=b")).size()).isEqualTo(sameOrigin ? 1 : 0);
        assertThat(WebSocketAddress.parse(to.toString())).isEqualTo(to.withUserInfo(null));
    }
}
