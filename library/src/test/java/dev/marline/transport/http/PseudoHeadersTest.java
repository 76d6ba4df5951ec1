package dev.marline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PseudoHeadersTest {
    private static final String GET = ":method=GET :scheme=https :authority=localhost :path=/";
    private static final String CONNECT =
            ":method=CONNECT :protocol=websocket :scheme=https :authority=localhost :path=/chat?a=b";

    /** Reads fields that are written so: {@code name=value}, with a space between them. */
    private static StreamHead read(String fields) {
        List<Map.Entry<String, String>> section = new ArrayList<>();
        for (String field : fields.split(" ", -1)) {
            String[] parts = field.split("=", 2);
            section.add(Map.entry(parts[0], parts[1]));
        }
        return PseudoHeaders.read(HttpVersion.HTTP_2, section);
    }

    private static HandshakeRequest readRequest(String fields) {
        return ((StreamHead.Request) read(fields)).request();
    }

    private static List<String> written(StreamHead head) {
        List<String> fields = new ArrayList<>();
        PseudoHeaders.write(head, (name, value) -> fields.add(name + "=" + value));
        return fields;
    }

    // ---- what arrives

    @Test
    void aRequestIsTakenApart() {
        StreamHead.Request head = (StreamHead.Request) read(GET + " accept=text/html x=");

        assertThat(head.scheme()).isEqualTo("https");
        assertThat(head.request())
                .isEqualTo(new HandshakeRequest(
                        "GET",
                        "/",
                        HttpVersion.HTTP_2,
                        Headers.of("Host", "localhost", "accept", "text/html", "x", "")));
    }

    @Test
    void anExtendedConnectHasAProtocolAndAPath() {
        HandshakeRequest request = readRequest(CONNECT);

        assertThat(request.method()).isEqualTo("CONNECT");
        assertThat(request.protocol()).isEqualTo("websocket");
        assertThat(request.target()).isEqualTo("/chat?a=b");
        assertThat(request.headers().all("Host")).containsExactly("localhost");
    }

    @Test
    void aPlainConnectHasAnAuthorityAlone() {
        HandshakeRequest request = readRequest(":method=CONNECT :authority=example.com:443");

        assertThat(request.target()).isEmpty();
        assertThat(request.protocol()).isNull();
        assertThat(request.headers().all("Host")).containsExactly("example.com:443");
    }

    @Test
    void aResponseIsTakenApart() {
        assertThat(read(":status=200 server=x")).isEqualTo(new StreamHead.Response(200, Headers.of("server", "x")));
    }

    @Test
    void cookiesAreJoined() {
        assertThat(readRequest(GET + " cookie=a=1 x=y cookie=b=2;c=3 cookie=d=4")
                        .headers()
                        .all("Cookie"))
                .containsExactly("a=1; b=2;c=3; d=4");
    }

    @Test
    void aHostThatSaysTheSameAsTheAuthorityIsOneAndTheSame() {
        assertThat(readRequest(GET + " host=localhost").headers().all("Host")).containsExactly("localhost");
        assertThat(readRequest(":method=GET :scheme=https :path=/ host=other")
                        .headers()
                        .all("Host"))
                .containsExactly("other");
    }

    @Test
    void aHostThatSaysOtherwiseIsLeftToBeRefused() {
        assertThat(readRequest(GET + " host=other").headers().all("Host")).containsExactly("localhost", "other");
    }

    @Test
    void teMayBeTrailers() {
        assertThat(readRequest(GET + " te=trailers").headers().first("te")).hasValue("trailers");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                GET + " connection=upgrade",
                GET + " connection=",
                GET + " upgrade=websocket",
                GET + " keep-alive=timeout",
                GET + " proxy-connection=close",
                GET + " transfer-encoding=chunked",
                GET + " te=gzip",
                GET + " te=trailers,gzip",
                GET + " X=y",
                GET + " Connection=upgrade",
                GET + " Cookie=a",
                GET + " \u00dc=y",
                GET + " =y",
                GET + " x\r\ny=z",
                GET + " x=y\r\nz",
                GET + " x=y\nz",
                GET + " x=y\0",
                GET + " cookie=a\r\nb",
                GET + " :unknown=x",
                GET + " :=x",
                GET + " :path=/other",
                GET + " :status=200",
                GET + " :protocol=websocket",
                GET + " :Method=GET",
                ":method=GET :scheme=https :authority=localhost x=y :path=/",
                ":method=GET :scheme=https :authority=localhost cookie=a=1 :path=/",
                ":method=GET :scheme=https :authority=localhost cookie= :path=/",
                ":method=GET :scheme=https :authority=localhost :path=",
                ":method=GET :scheme=https :authority=localhost",
                ":method=GET :authority=localhost :path=/",
                ":method=GET :scheme=https :authority=local\r\nhost :path=/",
                ":method=GET :scheme=https :authority=localhost :path=/\r\nx",
                ":method=GET :scheme=https :authority=localhost :path=/\0",
                ":method=GET :scheme=https :authority=localhost :path=/a\u007f",
                ":method=G\r\nET :scheme=https :authority=localhost :path=/",
                ":method= :scheme=https :authority=localhost :path=/",
                ":scheme=https :authority=localhost :path=/",
                "x=y",
                ":method=CONNECT",
                ":method=CONNECT :authority=localhost :path=/",
                ":method=CONNECT :authority=localhost :scheme=https",
                ":method=CONNECT :protocol=websocket :authority=localhost",
                ":method=CONNECT :protocol=websocket :scheme=https :authority=localhost",
                ":method=CONNECT :protocol=websocket :authority=localhost :path=/",
                ":method=CONNECT :protocol=websocket :scheme=https :path=/",
                ":status=200 :status=200",
                ":status=200 :path=/",
                ":status=20",
                ":status=2000",
                ":status=099",
                ":status=+20",
                ":status=",
                ":status=\u0662\u0660\u0660",
                ":status=200 connection=close",
                ":status=200 X=y",
            })
    void whatIsMalformedIsRefused(String fields) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(fields));
    }

    // ---- what is sent

    @Test
    void aRequestIsWrittenPseudoHeadersFirst() {
        HandshakeRequest request = new HandshakeRequest(
                "CONNECT",
                "/chat",
                HttpVersion.HTTP_2,
                Headers.of("X-Trace", "On", "Host", "localhost:8443", "Sec-WebSocket-Version", "13"),
                "websocket");

        assertThat(written(new StreamHead.Request(request, "https")))
                .containsExactly(
                        ":method=CONNECT",
                        ":protocol=websocket",
                        ":scheme=https",
                        ":authority=localhost:8443",
                        ":path=/chat",
                        "x-trace=On",
                        "sec-websocket-version=13");
    }

    @Test
    void whatConcernsTheConnectionIsNotWritten() {
        Headers headers = Headers.of(
                "Connection",
                "close",
                "Upgrade",
                "websocket",
                "Keep-Alive",
                "x",
                "Transfer-Encoding",
                "chunked",
                "A",
                "b");

        assertThat(written(new StreamHead.Response(200, headers))).containsExactly(":status=200", "a=b");
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() {
        assertThat(String.join(" ", written(read(CONNECT + " x=y")))).isEqualTo(CONNECT + " x=y");
    }
}
