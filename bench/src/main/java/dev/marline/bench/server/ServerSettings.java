package dev.marline.bench.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an echo server is told, on its command line.
 *
 * @param maxMessageBytes the largest message that it is to take; some servers allocate as much for each connection
 * @param keyStore a PKCS#12 file with the certificate and key to speak TLS with; null for clear text
 */
public record ServerSettings(
        int port,
        Compression compression,
        int maxMessageBytes,
        @Nullable Path keyStore) {
    /** Opens the key store. What it protects is made for one run, and nobody trusts it. */
    public static final String KEY_STORE_PASSWORD = "benchmark";

    /** The inverse of {@link #arguments}. */
    static ServerSettings parse(List<String> arguments) {
        return new ServerSettings(
                Integer.parseInt(arguments.get(0)),
                Compression.valueOf(arguments.get(1).toUpperCase(Locale.ROOT)),
                Integer.parseInt(arguments.get(2)),
                arguments.size() > 3 ? Path.of(arguments.get(3)) : null);
    }

    /** As they stand on the command line; the password is there for servers that cannot know it. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        arguments.add(Integer.toString(port));
        arguments.add(compression.name().toLowerCase(Locale.ROOT));
        arguments.add(Integer.toString(maxMessageBytes));
        if (keyStore != null) {
            arguments.add(keyStore.toString());
            arguments.add(KEY_STORE_PASSWORD);
        }
        return arguments;
    }

    /** Clear text. */
    public static ServerSettings clearText(int port, Compression compression, int maxMessageBytes) {
        return new ServerSettings(port, compression, maxMessageBytes, null);
    }
}
