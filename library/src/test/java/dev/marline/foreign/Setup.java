package dev.marline.foreign;

import dev.marline.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the two ends of a WebSocket are set up.
 *
 * @param offered the subprotocols that the client offers
 * @param spoken those that the server speaks
 * @param headers what the client adds to its request
 * @param tls the server's certificate, which the client trusts; null to go without TLS
 */
record Setup(
        List<String> offered,
        List<String> spoken,
        Map<String, String> headers,
        @Nullable Certificate tls) {
    /** The limits of Marline's end: no Pings but those that a test wants, and no long wait for proxies that do not end a stream. */
    static final Limits LIMITS =
            Limits.DEFAULT.withPingInterval(Duration.ZERO).withClosingTimeout(Duration.ofSeconds(1));

    /** The one foreign origin that a Marline server allows. */
    static final String ORIGIN = "http://pages.example:8000";

    static final Setup PLAIN = new Setup(List.of(), List.of(), Map.of(), null);

    Setup withSubprotocols(List<String> clientOffers, List<String> serverSpeaks) {
        return new Setup(clientOffers, serverSpeaks, headers, tls);
    }

    Setup withHeaders(Map<String, String> all) {
        return new Setup(offered, spoken, all, tls);
    }

    Setup withTls(Certificate certificate) {
        return new Setup(offered, spoken, headers, certificate);
    }

    /** The address of a server that listens on a port. */
    String address(int port) {
        return (tls == null ? "ws" : "wss") + "://localhost:" + port + "/talk";
    }
}
