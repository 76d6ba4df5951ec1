package dev.marline.cli;

import dev.marline.tls.ClientTls;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** TLS of commands that connect. */
final class ClientTlsOptions {
    @Option(names = "--insecure", description = "Trust any certificate, for any host.")
    private boolean insecure;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "Trust servers with a certificate that one in this PEM file vouches for, and no others.")
    private @Nullable Path trusted;

    @Option(
            names = "--pin",
            paramLabel = "sha256/BASE64",
            description =
                    "Trust only servers with this public key, of their own or of an authority; may be given more than once.")
    private List<String> pins = List.of();

    @Option(names = "--cert", paramLabel = "FILE", description = "Show servers that ask this certificate, in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "The certificate's private key in PEM.")
    private @Nullable Path key;

    @Mixin
    private final KeyPasswordOptions password = new KeyPasswordOptions();

    ClientTls tls() {
        if (insecure && trusted != null) {
            throw new IllegalArgumentException("--insecure and --trust do not go together: give one");
        }
        ClientTls tls =
                insecure ? ClientTls.insecure() : trusted == null ? ClientTls.ofJdk() : ClientTls.trusting(trusted);
        if (!pins.isEmpty()) {
            tls = tls.pin(pins.toArray(String[]::new));
        }
        String keyPassword = password.password();
        if (certificate != null && key != null) {
            return tls.identity(ServerTlsOptions.identity(certificate, key, keyPassword));
        }
        if (certificate != null || key != null || keyPassword != null) {
            throw new IllegalArgumentException("--cert and --key go together: give both");
        }
        return tls;
    }
}
