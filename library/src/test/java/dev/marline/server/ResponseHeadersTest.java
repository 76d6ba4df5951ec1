package dev.marline.server;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.testing.Recorder;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application puts into a response cannot end its line and begin another: it is refused before anything is sent. */
class ResponseHeadersTest {
    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: evil=1", "a\nb", "a\rb", "a\0b", "\u0001", "a\u007f", "\u010d\u010a"})
    void aValueCannotBringAnotherHeader(String value) {
        HttpResponse response = HttpResponse.text("");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> response.header("X", value))
                .withMessageContaining("control character");
        assertThatIllegalArgumentException().isThrownBy(() -> HttpResponse.of(200, value, new byte[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StaticFiles.in(Path.of(".")).header("X", value));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        HandshakeCheck.refuse(HttpResponse.error(401, value).header("WWW-Authenticate", value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:b", "a\r\nX", "a\0", "\u00e9"})
    void aNameIsAToken(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpResponse.text("").header(name, "x"))
                .withMessageContaining("is not a header name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "", "a,b", "a\r\nX: y", "a\0", "\u00e9"})
    void aSubprotocolIsAToken(String subprotocol) {
        WebSocketRoute route = WebSocketRoute.listener(new Recorder());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.subprotocols("chat", subprotocol))
                .withMessageContaining("is not a token");
    }
}
