package dev.marline.protocol.handshake;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The headers in which a reverse proxy says for whom it forwards a request. Each proxy on the way adds to the right of what it has
 * received, so that the right end is by the proxy that has connected here, and the left end by anybody at all.
 */
public enum ForwardedHeaders {
    /** {@code Forwarded}: RFC 7239. */
    FORWARDED {
        @Override
        @Nullable
        List<ForwardedHop> hops(Headers headers) {
            return ForwardedHop.readForwarded(headers.all("Forwarded")).orElse(null);
        }
    },

    /**
     * {@code X-Forwarded-For}, {@code X-Forwarded-Proto} and {@code X-Forwarded-Host}: older than the RFC, and known by more proxies. Of
     * the latter two there may be fewer elements than of the first: then the last ones belong together.
     */
    X_FORWARDED {
        @Override
        List<ForwardedHop> hops(Headers headers) {
            List<String> clients = headers.list("X-Forwarded-For");
            List<String> schemes = headers.list("X-Forwarded-Proto");
            List<String> hosts = headers.list("X-Forwarded-Host");
            List<ForwardedHop> hops = new ArrayList<>();
            int count = Math.max(clients.size(), schemes.isEmpty() && hosts.isEmpty() ? 0 : 1);
            for (int fromRight = count; fromRight > 0; fromRight--) {
                hops.add(new ForwardedHop(
                        fromRight(clients, fromRight), fromRight(schemes, fromRight), fromRight(hosts, fromRight)));
            }
            return hops;
        }

        private @Nullable String fromRight(List<String> elements, int number) {
            return number > elements.size() ? null : elements.get(elements.size() - number);
        }
    };

    /** What each proxy has added, from the left to the right; null if the grammar is broken. */
    abstract @Nullable List<ForwardedHop> hops(Headers headers);

    /**
     * Reads what the proxy that has connected says, and what those say that it is trusted to forward for: from the right, skipping
     * trusted addresses, up to the first that is not trusted, or not known. That is the client, and scheme and host are what its proxy
     * says, or else one nearer to the right. What stands further left is the client's own, and not looked at.
     *
     * @param trusted whether an address is a proxy's that does not lie
     * @return what is known, which may be nothing; whatever the headers have in them, nothing is thrown
     */
    public Forwarding read(Headers headers, Predicate<InetAddress> trusted) {
        List<ForwardedHop> hops = hops(headers);
        if (hops == null) {
            return new Forwarding.Malformed("the header Forwarded from a proxy breaks its grammar (RFC 7239 4)");
        }
        InetSocketAddress client = null;
        String scheme = null;
        String host = null;
        boolean goOn = true;
        for (int i = hops.size() - 1; i >= 0 && goOn; i--) {
            ForwardedHop hop = hops.get(i);
            scheme = hop.scheme() == null ? scheme : hop.scheme();
            host = hop.host() == null ? host : hop.host();
            String node = hop.client();
            if (node == null || ForwardedHop.isHidden(node)) {
                break;
            }
            Optional<InetSocketAddress> address = ForwardedHop.address(node, this == X_FORWARDED);
            if (address.isEmpty()) {
                return malformed("client", node, "an address, 'unknown' or a name that begins with '_' (RFC 7239 6)");
            }
            client = address.get();
            goOn = trusted.test(client.getAddress());
        }
        String httpScheme = scheme == null
                ? null
                : Origin.parse(scheme + "://host").map(Origin::scheme).orElse(null);
        if (scheme != null && httpScheme == null) {
            return malformed("scheme", scheme, "http or https");
        }
        if (host != null && Authority.parse(host).isEmpty()) {
            return malformed("host", host, "a host and perhaps a port");
        }
        return new Forwarding.Known(client, httpScheme, host);
    }

    private static Forwarding malformed(String what, String found, String expected) {
        return new Forwarding.Malformed("the " + what + " that a proxy forwards a request for is '"
                + HeaderSyntax.printable(found) + "', expected " + expected);
    }
}
