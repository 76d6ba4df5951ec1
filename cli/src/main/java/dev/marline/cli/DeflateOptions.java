package dev.marline.cli;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and how messages are compressed. */
final class DeflateOptions {
    @Option(
            names = "--deflate",
            description = "Compress messages where the other side can: permessage-deflate (RFC 7692).")
    private boolean deflate;

    @Option(
            names = "--deflate-level",
            paramLabel = "1..9",
            description = "How hard to try: 1 is the fastest, 9 gives the smallest messages (default: 5).")
    private @Nullable Integer level;

    @Option(
            names = "--deflate-threshold",
            paramLabel = "BYTES",
            converter = ByteCount.class,
            description = "Send smaller messages as they are (default: 0).")
    private @Nullable Integer threshold;

    @Option(
            names = "--deflate-shared",
            description = "Share one compressor between all connections of an event loop, without context takeover.")
    private boolean shared;

    @Option(names = "--server-no-context-takeover", description = "Have each message of the server stand for itself.")
    private boolean serverNoContextTakeover;

    @Option(names = "--client-no-context-takeover", description = "Have each message of the client stand for itself.")
    private boolean clientNoContextTakeover;

    @Option(
            names = "--server-max-window-bits",
            paramLabel = "8..15",
            description = "How far back the server's messages may refer, as a power of two (default: 15).")
    private @Nullable Integer serverMaxWindowBits;

    @Option(
            names = "--client-max-window-bits",
            paramLabel = "8..15",
            description = "How far back the client's messages may refer, as a power of two (default: 15).")
    private @Nullable Integer clientMaxWindowBits;

    /** The extensions to use: permessage-deflate or none. */
    Extension[] extensions() {
        if (!deflate) {
            if (hasParameters()) {
                throw new IllegalArgumentException("parameters of compression go with --deflate: give that too");
            }
            return new Extension[0];
        }
        PerMessageDeflate.Builder builder = shared ? PerMessageDeflate.shared() : PerMessageDeflate.dedicated();
        if (level != null) {
            builder.level(level);
        }
        if (threshold != null) {
            builder.threshold(threshold);
        }
        if (serverNoContextTakeover) {
            builder.serverNoContextTakeover(true);
        }
        if (clientNoContextTakeover) {
            builder.clientNoContextTakeover(true);
        }
        if (serverMaxWindowBits != null) {
            builder.serverMaxWindowBits(serverMaxWindowBits);
        }
        if (clientMaxWindowBits != null) {
            builder.clientMaxWindowBits(clientMaxWindowBits);
        }
        return new Extension[] {builder.build()};
    }

    private boolean hasParameters() {
        return level != null
                || threshold != null
                || shared
                || serverNoContextTakeover
                || clientNoContextTakeover
                || serverMaxWindowBits != null
                || clientMaxWindowBits != null;
    }
}
