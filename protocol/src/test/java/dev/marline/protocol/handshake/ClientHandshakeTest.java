package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.protocol.testing.SampleHandshake;
import dev.marline.protocol.testing.SeededRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client makes the opening handshake and checks the answer: RFC 6455 §4.1. */
class ClientHandshakeTest {
    private static final byte[] NONCE = SampleHandshake.nonce();

    private static final Headers RESPONSE = SampleHandshake.RESPONSE;

    // ---- over HTTP/2 and HTTP/3

    @ParameterizedTest
    @EnumSource(names = {"HTTP_2", "HTTP_3"})
    void theRequestIsAnExtendedConnect(HttpVersion version) {
        HandshakeRequest request = handshake().request(version);
        assertThat(request.method()).isEqualTo("CONNECT");
        assertThat(request.protocol()).isEqualTo("websocket");
        assertThat(request.target()).isEqualTo("/chat?room=1");
        assertThat(request.headers().all("Host")).containsExactly("server.example.com");
        assertThat(request.headers().all("Sec-WebSocket-Version")).containsExactly("13");
        for (String name : List.of("Upgrade", "Connection", "Sec-WebSocket-Key")) {
            assertThat(request.headers().contains(name)).as(name).isFalse();
        }
    }

    @Test
    void successIsAnyStatusOf200To299AndNeedsNoProof() {
        assertThat(handshake().problemWith(HttpVersion.HTTP_2, 200, Headers.EMPTY))
                .isEmpty();
        assertThat(handshake().problemWith(HttpVersion.HTTP_3, 204, Headers.EMPTY))
                .isEmpty();
        assertThat(handshake().problemWith(HttpVersion.HTTP_2, 101, RESPONSE))
                .get()
                .asString()
                .contains("101");
        assertThat(handshake().problemWith(HttpVersion.HTTP_2, 404, Headers.EMPTY))
                .get()
                .asString()
                .contains("404");
    }

    @Test
    void whatWasNotOfferedMayNotBeChosenOverHttp2Either() {
        Headers subprotocol = Headers.of("Sec-WebSocket-Protocol", "other");
        assertThat(handshake().problemWith(HttpVersion.HTTP_2, 200, subprotocol))
                .isPresent();
        Headers extension = Headers.of("Sec-WebSocket-Extensions", "permessage-deflate");
        assertThat(handshake().problemWith(HttpVersion.HTTP_2, 200, extension)).isPresent();
    }

    // ---- the request

    @Test
    void theRequestIsTheRfcs() {
        HandshakeRequest request = handshake().request(HttpVersion.HTTP_1_1);
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.protocol()).isNull();
        assertThat(request.target()).isEqualTo("/chat?room=1");
        assertThat(request.headers())
                .isEqualTo(Headers.of(
                        "Host", "server.example.com",
                        "Upgrade", "websocket",
                        "Connection", "Upgrade",
                        "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
                        "Sec-WebSocket-Version", "13"));
    }

    @ParameterizedTest
    @CsvSource({
        "ws://h/, h",
        "ws://h:80/, h",
        "ws://h:443/, h:443",
        "wss://h:443/, h",
        "wss://h:80/, h:80",
        "ws://[::1]:9000/, [::1]:9000"
    })
    void hostHasThePortWhereItIsNotTheSchemesOwn(String address, String host) {
        assertThat(handshake(address, List.of(), Headers.EMPTY)
                        .request(HttpVersion.HTTP_1_1)
                        .headers()
                        .all("Host"))
                .containsExactly(host);
    }

    @Test
    void subprotocolsAreOfferedInTheirOrder() {
        Headers headers = handshake("ws://h", List.of("superchat", "chat"), Headers.EMPTY)
                .request(HttpVersion.HTTP_1_1)
                .headers();
        assertThat(headers.all("Sec-WebSocket-Protocol")).containsExactly("superchat, chat");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a,b", "a;b", "\"a\"", "a/b", "ä", "a\r\nX: y"})
    void aSubprotocolThatIsNotATokenIsRefused(String subprotocol) {
        assertThatThrownBy(() -> handshake("ws://h", List.of("chat", subprotocol), Headers.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSubprotocolOfferedTwiceIsRefused() {
        assertThatThrownBy(() -> handshake("ws://h", List.of("chat", "mqtt", "chat"), Headers.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void headersOfTheApplicationAreSent() {
        Headers extra = Headers.of("Origin", "https://example.com", "Cookie", "a=1", "X-Twice", "1", "X-Twice", "2");
        Headers headers = handshake("ws://h", List.of(), extra)
                .request(HttpVersion.HTTP_1_1)
                .headers();
        assertThat(headers.all("Origin")).containsExactly("https://example.com");
        assertThat(headers.all("Cookie")).containsExactly("a=1");
        assertThat(headers.all("X-Twice")).containsExactly("1", "2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "host",
                "Upgrade",
                "Connection",
                "Content-Length",
                "Transfer-Encoding",
                "Sec-WebSocket-Key",
                "sec-websocket-version",
                "Sec-WebSocket-Protocol",
                "Sec-WebSocket-Extensions",
                "SEC-WEBSOCKET-ANYTHING"
            })
    void aHeaderOfTheHandshakesOwnIsRefused(String name) {
        assertThatThrownBy(() -> handshake("ws://h", List.of(), Headers.of(name, "x")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        // user:pass, user:, and Aladdin:open sesame from RFC 7617
        "ws://user:pass@h/, Basic dXNlcjpwYXNz",
        "ws://user@h/, Basic dXNlcjo=",
        "ws://Aladdin:open%20sesame@h/, Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    })
    void userinfoBecomesBasicAuthentication(String address, String authorization) {
        assertThat(handshake(address, List.of(), Headers.EMPTY)
                        .request(HttpVersion.HTTP_1_1)
                        .headers()
                        .all("Authorization"))
                .containsExactly(authorization);
    }

    @Test
    void anAuthorizationOfTheApplicationGoesBeforeUserinfo() {
        Headers headers = handshake("ws://user:pass@h/", List.of(), Headers.of("authorization", "Bearer x"))
                .request(HttpVersion.HTTP_1_1)
                .headers();
        assertThat(headers.all("Authorization")).containsExactly("Bearer x");
    }

    @Test
    void everyNonceMakesItsOwnKey() {
        SeededRandom random = new SeededRandom(1);
        String one = handshakeWith(random.bytes(16))
                .request(HttpVersion.HTTP_1_1)
                .headers()
                .first("Sec-WebSocket-Key")
                .orElseThrow();
        String two = handshakeWith(random.bytes(16))
                .request(HttpVersion.HTTP_1_1)
                .headers()
                .first("Sec-WebSocket-Key")
                .orElseThrow();
        assertThat(one).isNotEqualTo(two);
        assertThat(SecWebSocketKey.isValid(one)).isTrue();
        assertThatThrownBy(() -> handshakeWith(new byte[15])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aServerOfOursAcceptsTheRequestAndTheClientItsAnswer() {
        ClientHandshake client = handshake("ws://user@h:81/x", List.of("b", "a"), Headers.of("Origin", "http://o"));
        HandshakeAnswer answer =
                ServerHandshake.answer(client.request(HttpVersion.HTTP_1_1), List.of("a", "b"), List.of());
        Headers headers = ((HandshakeAnswer.Accepted) answer).headers();
        assertThat(client.problemWith(HttpVersion.HTTP_1_1, 101, headers)).isEmpty();
        assertThat(client.subprotocol(headers)).contains("a");
    }

    // ---- the response

    @Test
    void theResponseOfTheRfcIsTaken() {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE)).isEmpty();
        assertThat(handshake().subprotocol(RESPONSE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 200, 204, 301, 302, 400, 401, 403, 404, 426, 500, 503})
    void anotherStatusThan101Fails(int status) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, status, RESPONSE))
                .get()
                .asString()
                .contains(Integer.toString(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WebSocket", "WEBSOCKET", " websocket "})
    void upgradeIsComparedWithoutRegardToCase(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response("Upgrade", value)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "h2c", "websockets", "websocket, h2c", "websocket websocket"})
    void anotherUpgradeFails(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response("Upgrade", value)))
                .get()
                .asString()
                .contains("Upgrade");
    }

    @ParameterizedTest
    @ValueSource(strings = {"upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,x"})
    void connectionNeedsTheTokenUpgrade(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response("Connection", value)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "keep-alive", "websocket", "Upgraded"})
    void aConnectionWithoutUpgradeFails(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response("Connection", value)))
                .get()
                .asString()
                .contains("Connection");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upgrade", "Connection", "Sec-WebSocket-Accept"})
    void aMissingHeaderFails(String name) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, without(name)))
                .get()
                .asString()
                .contains(name);
    }

    @Test
    void spaceAroundTheAcceptIsIgnored() {
        Headers headers = response("Sec-WebSocket-Accept", "  s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\t");
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, headers)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dGhlIHNhbXBsZSBub25jZQ==",
                "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
                "Oy4NRAQ13jhfONC7bP8dTKb4PTU="
            })
    void anotherAcceptFails(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response("Sec-WebSocket-Accept", value)))
                .get()
                .asString()
                .contains("Accept");
    }

    @Test
    void aSecondAcceptFails() {
        assertThat(handshake()
                        .problemWith(
                                HttpVersion.HTTP_1_1,
                                101,
                                RESPONSE.with("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"permessage-deflate", "x-foo; a=1", "foo;", "a, b"})
    void anExtensionThatWasNotOfferedFails(String value) {
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE.with("Sec-WebSocket-Extensions", value)))
                .get()
                .asString()
                .containsIgnoringCase("extension");
    }

    @Test
    void aSubprotocolThatWasOfferedIsTaken() {
        ClientHandshake handshake = handshake("ws://h", List.of("superchat", "chat"), Headers.EMPTY);
        Headers headers = RESPONSE.with("Sec-WebSocket-Protocol", "chat");
        assertThat(handshake.problemWith(HttpVersion.HTTP_1_1, 101, headers)).isEmpty();
        assertThat(handshake.subprotocol(headers)).contains("chat");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt", "CHAT", "", "chat, superchat", "chat superchat"})
    void aSubprotocolThatWasNotOfferedFails(String value) {
        ClientHandshake handshake = handshake("ws://h", List.of("superchat", "chat"), Headers.EMPTY);
        assertThat(handshake.problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE.with("Sec-WebSocket-Protocol", value)))
                .isPresent();
        assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE.with("Sec-WebSocket-Protocol", value)))
                .isPresent();
    }

    @Test
    void aSecondSubprotocolHeaderFails() {
        ClientHandshake handshake = handshake("ws://h", List.of("superchat", "chat"), Headers.EMPTY);
        Headers headers = RESPONSE.with("Sec-WebSocket-Protocol", "chat").with("Sec-WebSocket-Protocol", "chat");
        assertThat(handshake.problemWith(HttpVersion.HTTP_1_1, 101, headers)).isPresent();
    }

    @Test
    void noneOfTheOfferedSubprotocolsFailsUnlessToldOtherwise() {
        assertThat(handshake("ws://h", List.of("chat"), Headers.EMPTY).problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE))
                .isPresent();
        ClientHandshake lenient = new ClientHandshake(
                WebSocketAddress.parse("ws://h"), List.of("chat"), false, List.of(), Headers.EMPTY, NONCE);
        assertThat(lenient.problemWith(HttpVersion.HTTP_1_1, 101, RESPONSE)).isEmpty();
    }

    @Test
    void aProblemIsOneLineOfText() {
        for (String name : new String[] {"Upgrade", "Connection", "Sec-WebSocket-Accept"}) {
            assertThat(handshake().problemWith(HttpVersion.HTTP_1_1, 101, response(name, "\u00e9\t\u0080")))
                    .get()
                    .asString()
                    .matches("[\\x20-\\x7E]+");
        }
    }

    @Test
    void anAnswerToTheServersChallengeTakesThePlaceOfWhatWasSentBefore() {
        Challenge challenge =
                Challenge.parse(List.of("Digest realm=r, nonce=n, qop=auth")).get(0);
        ClientHandshake first = handshake(
                "ws://user:secret@h/chat", List.of(), Headers.of("authorization", "Bearer x", "X-Other", "y"));
        for (HttpVersion version : List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)) {
            HandshakeRequest request = first.with(Authorization.answer(challenge, "user", "secret", NONCE))
                    .request(version);
            // RFC 7616 §3.4.3: the digest is that of the request's own method and target.
            String value =
                    Authorization.answer(challenge, "user", "secret", NONCE).value(request.method(), "/chat");
            assertThat(request.headers().all("Authorization")).containsExactly(value);
            assertThat(request.headers().first("X-Other")).hasValue("y");
        }
    }

    // ----

    private static ClientHandshake handshake() {
        return handshake("ws://server.example.com/chat?room=1", List.of(), Headers.EMPTY);
    }

    private static ClientHandshake handshake(String address, List<String> subprotocols, Headers extra) {
        return new ClientHandshake(WebSocketAddress.parse(address), subprotocols, true, List.of(), extra, NONCE);
    }

    private static ClientHandshake handshakeWith(byte[] nonce) {
        return new ClientHandshake(WebSocketAddress.parse("ws://h"), List.of(), true, List.of(), Headers.EMPTY, nonce);
    }

    private static Headers without(String name) {
        Headers rest = Headers.EMPTY;
        for (Headers.Field field : RESPONSE) {
            if (!field.name().equals(name)) {
                rest = rest.with(field.name(), field.value());
            }
        }
        return rest;
    }

    private static Headers response(String name, String value) {
        return without(name).with(name, value);
    }
}
