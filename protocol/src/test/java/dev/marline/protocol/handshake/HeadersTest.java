package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Header fields: found by name without regard to case, kept in order, and never with a line break in them. */
class HeadersTest {
    @Test
    void aFieldIsFoundWithoutRegardToCase() {
        Headers headers = Headers.of("Cookie", "a=1", "X-Trace", "on", "cookie", "b=2");
        assertThat(headers.first("COOKIE")).contains("a=1");
        assertThat(headers.all("Cookie")).containsExactly("a=1", "b=2");
        assertThat(headers.contains("x-trace")).isTrue();
        assertThat(headers.first("Host")).isEmpty();
        assertThat(headers.all("Host")).isEmpty();
        assertThat(headers.size()).isEqualTo(3);
    }

    @Test
    void aListMayBeSpreadOverSeveralFields() {
        Headers headers = Headers.of("Connection", "keep-alive, Upgrade", "connection", "x,,\t y ,", "Connection", "");
        assertThat(headers.list("Connection")).containsExactly("keep-alive", "Upgrade", "x", "y");
        assertThat(headers.listContains("CONNECTION", "upgrade")).isTrue();
        assertThat(headers.listContains("Connection", "up")).isFalse();
        assertThat(headers.listContains("Upgrade", "websocket")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: 1", "a\nb", "a\rb", "a\u0000b", "a\u007fb", "a\u001bb", "€"})
    void aValueWithAControlCharacterIsRefused(String value) {
        assertThatThrownBy(() -> Headers.of("X", value)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Headers.EMPTY.with("X", value)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a:", "a\r\n", "é", "a\u0000", "(a)", "a/b"})
    void aNameThatIsNotATokenIsRefused(String name) {
        assertThatThrownBy(() -> Headers.of(name, "v")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tabsAndLatin1MayBeInAValue() {
        assertThat(Headers.of("X", "a\tb é").first("x")).contains("a\tb é");
    }

    @Test
    void aNameWithoutItsValueIsRefused() {
        assertThatThrownBy(() -> Headers.of("a", "1", "b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void addingLeavesTheOriginalAsItWas() {
        Headers one = Headers.of("a", "1");
        Headers two = one.with("b", "2").with(Headers.of("c", "3", "a", "4"));
        assertThat(one).isEqualTo(Headers.of("a", "1"));
        assertThat(two)
                .isEqualTo(Headers.of("a", "1", "b", "2", "c", "3", "a", "4"))
                .hasSameHashCodeAs(Headers.of("a", "1", "b", "2", "c", "3", "a", "4"));
        assertThat(two).hasToString("[a: 1, b: 2, c: 3, a: 4]");
        List<String> names = new ArrayList<>();
        two.forEach(field -> names.add(field.name()));
        assertThat(names).containsExactly("a", "b", "c", "a");
    }
}
