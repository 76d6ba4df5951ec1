package dev.marline.tls;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HostName;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A server's TLS: who it is, under which name, and whether clients have to say who they are. Immutable.
 *
 * <pre>{@code
 * ServerTls tls = ServerTls.of(TlsIdentity.pem(Path.of("fullchain.pem"), Path.of("privkey.pem")))
 *         .forName("*.example.org", TlsIdentity.pkcs12(Path.of("example.org.p12"), password))
 *         .watchFiles(Duration.ofMinutes(1));
 * }</pre>
 *
 * <p>TLS 1.2 and 1.3 are spoken, with cipher suites that are authenticated and keep what was said secret when the key is lost later:
 * AES-GCM and ChaCha20-Poly1305 behind ECDHE. A session may be resumed, until the certificates are read again.
 */
public final class ServerTls {
    /** Whether clients are asked for a certificate. */
    public enum ClientCertificate {
        NOT_ASKED_FOR,
        /** A client may do without; one that it shows has to be right. */
        REQUESTED,
        /** A client without a right one is refused. */
        REQUIRED
    }

    private static final String LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?";
    private static final Pattern NAME = Pattern.compile("(\\*\\.)?" + LABEL + "(\\." + LABEL + ")*");

    private final TlsIdentity identity;
    private final Map<String, TlsIdentity> named;
    private final ClientCertificate clientCertificate;
    private final @Nullable Path trustedFile;
    private final List<X509Certificate> trusted;
    private final @Nullable Duration watchInterval;
    private final TlsProvider provider;

    private ServerTls(
            TlsIdentity identity,
            Map<String, TlsIdentity> named,
            ClientCertificate clientCertificate,
            @Nullable Path trustedFile,
            List<X509Certificate> trusted,
            @Nullable Duration watchInterval,
            TlsProvider provider) {
        this.identity = identity;
        this.named = named;
        this.clientCertificate = clientCertificate;
        this.trustedFile = trustedFile;
        this.trusted = trusted;
        this.watchInterval = watchInterval;
        this.provider = provider;
    }

    /** A server that is the same under every name that no other is given for, and for clients that say none. */
    public static ServerTls of(TlsIdentity identity) {
        return new ServerTls(
                identity, Map.of(), ClientCertificate.NOT_ASKED_FOR, null, List.of(), null, TlsProvider.AUTO);
    }

    /**
     * Another identity for clients that ask for this name (SNI, RFC 6066 §3).
     *
     * @param name a host's, or with {@code *.} before it that of all hosts one label below: {@code *.example.org} is for
     *     {@code a.example.org}, and not for {@code example.org} or {@code a.b.example.org}. An exact name goes before
     * @throws IllegalArgumentException if it is no name, or has an identity already
     */
    public ServerTls forName(String name, TlsIdentity other) {
        String key = asciiOf(name);
        if (!NAME.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no host name, expected one as example.org or *.example.org");
        }
        Map<String, TlsIdentity> more = new LinkedHashMap<>(named);
        if (more.put(key, other) != null) {
            throw new IllegalArgumentException("'" + name + "' has an identity already");
        }
        return new ServerTls(identity, more, clientCertificate, trustedFile, trusted, watchInterval, provider);
    }

    private static String asciiOf(String name) {
        String prefix = name.startsWith("*.") ? "*." : "";
        try {
            return prefix + HostName.toAscii(name.substring(prefix.length())).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + name + "' is no host name: " + e.getMessage(), e);
        }
    }

    /**
     * Asks clients for a certificate, and serves those without one too: see
     * {@link dev.marline.Handshake#clientCertificates}.
     *
     * @param authorities PEM file of the certificates that vouch for clients, or are theirs
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public ServerTls requestClientCertificate(Path authorities) {
        return withClientCertificate(ClientCertificate.REQUESTED, authorities);
    }

    /**
     * Refuses clients that have no certificate.
     *
     * @param authorities PEM file of the certificates that vouch for clients, or are theirs
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public ServerTls requireClientCertificate(Path authorities) {
        return withClientCertificate(ClientCertificate.REQUIRED, authorities);
    }

    private ServerTls withClientCertificate(ClientCertificate asked, Path authorities) {
        return new ServerTls(
                identity, named, asked, authorities, PemFile.certificates(authorities), watchInterval, provider);
    }

    /**
     * Looks at all files regularly, and reads them again when their contents have changed. New connections get what is new, old ones go on
     * undisturbed. What cannot be read is logged, and the old goes on being used. Links are followed, so that files may be replaced by
     * renaming, or by pointing a link elsewhere.
     *
     * @param interval a minute, say
     * @throws IllegalArgumentException if it is not positive
     */
    public ServerTls watchFiles(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("the interval is " + interval + ", expected more than nothing");
        }
        return new ServerTls(identity, named, clientCertificate, trustedFile, trusted, interval, provider);
    }

    /** What encrypts; {@link TlsProvider#AUTO} by default. */
    public ServerTls provider(TlsProvider chosen) {
        return new ServerTls(identity, named, clientCertificate, trustedFile, trusted, watchInterval, chosen);
    }

    /**
     * The same from the same files, as they are now.
     *
     * @throws WebSocketException if one cannot be read; the message says which and why
     */
    public ServerTls readAgain() {
        Map<String, TlsIdentity> read = new LinkedHashMap<>();
        named.forEach((name, each) -> read.put(name, each.readAgain()));
        return new ServerTls(
                identity.readAgain(),
                read,
                clientCertificate,
                trustedFile,
                trustedFile == null ? trusted : PemFile.certificates(trustedFile),
                watchInterval,
                provider);
    }

    /** Who the server is for clients that ask for no name, or for one that no other identity is given for. */
    public TlsIdentity identity() {
        return identity;
    }

    /**
     * Who the server is under a name.
     *
     * @param name as a client has it in its SNI
     */
    public TlsIdentity identityFor(String name) {
        if (named.isEmpty()) {
            return identity;
        }
        String key = name.toLowerCase(Locale.ROOT);
        TlsIdentity exact = named.get(key);
        if (exact != null) {
            return exact;
        }
        int dot = key.indexOf('.');
        // RFC 6125 §6.4.3: a wildcard stands for the left-most label, and for no more.
        TlsIdentity wildcard = dot < 1 ? null : named.get("*" + key.substring(dot));
        return wildcard == null ? identity : wildcard;
    }

    /** All identities, the one for no name first. */
    public Set<TlsIdentity> identities() {
        Set<TlsIdentity> all = new LinkedHashSet<>();
        all.add(identity);
        all.addAll(named.values());
        return all;
    }

    /** All files that it was made from. */
    public Set<Path> files() {
        Set<Path> all = new LinkedHashSet<>();
        identities().forEach(each -> all.addAll(each.files()));
        if (trustedFile != null) {
            all.add(trustedFile);
        }
        return all;
    }

    public ClientCertificate clientCertificate() {
        return clientCertificate;
    }

    /** Decides which client certificates are right; there is none where they are not asked for. */
    public Optional<X509ExtendedTrustManager> trustManager() {
        if (clientCertificate == ClientCertificate.NOT_ASKED_FOR) {
            return Optional.empty();
        }
        try {
            return Optional.of(CertificateTrust.in(trusted, Set.of()));
        } catch (GeneralSecurityException e) {
            throw new WebSocketException("TLS cannot be set up from " + trustedFile + ": " + e.getMessage(), e);
        }
    }

    /** How often the files are looked at; empty for never. */
    public Optional<Duration> watchInterval() {
        return Optional.ofNullable(watchInterval);
    }

    public TlsProvider provider() {
        return provider;
    }
}
