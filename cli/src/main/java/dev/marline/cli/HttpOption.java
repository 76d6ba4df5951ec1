package dev.marline.cli;

import dev.marline.protocol.handshake.HttpVersion;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which versions of HTTP carry the WebSockets. */
final class HttpOption {
    @Option(
            names = "--http",
            paramLabel = "VERSIONS",
            description = "Speak these versions of HTTP: 1, 2, 3, several with commas, or all "
                    + "(default: 1, and with TLS 2, too). "
                    + "Without TLS, 2 is for those who know that it is spoken; 3 needs TLS.")
    private @Nullable String chosen;

    /**
     * The versions that were chosen; empty to leave it at the default.
     *
     * @param all those that go together here
     */
    Optional<HttpVersion[]> versions(HttpVersion... all) {
        if (chosen == null) {
            return Optional.empty();
        }
        Set<HttpVersion> versions = new LinkedHashSet<>();
        for (String word : chosen.split(",", -1)) {
            versions.addAll(word.equals("all") ? List.of(all) : List.of(named(word)));
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
