package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Challenges, RFC 9110 §11. */
class ChallengeTest {
    private static List<Challenge> parse(String... fields) {
        return Challenge.parse(List.of(fields));
    }

    @Test
    void aChallengeHasASchemeAndParameters() {
        assertThat(parse("Basic realm=\"WallyWorld\", charset=\"UTF-8\""))
                .containsExactly(new Challenge("basic", Map.of("realm", "WallyWorld", "charset", "UTF-8")));
        assertThat(parse("NEWAUTH")).containsExactly(new Challenge("newauth", Map.of()));
        assertThat(parse("Basic REALM = token")).containsExactly(new Challenge("basic", Map.of("realm", "token")));
    }

    /** The example of RFC 9110 §11.6.1, and the list within a list that it warns of. */
    @Test
    void aFieldMayHaveSeveral() {
        assertThat(parse("Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\""))
                .containsExactly(
                        new Challenge("basic", Map.of("realm", "simple")),
                        new Challenge("newauth", Map.of("realm", "apps", "type", "1", "title", "Login to \"apps\"")));
    }

    @Test
    void thereMayBeSeveralFields() {
        assertThat(parse("Negotiate", "Digest realm=\"a, b\",nonce=\"x==\", qop=\"auth,auth-int\"", "Basic realm=c"))
                .extracting(Challenge::scheme)
                .containsExactly("negotiate", "digest", "basic");
    }

    @Test
    void credentialsInOnePieceAreNoParameter() {
        assertThat(parse("NTLM TlRMTVNTUAACAAAA==, Basic realm=\"x\""))
                .containsExactly(new Challenge("ntlm", Map.of()), new Challenge("basic", Map.of("realm", "x")));
    }

    @Test
    void emptyElementsAreNoChallenge() {
        assertThat(parse("", ", ,\t", ",Basic realm=\"x\",,"))
                .containsExactly(new Challenge("basic", Map.of("realm", "x")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "realm=\"x\"",
                "Basic realm=\"x",
                "Basic realm=\"x\", realm=\"y\"",
                "=",
                "\"Basic\"",
                "Basic realm=\"\\"
            })
    void whatIsNoneIsLeftOut(String field) {
        assertThat(parse(field)).isEmpty();
        assertThat(parse("Digest nonce=1", field)).containsExactly(new Challenge("digest", Map.of("nonce", "1")));
    }

    @Test
    void aRealmIsShownInUtf8() {
        assertThat(parse("Basic realm=\"H\u00C3\u00A4fen\"").get(0).realm()).isEqualTo("H\u00E4fen");
        assertThat(parse("Basic").get(0).realm()).isEmpty();
    }

    @Test
    void aLongFieldIsReadInItsTurn() {
        String value = "\\\"".repeat(100_000);
        assertThat(parse("Basic realm=\"" + value + "\"").get(0).realm()).hasSize(100_000);
    }
}
