package dev.marline.cli;

import dev.marline.protocol.handshake.ForwardedHeaders;
import dev.marline.server.WebSocketServer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which proxies are believed when they say who is calling. */
final class ProxyOptions {
    private static final Map<String, ForwardedHeaders> KINDS =
            Map.of("forwarded", ForwardedHeaders.FORWARDED, "x-forwarded", ForwardedHeaders.X_FORWARDED);

    @Option(
            names = "--proxy-protocol",
            paramLabel = "ADDRESSES",
            description =
                    "Have connections from these addresses or ranges, several with commas, begin with a header of the "
                            + "PROXY protocol (1 or 2), and believe it: 127.0.0.1,10.0.0.0/8, or unix.")
    private @Nullable String proxyProtocol;

    @Option(
            names = "--forwarded",
            paramLabel = "KIND=ADDRESSES",
            description = "Believe these addresses or ranges when they say in headers for whom they forward a request: "
                    + "forwarded=127.0.0.1 (RFC 7239) or x-forwarded=127.0.0.1,10.0.0.0/8.")
    private @Nullable String forwarded;

    void applyTo(WebSocketServer.Builder builder) {
        if (proxyProtocol != null) {
            builder.proxyProtocol(proxyProtocol.split(",", -1));
        }
        if (forwarded != null) {
            String[] parts = forwarded.split("=", 2);
            ForwardedHeaders kind = KINDS.get(parts[0]);
            if (kind == null || parts.length < 2) {
                throw new IllegalArgumentException("--forwarded '" + forwarded
                        + "' is not KIND=ADDRESSES, expected forwarded=... or x-forwarded=...");
            }
            builder.forwarded(kind, parts[1].split(",", -1));
        }
    }
}
