package dev.marline.server;

import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.Origin;
import dev.marline.transport.caller.Caller;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may open a WebSocket here: RFC 6455 §10.2. A browser says in the {@code Origin} header where the page comes from, and
 * lets any page connect anywhere, with the user's cookies; to refuse is the server's part. Clients that are no browsers send no Origin
 * and are not concerned.
 */
final class OriginPolicy {
    /** Pages from the same host and port. */
    static final OriginPolicy SAME_ORIGIN = new OriginPolicy(Set.of(), false);

    static final OriginPolicy ANY = new OriginPolicy(Set.of(), true);

    private final Set<Origin> allowed;
    private final boolean any;

    private OriginPolicy(Set<Origin> allowed, boolean any) {
        this.allowed = allowed;
        this.any = any;
    }

    /**
     * These too.
     *
     * @throws IllegalArgumentException if one is not an origin
     */
    OriginPolicy allowing(String... origins) {
        Stream<Origin> more = Stream.of(origins)
                .map(
                        origin -> Origin.parse(origin)
                                .orElseThrow(
                                        () -> new IllegalArgumentException(
                                                "'" + origin
                                                        + "' is not an origin, expected something like https://example.com or http://localhost:8000")));
        return new OriginPolicy(Stream.concat(allowed.stream(), more).collect(Collectors.toUnmodifiableSet()), any);
    }

    /** Why a request is refused, naming the line that would allow it; nothing if it is allowed. */
    Optional<String> objection(Headers headers, Caller caller) {
        List<String> origins = headers.all("Origin");
        if (any || origins.isEmpty()) {
            return Optional.empty();
        }
        Optional<Origin> origin = origins.size() == 1 ? Origin.parse(origins.get(0)) : Optional.empty();
        if (origin.isEmpty()) {
            return Optional.of("origin " + origins
                    + " is refused: it is not one that can be allowed by name, only by .allowAnyOrigin()");
        }
        String host = caller.host(headers);
        if (isOwn(origin.get(), caller.scheme(), host) || allowed.contains(origin.get())) {
            return Optional.empty();
        }
        return Optional.of("origin " + origin.get() + " is refused, as it is not this server's own, " + host
                + "; this line allows it: .allowOrigins(\"" + origin.get() + "\")");
    }

    /** Where no proxy says by which scheme the client came, TLS may end at one: then it is the origin's. */
    private static boolean isOwn(Origin origin, @Nullable String scheme, String host) {
        return origin.isAt(host) && (scheme == null || scheme.equals(origin.scheme()));
    }
}
