package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Whatever is given as an address or an origin, it is taken apart into harmless parts or refused with the documented exception. */
class AddressFuzzTest {
    @FuzzTest
    void anyAddressIsReadOrRefused(byte[] input) {
        WebSocketAddress address;
        try {
            address = WebSocketAddress.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageMatching("[\\x20-\\x7E]+");
            return;
        }
        assertThat(address.port()).isBetween(1, 65535);
        assertThat(address.target()).matches("/[\\x21-\\x7E]*").doesNotContain("#");
        assertThat(address.host()).matches("[0-9A-Za-z._-]+|[0-9A-Fa-f:.]+(%[\\x21-\\x7E]+)?");
        if (address.socketPath() != null) {
            assertThat(address.socketPath()).matches("(?s)/.*[^/]").doesNotContainPattern("[\\x00-\\x1F\\x7F]");
            assertThat(address.socketPath().getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThanOrEqualTo(WebSocketAddress.MAX_SOCKET_PATH_BYTES);
        }
        // What goes into the request is a header, and the address without its user is the same address.
        assertThat(Headers.of("Host", address.hostHeader()).size()).isEqualTo(1);
        WebSocketAddress again = WebSocketAddress.parse(address.toString());
        assertThat(again)
                .isEqualTo(new WebSocketAddress(
                        address.secure(),
                        address.host(),
                        address.port(),
                        address.target(),
                        null,
                        address.socketPath()));
    }

    @FuzzTest
    void anyOriginIsReadOrRefused(byte[] input) {
        String[] lines = new String(input, StandardCharsets.ISO_8859_1).split("\n", 2);
        Origin.parse(lines[0]).ifPresent(origin -> {
            assertThat(Origin.parse(origin.toString())).contains(origin);
            String itself = origin.toString().substring(origin.scheme().length() + 3);
            assertThat(origin.isAt(itself)).isTrue();
            if (lines.length > 1 && origin.isAt(lines[1])) {
                assertThat(lines[1].strip().toLowerCase(Locale.ROOT)).startsWith(origin.host());
            }
        });
    }
}
