package dev.marline.cli;

import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** TLS of commands that listen. */
final class ServerTlsOptions {
    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Speak TLS, with this certificate chain in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key in PEM.")
    private @Nullable Path key;

    @Mixin
    private final KeyPasswordOptions password = new KeyPasswordOptions();

    @Option(
            names = "--tls-client-ca",
            paramLabel = "FILE",
            description = "Refuse clients without a certificate that one in this PEM file vouches for.")
    private @Nullable Path clientAuthorities;

    @Option(
            names = "--tls-client-optional",
            description = "Serve clients without a certificate, too; one that is shown has to be right.")
    private boolean clientOptional;

    @Option(
            names = "--tls-watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "60",
            description = "Look at the files this often (default: ${FALLBACK-VALUE}), and use what is new in them "
                    + "for new connections.")
    private @Nullable Integer watchSeconds;

    /** What was chosen; empty for clear text. */
    Optional<ServerTls> tls() {
        if (certificate == null && key == null) {
            if (clientAuthorities != null || clientOptional || watchSeconds != null || password.password() != null) {
                throw new IllegalArgumentException("options of TLS go with --tls-cert and --tls-key: give both");
            }
            return Optional.empty();
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException("--tls-cert and --tls-key go together: give both");
        }
        ServerTls tls = ServerTls.of(identity(certificate, key, password.password()));
        if (clientAuthorities != null) {
            tls = clientOptional
                    ? tls.requestClientCertificate(clientAuthorities)
                    : tls.requireClientCertificate(clientAuthorities);
        } else if (clientOptional) {
            throw new IllegalArgumentException("--tls-client-optional goes with --tls-client-ca: give that too");
        }
        return Optional.of(watchSeconds == null ? tls : tls.watchFiles(Duration.ofSeconds(watchSeconds)));
    }

    static TlsIdentity identity(Path certificate, Path key, @Nullable String password) {
        return password == null ? TlsIdentity.pem(certificate, key) : TlsIdentity.pem(certificate, key, password);
    }
}
