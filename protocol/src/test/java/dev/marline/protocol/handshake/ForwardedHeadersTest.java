package dev.marline.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who a request is forwarded for: RFC 7239, and the X-Forwarded headers. Trusted here is all of 10.0.0.0/8. */
class ForwardedHeadersTest {
    private static final AddressRange PROXIES = AddressRange.parse("10.0.0.0/8");
    private static final Predicate<InetAddress> TRUSTED = PROXIES::contains;

    private static Forwarding.Known known(ForwardedHeaders kind, Headers headers) {
        Forwarding forwarding = kind.read(headers, TRUSTED);
        assertThat(forwarding).isInstanceOf(Forwarding.Known.class);
        return (Forwarding.Known) forwarding;
    }

    /** As {@code client scheme host}, with a dash for what is not known. */
    private static String read(ForwardedHeaders kind, Headers headers) {
        Forwarding.Known known = known(kind, headers);
        String client = known.client() == null
                ? "-"
                : known.client().getAddress().getHostAddress() + ":"
                        + known.client().getPort();
        return client + " " + (known.scheme() == null ? "-" : known.scheme()) + " "
                + (known.host() == null ? "-" : known.host());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                // RFC 7239 §4 and §6
                "for=192.0.2.60;proto=http;by=203.0.113.43              | 192.0.2.60:0 http -",
                "For=\"[2001:db8:cafe::17]:4711\"                       | 2001:db8:cafe:0:0:0:0:17:4711 - -",
                "for=\"192.0.2.43:47011\"                               | 192.0.2.43:47011 - -",
                "for=192.0.2.43, for=198.51.100.17                      | 198.51.100.17:0 - -",
                "for=_gazonk                                            | - - -",
                "for=\"_gazonk:_p\"                                     | - - -",
                "for=unknown;proto=https                                | - https -",
                "for=\"unknown:80\"                                     | - - -",
                "FOR=192.0.2.1;PROTO=HTTPS;HOST=\"example.com:8443\"    | 192.0.2.1:0 https example.com:8443",
                "for=192.0.2.1 ; proto=https ,for=10.0.0.1              | 192.0.2.1:0 https -",
                "for=192.0.2.1;;proto=wss;                              | 192.0.2.1:0 https -",
                ", for=192.0.2.1,,                                      | 192.0.2.1:0 - -",
                "for=\"192.0.2.\\1\"                                    | 192.0.2.1:0 - -",
                "for=\"192.0.2.1:_hidden\"                              | 192.0.2.1:0 - -",
                "for=\"[::ffff:192.0.2.1]\"                             | 192.0.2.1:0 - -",
                "proto=https;host=a                                     | - https a",
                "secret=\"a, for=192.0.2.9\";for=192.0.2.1              | 192.0.2.1:0 - -",
                "''                                                     | - - -",
            })
    void forwardedIsReadAsTheRfcWritesIt(String value, String read) {
        assertThat(read(ForwardedHeaders.FORWARDED, Headers.of("Forwarded", value)))
                .isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "for=192.0.2.1;host=a, for=10.0.0.1;host=b, for=10.0.0.2     | 192.0.2.1:0 - a",
                "for=192.0.2.9, for=192.0.2.1, for=10.0.0.1                  | 192.0.2.1:0 - -",
                "for=192.0.2.1, for=10.0.0.1;proto=https                     | 192.0.2.1:0 https -",
                "for=192.0.2.1;proto=http, for=10.0.0.1;proto=https          | 192.0.2.1:0 http -",
                "for=192.0.2.9;host=evil;proto=http, for=192.0.2.1           | 192.0.2.1:0 - -",
                "for=10.0.0.3, for=10.0.0.2                                  | 10.0.0.3:0 - -",
                "for=192.0.2.1, for=unknown, for=10.0.0.2                    | 10.0.0.2:0 - -",
                "for=192.0.2.1, proto=https, for=10.0.0.2                    | 10.0.0.2:0 https -",
                "for=not an address                                          | malformed",
                "for=\"<script>\", for=192.0.2.1                             | 192.0.2.1:0 - -",
            })
    void theFirstFromTheRightThatIsNotTrustedIsTheClient(String value, String expected) {
        Headers headers = Headers.of("Forwarded", value);
        if (expected.equals("malformed")) {
            assertThat(ForwardedHeaders.FORWARDED.read(headers, TRUSTED)).isInstanceOf(Forwarding.Malformed.class);
        } else {
            assertThat(read(ForwardedHeaders.FORWARDED, headers)).isEqualTo(expected);
        }
    }

    @Test
    void severalFieldsAreOneList() {
        assertThat(read(
                        ForwardedHeaders.FORWARDED,
                        Headers.of("Forwarded", "for=192.0.2.9", "forwarded", "for=192.0.2.1, for=10.0.0.1")))
                .isEqualTo("192.0.2.1:0 - -");
        assertThat(read(
                        ForwardedHeaders.X_FORWARDED,
                        Headers.of("X-Forwarded-For", "192.0.2.9", "x-forwarded-for", "192.0.2.1, 10.0.0.1")))
                .isEqualTo("192.0.2.1:0 - -");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "for",
                "for=",
                "for =192.0.2.1",
                "for= 192.0.2.1",
                "=192.0.2.1",
                "for=192.0.2.1 proto=http",
                "for=[::1]",
                "for=192.0.2.1:80",
                "for=192.0.2.1;for=192.0.2.2",
                "for=192.0.2.1;FOR=192.0.2.2",
                "for=\"192.0.2.1",
                "for=\"192.0.2.1\\",
                "for=\"192.0.2.1\"x",
                "for=\", for=192.0.2.1",
                "for=\"a, for=\"[2001:db8::1]\"",
            })
    void whatBreaksTheGrammarIsMalformed(String value) {
        assertThat(ForwardedHeaders.FORWARDED.read(Headers.of("Forwarded", value), TRUSTED))
                .isEqualTo(
                        new Forwarding.Malformed("the header Forwarded from a proxy breaks its grammar (RFC 7239 4)"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "for=localhost                  | the client that a proxy forwards a request for is 'localhost', expected an address",
                "for=192.0.2                    | is '192.0.2', expected an address",
                "for=192.0.2.256                | is '192.0.2.256', expected an address",
                "for=\"192.0.2.1:65536\"        | is '192.0.2.1:65536', expected an address",
                "for=\"192.0.2.1:\"             | is '192.0.2.1:', expected an address",
                "for=\"2001:db8::1\"            | is '2001:db8::1', expected an address",
                "for=\"[192.0.2.1]\"            | is '[192.0.2.1]', expected an address",
                "for=\"[fe80::1%eth0]\"         | is '[fe80::1%eth0]', expected an address",
                "for=\"[:::]\"                  | is '[:::]', expected an address",
                "for=_                          | is '_', expected an address",
                "for=\"\"                       | is '', expected an address",
                "for=192.0.2.1;proto=\"a b\"    | scheme that a proxy forwards a request for is 'a b', expected http or https",
                "for=192.0.2.1;host=\"a/b\"     | host that a proxy forwards a request for is 'a/b', expected a host",
                "for=192.0.2.1;host=\"\"        | is '', expected a host",
                "for=192.0.2.1;host=\"u@h\"     | is 'u@h', expected a host",
            })
    void whatHasAValueThatIsNoneIsMalformedAndSaysWhatItIs(String value, String why) {
        assertThat(ForwardedHeaders.FORWARDED.read(Headers.of("Forwarded", value), TRUSTED))
                .isInstanceOfSatisfying(
                        Forwarding.Malformed.class,
                        malformed -> assertThat(malformed.why()).contains(why));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "192.0.2.1                 |               |             | 192.0.2.1:0 - -",
                "192.0.2.1:4711            | https         | example.com | 192.0.2.1:4711 https example.com",
                "2001:db8::1               | wss           | a:8443      | 2001:db8:0:0:0:0:0:1:0 https a:8443",
                "[2001:db8::1]             |               |             | 2001:db8:0:0:0:0:0:1:0 - -",
                "[2001:db8::1]:80          |               |             | 2001:db8:0:0:0:0:0:1:80 - -",
                "192.0.2.9, 192.0.2.1      | https         |             | 192.0.2.1:0 https -",
                "garbage, 192.0.2.1        | https         |             | 192.0.2.1:0 https -",
                "192.0.2.1, 10.0.0.1       | https, http   | a, b        | 192.0.2.1:0 https a",
                // The outer proxy says it once and the inner one passes it on.
                "192.0.2.1, 10.0.0.1       | https         | a           | 192.0.2.1:0 https a",
                "192.0.2.9, 192.0.2.1      | http, https   | evil, a     | 192.0.2.1:0 https a",
                "unknown                   | https         |             | - https -",
                "                          | https         | a           | - https a",
                "                          | http, https   | evil, a     | - https a",
                "10.0.0.2, 10.0.0.1        |               |             | 10.0.0.2:0 - -",
            })
    void theXForwardedHeadersAreReadFromTheRightToo(String clients, String schemes, String hosts, String read) {
        Headers headers = Headers.EMPTY;
        headers = clients == null ? headers : headers.with("X-Forwarded-For", clients);
        headers = schemes == null ? headers : headers.with("X-Forwarded-Proto", schemes);
        headers = hosts == null ? headers : headers.with("X-Forwarded-Host", hosts);

        assertThat(read(ForwardedHeaders.X_FORWARDED, headers)).isEqualTo(read);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "192.0.2.1 192.0.2.2", "192.0.2.1:x", "2001:db8::1::", "for=192.0.2.1", "\u00e9"})
    void aClientThatIsNoAddressIsMalformed(String client) {
        assertThat(ForwardedHeaders.X_FORWARDED.read(Headers.of("X-Forwarded-For", client), TRUSTED))
                .isInstanceOf(Forwarding.Malformed.class);
    }

    @Test
    void eachKindIsBlindForTheOther() {
        Headers both = Headers.of("Forwarded", "for=192.0.2.1", "X-Forwarded-For", "192.0.2.2");

        assertThat(read(ForwardedHeaders.FORWARDED, both)).isEqualTo("192.0.2.1:0 - -");
        assertThat(read(ForwardedHeaders.X_FORWARDED, both)).isEqualTo("192.0.2.2:0 - -");
        assertThat(List.of(ForwardedHeaders.values()))
                .allSatisfy(kind -> assertThat(read(kind, Headers.EMPTY)).isEqualTo("- - -"));
    }
}
