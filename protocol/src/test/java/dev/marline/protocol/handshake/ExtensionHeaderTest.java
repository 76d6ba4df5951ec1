package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.ExtensionOffer.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar of Sec-WebSocket-Extensions, RFC 6455 §9.1. */
class ExtensionHeaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "permessage-deflate | permessage-deflate",
                "a, b | a/b",
                "foo, bar; baz=2 | foo/bar; baz=2",
                "foo; a; b=1; a | foo; a; b=1; a",
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate"
                        + " | permessage-deflate; client_max_window_bits; server_max_window_bits=10/permessage-deflate",
                "foo;a=\"1\" | foo; a=1",
                "foo;a=\"b\\c\" | foo; a=bc",
                "foo;a=\"\\b\\\\\" |",
                "foo ; a = 1 , bar | foo; a=1/bar",
                ",, foo ,, | foo",
                "'' | ''",
                "' ' | ''",
                ", | ''",
                "' ,\t, ' | ''"
            })
    void offersAreReadInOrder(String header, String offers) {
        String read = ExtensionHeader.parse(List.of(header))
                .map(list -> String.join(
                        "/", list.stream().map(ExtensionOffer::toString).toList()))
                .orElse(null);
        assertThat(read).isEqualTo(offers);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";",
                "=",
                "foo;",
                "foo; ;a",
                "foo;=1",
                "foo;a=",
                "foo;a=;b",
                "foo bar",
                "foo;a b",
                "foo;a=1 2",
                "\"foo\"",
                "foo;\"a\"",
                "foo;a=\"",
                "foo;a=\"b",
                "foo;a=\"b\\",
                "foo;a=\"b\"c",
                "foo;a=\"\"",
                "foo;a=\"b c\"",
                "foo;a=\"b,c\"",
                "foo;a=\"b;c\"",
                "foo;a=\"\u00e9\"",
                "foo/bar",
                "foo;a=b=c",
                "foo,bar baz",
                "f\u00f6\u00f6",
                "foo\u0000"
            })
    void whatBreaksTheGrammarIsNoOffer(String header) {
        assertThat(ExtensionHeader.parse(List.of(header))).isEmpty();
        assertThat(ExtensionHeader.parse(List.of("fine; x=1", header))).isEmpty();
    }

    @Test
    void severalHeadersMeanTheSameAsOne() {
        assertThat(ExtensionHeader.parse(List.of("a; x=1", "b", "c, d")))
                .isEqualTo(ExtensionHeader.parse(List.of("a; x=1, b, c, d")));
    }

    @Test
    void anEmptyHeaderAddsNoOffer() {
        for (String empty : List.of("", " ", ",", " , ,")) {
            assertThat(ExtensionHeader.parse(List.of(empty))).contains(List.of());
            assertThat(ExtensionHeader.parse(List.of(empty, "a", empty)))
                    .isEqualTo(ExtensionHeader.parse(List.of("a")));
        }
    }

    @Test
    void noHeaderIsNoOffer() {
        assertThat(ExtensionHeader.parse(List.of())).contains(List.of());
    }

    @Test
    void aParameterHasAValueOrNone() {
        assertThat(ExtensionHeader.parse(List.of("e; a; b=c")).orElseThrow())
                .containsExactly(new ExtensionOffer("e", List.of(new Parameter("a", null), new Parameter("b", "c"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a,b", "a;b", "a\r\nX: y", "a\u0000", "\u00e9"})
    void whatIsNoTokenCannotBeOffered(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ExtensionOffer(text))
                .withMessageContaining("expected a token");
        assertThatIllegalArgumentException().isThrownBy(() -> new Parameter(text, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new Parameter("a", text));
    }
}
