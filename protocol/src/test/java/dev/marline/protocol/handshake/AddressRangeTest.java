package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges of addresses in CIDR notation. */
class AddressRangeTest {
    private static InetAddress address(String literal) {
        return IpAddress.parse(literal).orElseThrow();
    }

    @ParameterizedTest(name = "{1} is in {0}")
    @CsvSource({
        "192.0.2.7, 192.0.2.7",
        "192.0.2.7/32, 192.0.2.7",
        "10.0.0.0/8, 10.0.0.0",
        "10.0.0.0/8, 10.255.255.255",
        "172.16.0.0/12, 172.31.255.255",
        "0.0.0.0/0, 203.0.113.9",
        "::1, 0:0:0:0:0:0:0:1",
        "2001:db8::/32, 2001:db8:ffff::1",
        "2001:db8::/33, 2001:db8:7fff::1",
        "::/0, fe80::1",
        "10.0.0.0/8, ::ffff:10.1.2.3",
        "::ffff:192.0.2.7, 192.0.2.7",
    })
    void whatBeginsWithTheSameBitsIsIn(String range, String address) {
        assertThat(AddressRange.parse(range).contains(address(address))).isTrue();
    }

    @ParameterizedTest(name = "{1} is not in {0}")
    @CsvSource({
        "192.0.2.7, 192.0.2.8",
        "10.0.0.0/8, 11.0.0.0",
        "172.16.0.0/12, 172.32.0.0",
        "172.16.0.0/12, 172.15.255.255",
        "2001:db8::/33, 2001:db8:8000::",
        "0.0.0.0/0, ::1",
        "::/0, 192.0.2.7",
    })
    void whatDoesNotIsNot(String range, String address) {
        assertThat(AddressRange.parse(range).contains(address(address))).isFalse();
    }

    @Test
    void anIpv4AddressInSixteenBytesIsTheSame() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xFF;
        mapped[12] = 10;
        InetAddress inSixteenBytes = java.net.Inet6Address.getByAddress(null, mapped, -1);

        assertThat(AddressRange.parse("10.0.0.0/8").contains(inSixteenBytes)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''             | expected something like 192.0.2.7",
                "localhost      | expected something like 192.0.2.7",
                "example.com/8  | expected something like 192.0.2.7",
                "10.0.0         | expected something like 192.0.2.7",
                "10.0.0.256     | expected something like 192.0.2.7",
                "10.0.0.01      | expected something like 192.0.2.7",
                "[::1]          | expected something like 192.0.2.7",
                "fe80::1%eth0   | expected something like 192.0.2.7",
                "1:2:3          | expected something like 192.0.2.7",
                "::g            | expected something like 192.0.2.7",
                "10.0.0.0/33    | expected a number from 0 to 32",
                "10.0.0.0/      | expected a number from 0 to 32",
                "10.0.0.0/-1    | expected a number from 0 to 32",
                "10.0.0.0/8/8   | expected a number from 0 to 32",
                "::/129         | expected a number from 0 to 128",
                "10.0.0.1/8     | begins at 10.0.0.0/8",
                "2001:db8::1/64 | begins at 2001:db8:0:0:0:0:0:0/64",
            })
    void whatIsNoRangeIsRefusedWithWhatWouldBeOne(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddressRange.parse(text))
                .withMessageContaining("'" + text + "' is not a range of addresses")
                .withMessageContaining(why);
    }
}
