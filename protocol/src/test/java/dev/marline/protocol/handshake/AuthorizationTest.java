package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Basic authentication, RFC 7617, and Digest, RFC 7616, by the examples in them. */
class AuthorizationTest {
    private static final String CLIENT_NONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    private static List<Challenge> parse(String... fields) {
        return Challenge.parse(List.of(fields));
    }

    private static String digest(String challenge, String user, String password) {
        return Authorization.answer(parse(challenge).get(0), user, password, CLIENT_NONCE)
                .value("GET", "/dir/index.html");
    }

    @Test
    void basicIsThatOfTheRfc() {
        Challenge challenge = new Challenge("basic", Map.of("realm", "WallyWorld"));
        assertThat(Authorization.answer(challenge, "Aladdin", "open sesame", "").value("GET", "/"))
                .isEqualTo("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        // RFC 7617 §2.1: "test" with the password "123£" in UTF-8
        assertThat(Authorization.answer(challenge, "test", "123\u00A3", "").value("GET", "/"))
                .isEqualTo("Basic dGVzdDoxMjPCow==");
    }

    /** RFC 7616 §3.9.1. */
    @ParameterizedTest
    @CsvSource({
        "MD5, 8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256, 753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    })
    void digestIsThatOfTheRfc(String algorithm, String response) {
        String answer = digest(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=" + algorithm
                        + ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\""
                        + ", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
                "Mufasa",
                "Circle of Life");
        assertThat(answer)
                .isEqualTo("Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\""
                        + ", algorithm=" + algorithm + ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\""
                        + ", nc=00000001, cnonce=\"" + CLIENT_NONCE + "\", qop=auth, response=\"" + response
                        + "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"");
    }

    /** RFC 7616 §3.9.2: the name of Jäsøn Doe is hashed, too. */
    @Test
    void aUsersNameIsHashedWhereTheServerWantsIt() {
        String answer = Authorization.answer(
                        parse("Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256"
                                        + ", nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\""
                                        + ", opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\""
                                        + ", charset=UTF-8, userhash=true")
                                .get(0),
                        "J\u00E4s\u00F8n Doe",
                        "Secret, or not?",
                        "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v")
                .value("GET", "/doe.json");
        // The hashes in the RFC are of another algorithm, SHA-512 cut short (errata 4897): these are SHA-512/256.
        assertThat(answer)
                .contains("username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"")
                .contains("response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"")
                .endsWith(", userhash=true");
    }

    /** RFC 2617 §3.5, and the same without qop, as it was in RFC 2069. */
    @Test
    void anOlderServerIsAnsweredToo() {
        String challenge = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        assertThat(digest(challenge, "Mufasa", "Circle Of Life"))
                .isEqualTo("Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\""
                        + ", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""
                        + ", response=\"670fd8c2df070c60b045671b8b24ff02\"");
        assertThat(Authorization.answer(parse(challenge + ", qop=auth").get(0), "Mufasa", "Circle Of Life", "0a4f113b")
                        .value("GET", "/dir/index.html"))
                .contains("response=\"6629fae49393a05397450978507c4ef1\"");
    }

    @Test
    void aSessionHasAHashOfItsOwn() {
        String challenge = "Digest realm=\"r\", nonce=\"n\", qop=auth, algorithm=";
        // Computed with coreutils: H(H(H(u:r:p):n:cnonce):n:00000001:cnonce:auth:H(GET:/dir/index.html))
        assertThat(digest(challenge + "MD5-sess", "u", "p"))
                .contains("algorithm=MD5-sess", "response=\"489e2d996db977f642fac817acfa4b19\"");
        assertThat(digest(challenge + "SHA-256-sess", "u", "p"))
                .contains(
                        "algorithm=SHA-256-sess",
                        "response=\"f0ed95a30b8601fd7cfc0ffb87c9d147802edf5081000df59d11ece5fbf4d188\"");
    }

    /** RFC 7616 §3.4: nc is "the number of requests (including the current request) that the client has sent with the nonce value". */
    @Test
    void eachUseOfANonceIsCounted() {
        Authorization answer =
                Authorization.answer(parse("Digest realm=r, nonce=n, qop=auth").get(0), "u", "p", CLIENT_NONCE);
        assertThat(answer.value("GET", "/")).contains("nc=00000001");
        String second = answer.value("GET", "/");
        assertThat(second).contains("nc=00000002").isNotEqualTo(answer.value("GET", "/"));
    }

    @Test
    void whatIsQuotedCannotEndItsQuotes() {
        assertThat(digest("Digest realm=\"a\\\"b\", nonce=n", "u\"\\", "p"))
                .contains("username=\"u\\\"\\\\\"", "realm=\"a\\\"b\"");
        assertThat(digest("Digest realm=r, nonce=n", "J\u00E4s\u00F8n", "p"))
                .contains("username*=UTF-8''J%C3%A4s%C3%B8n");
    }

    @Test
    void theStrongestChallengeIsAnswered() {
        String basic = "Basic realm=x";
        String md5 = "Digest realm=x, nonce=md5";
        String sha256 = "Digest realm=x, nonce=sha, algorithm=sha-256-sess, qop=auth";
        String sha512 = "Digest realm=x, nonce=sha512, algorithm=SHA-512-256, qop=auth";
        assertThat(Authorization.strongest(parse(basic))).hasValue(parse(basic).get(0));
        assertThat(Authorization.strongest(parse(basic, md5)))
                .hasValue(parse(md5).get(0));
        assertThat(Authorization.strongest(parse(sha256, md5, basic)))
                .hasValue(parse(sha256).get(0));
        assertThat(Authorization.strongest(parse(md5, sha512, sha256)))
                .hasValue(parse(sha512).get(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Negotiate",
                "Digest nonce=n",
                "Digest realm=r",
                "Digest realm=r, nonce=n, qop=auth-int",
                "Digest realm=r, nonce=n, algorithm=SHA-1",
                "Digest realm=r, nonce=n, algorithm=-sess",
                ""
            })
    void whatCannotBeAnsweredIsNot(String field) {
        assertThat(Authorization.strongest(parse(field))).isEmpty();
        assertThat(Authorization.strongest(parse(field, "Basic realm=r")))
                .hasValue(new Challenge("basic", Map.of("realm", "r")));
    }

    @Test
    void aNameThatCannotBeSentIsRefused() {
        Challenge basic = parse("Basic realm=r").get(0);
        assertThatThrownBy(() -> Authorization.answer(basic, "sea:man", "secret", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("colon")
                .hasMessageNotContainingAny("sea", "secret");
        Challenge digest = parse("Digest realm=r, nonce=n").get(0);
        assertThatThrownBy(() -> Authorization.answer(digest, "u\r\nX: y", "p", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("control character");
        assertThatThrownBy(() -> Authorization.answer(parse("Negotiate").get(0), "u", "p", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("negotiate");
    }
}
