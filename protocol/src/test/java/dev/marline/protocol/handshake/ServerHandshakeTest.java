package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.handshake.HandshakeAnswer.Accepted;
import dev.marline.protocol.handshake.HandshakeAnswer.Refused;
import dev.marline.protocol.testing.SampleHandshake;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server reads the opening handshake and answers it: RFC 6455 §4.2. */
class ServerHandshakeTest {
    private static final Headers REQUEST = SampleHandshake.REQUEST;

    // ---- accepted

    @Test
    void theRequestOfTheRfcIsAccepted() {
        Accepted accepted = accepted(REQUEST);
        assertThat(accepted.headers())
                .isEqualTo(Headers.of(
                        "Upgrade", "websocket",
                        "Connection", "Upgrade",
                        "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assertThat(accepted.subprotocol()).isNull();
        assertThat(accepted.extensions()).isEmpty();
    }

    @Test
    void theHeadersMayComeInAnyOrder() {
        List<Headers.Field> fields = new ArrayList<>();
        REQUEST.forEach(fields::add);
        for (int i = 0; i < fields.size(); i++) {
            Collections.rotate(fields, 1);
            accepted(Headers.of(fields));
        }
        Collections.reverse(fields);
        accepted(Headers.of(fields));
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "WebSocket", "WEBSOCKET", "h2c, websocket", "websocket,foo", " , websocket ,"})
    void upgradeIsAListOfTokensWithoutRegardToCase(String value) {
        accepted(changed("Upgrade", value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,keep-alive", "a, b ,upgrade"})
    void connectionIsAListOfTokensWithoutRegardToCase(String value) {
        accepted(changed("Connection", value));
    }

    @Test
    void listsMayBeSpreadOverSeveralLines() {
        accepted(changed("Connection", "keep-alive").with("Connection", "Upgrade"));
        accepted(changed("Upgrade", "h2c").with("Upgrade", "websocket"));
    }

    @Test
    void unknownHeadersAreIgnored() {
        accepted(REQUEST.with("Cookie", "a=1").with("X-Whatever", "yes").with("Authorization", "Basic eDp5"));
    }

    @Test
    void headerNamesAreComparedWithoutRegardToCase() {
        List<Headers.Field> fields = new ArrayList<>();
        REQUEST.forEach(field -> fields.add(new Headers.Field(field.name().toLowerCase(Locale.ROOT), field.value())));
        accepted(Headers.of(fields));
    }

    @Test
    void aRequestWithoutAnOriginIsNotTakenForABrowsers() {
        // Nothing is refused, and nothing assumed, because it is missing.
        assertThat(REQUEST.contains("Origin")).isFalse();
        accepted(REQUEST);
    }

    // ---- refused

    @ParameterizedTest
    @ValueSource(strings = {"POST", "HEAD", "PUT", "OPTIONS", "get", "", "GET\r\n"})
    void anotherMethodThanGetIsRefusedWith405(String method) {
        Refused refused = refused(new HandshakeRequest(method, "/", HttpVersion.HTTP_1_1, REQUEST));
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.headers().first("Allow")).contains("GET");
    }

    @Test
    void http10IsRefusedWith426() {
        Refused refused = refused(new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_0, REQUEST));
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers().first("Upgrade")).contains("websocket");
        assertThat(refused.headers().first("Connection")).contains("Upgrade");
    }

    @Test
    void aMissingHostIsRefusedWith400() {
        assertThat(refused(without("Host")).status()).isEqualTo(400);
    }

    @Test
    void aSecondHostIsRefusedWith400() {
        assertThat(refused(REQUEST.with("Host", "server.example.com")).status()).isEqualTo(400);
    }

    @Test
    void aPlainGetIsRefusedWith426() {
        Refused refused = refused(Headers.of("Host", "server.example.com", "Accept", "text/html"));
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers().first("Upgrade")).contains("websocket");
        assertThat(refused.headers().first("Connection")).contains("Upgrade");
    }

    @Test
    void anUpgradeToSomethingElseIsRefusedWith426() {
        Headers h2c = Headers.of(
                "Host", "h", "Upgrade", "h2c", "Connection", "Upgrade, HTTP2-Settings", "HTTP2-Settings", "x");
        assertThat(refused(h2c).status()).isEqualTo(426);
    }

    @ParameterizedTest
    @CsvSource({"Upgrade, 426", "Connection, 400", "Sec-WebSocket-Key, 400", "Sec-WebSocket-Version, 426"})
    void aMissingHeaderIsRefused(String name, int status) {
        assertThat(refused(without(name)).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "websockets", "web socket", "h2c", "websocket/13", "\"websocket\""})
    void anUpgradeWithoutWebsocketIsRefusedWith426(String value) {
        assertThat(refused(changed("Upgrade", value)).status()).isEqualTo(426);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "keep-alive", "close", "websocket", "Upgraded", "Upgrade websocket"})
    void aConnectionWithoutUpgradeIsRefusedWith400(String value) {
        assertThat(refused(changed("Connection", value)).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "8", "12", "14", "013", "13, 8", "1 3", "x", "13.0", "-13"})
    void anotherVersionIsRefusedWith426AndTheOneThatIsSpoken(String version) {
        Refused refused = refused(changed("Sec-WebSocket-Version", version));
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers().all("Sec-WebSocket-Version")).containsExactly("13");
        assertThat(refused.headers().first("Upgrade")).contains("websocket");
    }

    @Test
    void aSecondVersionIsRefusedWith400() {
        assertThat(refused(REQUEST.with("Sec-WebSocket-Version", "13")).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "dGhlIHNhbXBsZSBub25j",
                "dGhlIHNhbXBsZSBub25jZQ",
                "dGhlIHNhbXBsZSBub25jZWE=",
                "!!!!!!!!!!!!!!!!!!!!!!=="
            })
    void aKeyThatIsNotBase64Of16BytesIsRefusedWith400(String key) {
        assertThat(refused(changed("Sec-WebSocket-Key", key)).status()).isEqualTo(400);
    }

    @Test
    void aSecondKeyIsRefusedWith400() {
        assertThat(refused(REQUEST.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "chat, chat", "chat, super chat", "a/b", "chat;q=1", "\"chat\"", "ch\u00e4t"})
    void subprotocolsThatAreNotDifferentTokensAreRefusedWith400(String value) {
        assertThat(refused(REQUEST.with("Sec-WebSocket-Protocol", value)).status())
                .isEqualTo(400);
    }

    @Test
    void aSubprotocolOfferedTwiceOverTwoHeadersIsRefusedWith400() {
        Headers headers =
                REQUEST.with("Sec-WebSocket-Protocol", "chat").with("Sec-WebSocket-Protocol", "superchat, chat");
        assertThat(refused(headers).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo;", "foo;a=", "foo bar", "foo;a=\"b c\"", ";"})
    void extensionsThatBreakTheGrammarAreRefusedWith400(String value) {
        assertThat(refused(REQUEST.with("Sec-WebSocket-Extensions", value)).status())
                .isEqualTo(400);
    }

    @Test
    void aRefusalSaysWhyInOneLineOfText() {
        for (Headers headers : List.of(
                without("Host"),
                without("Upgrade"),
                without("Connection"),
                without("Sec-WebSocket-Key"),
                without("Sec-WebSocket-Version"))) {
            assertThat(refused(headers).body()).matches("[\\x20-\\x7E]{10,}");
        }
    }

    // ---- subprotocols and extensions

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "chat | chat | chat",
                "chat, superchat | superchat chat | superchat",
                "superchat, chat | chat superchat | chat",
                "a, b, c | x c b | c",
                "chat | - | -",
                "chat | mqtt | -",
                "Chat | chat | -",
                "- | chat | -"
            })
    void theServersPreferenceChoosesFromWhatIsOffered(String offered, String spoken, String chosen) {
        Headers headers = offered == null ? REQUEST : REQUEST.with("Sec-WebSocket-Protocol", offered);
        List<String> subprotocols = spoken == null ? List.of() : List.of(spoken.split(" "));
        Accepted accepted = (Accepted) ServerHandshake.answer(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers), subprotocols, List.of());
        assertThat(accepted.subprotocol()).isEqualTo(chosen);
        assertThat(accepted.headers().all("Sec-WebSocket-Protocol"))
                .isEqualTo(chosen == null ? List.of() : List.of(chosen));
    }

    @Test
    void subprotocolsMayBeOfferedOverSeveralHeaders() {
        Headers headers = REQUEST.with("Sec-WebSocket-Protocol", "a").with("Sec-WebSocket-Protocol", "b, c");
        Accepted accepted = (Accepted) ServerHandshake.answer(
                new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers), List.of("c"), List.of());
        assertThat(accepted.subprotocol()).isEqualTo("c");
    }

    @Test
    void extensionsThatTheServerDoesNotHaveAreNotAnswered() {
        Accepted accepted = accepted(REQUEST.with("Sec-WebSocket-Extensions", "x-unheard-of; a=\"b\", permessage-foo"));
        assertThat(accepted.extensions()).isEmpty();
        assertThat(accepted.headers().contains("Sec-WebSocket-Extensions")).isFalse();
    }

    // ---- is it meant to be a handshake at all

    @Test
    void aRequestWhoseUpgradeNamesWebsocketIsMeantAsAHandshake() {
        assertThat(isIntended(REQUEST)).isTrue();
        assertThat(isIntended(Headers.of("Upgrade", "WebSocket"))).isTrue();
        assertThat(isIntended(Headers.of("Upgrade", "h2c, websocket"))).isTrue();
        assertThat(isIntended(Headers.of("Upgrade", "h2c", "Upgrade", "websocket")))
                .isTrue();
    }

    @Test
    void withoutUpgradeNothingIsMeantAsAHandshake() {
        assertThat(isIntended(without("Upgrade"))).isFalse();
        assertThat(isIntended(Headers.of("Connection", "websocket"))).isFalse();
        assertThat(isIntended(Headers.of("Connection", "Upgrade"))).isFalse();
        assertThat(isIntended(Headers.of("Connection", "Upgrade", "Upgrade", "")))
                .isFalse();
        assertThat(isIntended(Headers.of("Sec-WebSocket-Key", "x"))).isFalse();
        assertThat(isIntended(Headers.of("Sec-WebSocket-Version", "13"))).isFalse();
    }

    @Test
    void anUpgradeOfHttp10IsNotMeantAsAHandshake() {
        assertThat(ServerHandshake.isIntended(new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_0, REQUEST)))
                .isFalse();
    }

    @Test
    void aPlainRequestIsNotMeantAsAHandshake() {
        assertThat(isIntended(Headers.of("Host", "h", "Connection", "keep-alive")))
                .isFalse();
        assertThat(isIntended(Headers.of("Upgrade", "h2c", "Connection", "Upgrade, HTTP2-Settings")))
                .isFalse();
        assertThat(isIntended(Headers.EMPTY)).isFalse();
    }

    @Test
    void anExtendedConnectIsMeantAsAHandshakeWhateverItsProtocol() {
        assertThat(ServerHandshake.isIntended(connect(HttpVersion.HTTP_2, CONNECT)))
                .isTrue();
        assertThat(ServerHandshake.isIntended(
                        new HandshakeRequest("CONNECT", "/", HttpVersion.HTTP_3, CONNECT, "connect-udp")))
                .isTrue();
        assertThat(ServerHandshake.isIntended(new HandshakeRequest("GET", "/", HttpVersion.HTTP_2, REQUEST)))
                .isFalse();
    }

    // ---- over HTTP/2 and HTTP/3

    @OverHttp2And3
    void anExtendedConnectIsAcceptedWithoutAKeyAndWithoutUpgrade(HttpVersion version) {
        HandshakeAnswer answer = ServerHandshake.answer(
                connect(version, CONNECT.with("Sec-WebSocket-Protocol", "a, b")), List.of("b"), List.of());
        assertThat(((Accepted) answer).headers()).isEqualTo(Headers.of("Sec-WebSocket-Protocol", "b"));
    }

    @OverHttp2And3
    void aKeyIsAnsweredWhenOneIsSent(HttpVersion version) {
        Headers headers = CONNECT.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        HandshakeAnswer answer = ServerHandshake.answer(connect(version, headers), List.of(), List.of());
        assertThat(((Accepted) answer).headers())
                .isEqualTo(Headers.of("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    @OverHttp2And3
    void aKeyThatIsNoneIsRefusedWith400(HttpVersion version) {
        assertThat(refused(connect(version, CONNECT.with("Sec-WebSocket-Key", "short")))
                        .status())
                .isEqualTo(400);
    }

    @OverHttp2And3
    void anotherProtocolIsRefusedWith501(HttpVersion version) {
        Refused refused = refused(new HandshakeRequest("CONNECT", "/", version, CONNECT, "connect-udp\u00e9"));
        assertThat(refused.status()).isEqualTo(501);
        assertThat(refused.body()).contains("connect-udp").matches("[\\x20-\\x7E]+");
    }

    @OverHttp2And3
    void anotherVersionIsRefusedWith400AndNotWith426(HttpVersion version) {
        for (Headers headers :
                List.of(Headers.of("Host", "h"), Headers.of("Host", "h", "Sec-WebSocket-Version", "8"))) {
            Refused refused = refused(connect(version, headers));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.headers()).isEqualTo(Headers.of("Sec-WebSocket-Version", "13"));
        }
    }

    @OverHttp2And3
    void aGetIsToldHowAWebSocketOpens(HttpVersion version) {
        Refused refused = refused(new HandshakeRequest("GET", "/", version, REQUEST));
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.headers()).isEqualTo(Headers.of("Allow", "CONNECT"));
    }

    @OverHttp2And3
    void anExtendedConnectNamesItsHostOnce(HttpVersion version) {
        assertThat(refused(connect(version, CONNECT.with("Host", "other"))).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_2", "HTTP_3"})
    @Retention(RetentionPolicy.RUNTIME)
    private @interface OverHttp2And3 {}

    private static final Headers CONNECT = Headers.of("Host", "h", "Sec-WebSocket-Version", "13");

    private static HandshakeRequest connect(HttpVersion version, Headers headers) {
        return new HandshakeRequest("CONNECT", "/chat", version, headers, "websocket");
    }

    // ----

    private static boolean isIntended(Headers headers) {
        return ServerHandshake.isIntended(new HandshakeRequest("GET", "/", HttpVersion.HTTP_1_1, headers));
    }

    private static Accepted accepted(Headers headers) {
        HandshakeAnswer answer = ServerHandshake.answer(
                new HandshakeRequest("GET", "/chat", HttpVersion.HTTP_1_1, headers), List.of(), List.of());
        assertThat(answer).isInstanceOf(Accepted.class);
        return (Accepted) answer;
    }

    private static Refused refused(Headers headers) {
        return refused(new HandshakeRequest("GET", "/chat", HttpVersion.HTTP_1_1, headers));
    }

    private static Refused refused(HandshakeRequest request) {
        HandshakeAnswer answer = ServerHandshake.answer(request, List.of(), List.of());
        assertThat(answer).isInstanceOf(Refused.class);
        return (Refused) answer;
    }

    private static Headers without(String name) {
        List<Headers.Field> fields = new ArrayList<>();
        REQUEST.forEach(field -> {
            if (!field.name().equals(name)) {
                fields.add(field);
            }
        });
        return Headers.of(fields);
    }

    private static Headers changed(String name, String value) {
        return without(name).with(name, value);
    }
}
