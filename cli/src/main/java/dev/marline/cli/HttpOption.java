package dev.marline.cli;

import dev.marline.protocol.handshake.HttpVersion;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which versions of HTTP carry the WebSockets. */
final class HttpOption {
    @Option(
            names = "--http",
            paramLabel = "VERSIONS",
            description = "Speak these versions of HTTP: 1, 2, 3, several with commas, or all that go together "
                    + "(default: 1, and with TLS 2, too). "
                    + "Without TLS, 2 is for those who know that it is spoken; 3 needs TLS.")
    private @Nullable String chosen;

    /**
     * Returns the versions that were chosen; empty to leave it at the default.
     *
     * @param all the versions that go together here
     * @param http3Alone whether HTTP/3 is spoken, but by itself only
     * @throws IllegalArgumentException if others were chosen; the message says what is possible
     */
    Optional<HttpVersion[]> versions(Set<HttpVersion> all, boolean http3Alone) {
        if (chosen == null) {
            return Optional.empty();
        }
        Set<HttpVersion> versions = EnumSet.noneOf(HttpVersion.class);
        for (String word : chosen.split(",", -1)) {
            versions.addAll(word.equals("all") ? all : Set.of(named(word)));
        }
        if (versions.contains(HttpVersion.HTTP_3) && !all.contains(HttpVersion.HTTP_3)) {
            if (!http3Alone) {
                throw new IllegalArgumentException("--http " + chosen
                        + ": HTTP/3 needs TLS, give --tls-cert and --tls-key; without TLS 1, 2 or 1,2");
            }
            if (versions.size() > 1) {
                throw new IllegalArgumentException("--http " + chosen
                        + ": a client speaks HTTP/3 alone, expected 1, 2, 1,2, 3 or all, which is 1,2");
            }
        }
        return Optional.of(versions.toArray(HttpVersion[]::new));
    }

    private static HttpVersion named(String word) {
        return switch (word) {
            case "1" -> HttpVersion.HTTP_1_1;
            case "2" -> HttpVersion.HTTP_2;
            case "3" -> HttpVersion.HTTP_3;
            default ->
                throw new IllegalArgumentException(
                        "--http '" + word + "' is no version, expected 1, 2, 3, several with commas, or all");
        };
    }
}
