package dev.marline.tls;

import dev.marline.WebSocketException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A client's TLS: which servers it trusts, and who it is itself if it has to say. Immutable.
 *
 * <pre>{@code
 * ClientTls tls = ClientTls.trusting(Path.of("our-authority.pem"))
 *         .identity(TlsIdentity.pem(Path.of("client.pem"), Path.of("client-key.pem")));
 * }</pre>
 *
 * <p>Host names are verified, but for {@link #insecure}. TLS 1.2 and 1.3 are spoken, with the cipher suites of {@link ServerTls}.
 * Sessions are resumed.
 */
public final class ClientTls {
    /** Makes what trusts the same servers, and of these only those with a pinned key. */
    @FunctionalInterface
    private interface Trust {
        X509ExtendedTrustManager with(Set<String> pins) throws GeneralSecurityException;
    }

    private static final String PIN = "sha256/";

    /** Of SHA-256. */
    private static final int HASH_BYTES = 32;

    private final @Nullable Trust trust;
    private final @Nullable SSLContext context;
    private final boolean verifiesHostName;
    private final @Nullable TlsIdentity identity;
    private final Set<String> pins;
    private final TlsProvider provider;

    private ClientTls(
            @Nullable Trust trust,
            @Nullable SSLContext context,
            boolean verifiesHostName,
            @Nullable TlsIdentity identity,
            Set<String> pins,
            TlsProvider provider) {
        this.trust = trust;
        this.context = context;
        this.verifiesHostName = verifiesHostName;
        this.identity = identity;
        this.pins = pins;
        this.provider = provider;
    }

    private static ClientTls of(Trust trust) {
        return new ClientTls(trust, null, true, null, Set.of(), TlsProvider.AUTO);
    }

    /** Trusts those that the JDK's trust store trusts. */
    public static ClientTls ofJdk() {
        return of(pins -> CertificateTrust.in((KeyStore) null, pins));
    }

    /**
     * Trusts those whose certificate is in a PEM file, or is vouched for by one in it, and no others.
     *
     * @throws WebSocketException if it cannot be read; the message says why
     */
    public static ClientTls trusting(Path certificates) {
        List<X509Certificate> trusted = PemFile.certificates(certificates);
        return of(pins -> CertificateTrust.in(trusted, pins));
    }

    /**
     * The same with a PKCS#12 file of trusted certificates.
     *
     * @throws WebSocketException if it cannot be read, or has no trusted certificate; the message says why
     */
    public static ClientTls trusting(Path pkcs12, String password) {
        KeyStore store = TlsIdentity.readPkcs12(pkcs12, password);
        try {
            if (CertificateTrust.in(store, Set.of()).getAcceptedIssuers().length == 0) {
                throw new WebSocketException("PKCS#12 file " + pkcs12
                        + " has no trusted certificate (keytool -importcert makes one; openssl's have none)");
            }
        } catch (GeneralSecurityException e) {
            throw new WebSocketException("PKCS#12 file " + pkcs12 + " cannot be read: " + e.getMessage(), e);
        }
        return of(pins -> CertificateTrust.in(store, pins));
    }

    /**
     * All that a context of the JDK's says: trust, own certificate, versions and cipher suites. Host names are verified. It is not for
     * HTTP/3.
     */
    public static ClientTls of(SSLContext context) {
        return new ClientTls(null, context, true, null, Set.of(), TlsProvider.JDK);
    }

    /** Trusts everybody, under every name: whoever sits in between can read and change all. For tests only. */
    public static ClientTls insecure() {
        return new ClientTls(pins -> InsecureTrust.INSTANCE, null, false, null, Set.of(), TlsProvider.AUTO);
    }

    /**
     * Who the client is for servers that ask.
     *
     * @throws IllegalArgumentException if it has an {@link SSLContext}, which says that too
     */
    public ClientTls identity(TlsIdentity own) {
        requireNoContext("identity");
        return new ClientTls(trust, context, verifiesHostName, own, pins, provider);
    }

    /**
     * Trusts a server only if, beyond what else is asked of it, one of these public keys is its own, or belongs to a certificate that vouches
     * for it. More than one, so that it can change.
     *
     * @param publicKeys {@code sha256/} and the SHA-256 of a key's SubjectPublicKeyInfo in Base64 (RFC 7469 §2.4), as curl has it
     * @throws IllegalArgumentException if one is no such pin, or if it has an {@link SSLContext} or is {@link #insecure}
     */
    public ClientTls pin(String... publicKeys) {
        requireNoContext("pins");
        if (!verifiesHostName) {
            throw new IllegalArgumentException(
                    "pins narrow down whom to trust, and insecure trusts everybody: trust the server's certificate instead");
        }
        Set<String> more = new LinkedHashSet<>(pins);
        for (String pin : publicKeys) {
            more.add(checkedPin(pin));
        }
        return new ClientTls(trust, context, true, identity, more, provider);
    }

    private static String checkedPin(String pin) {
        try {
            if (pin.startsWith(PIN) && Base64.getDecoder().decode(pin.substring(PIN.length())).length == HASH_BYTES) {
                return pin;
            }
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException(noPin(pin), notBase64);
        }
        throw new IllegalArgumentException(noPin(pin));
    }

    private static String noPin(String pin) {
        return "'" + pin + "' is no pin, expected sha256/ and a SHA-256 of a public key in Base64";
    }

    private void requireNoContext(String what) {
        if (context != null) {
            throw new IllegalArgumentException(
                    "an SSLContext has its own say on " + what + ": it goes with nothing else");
        }
    }

    /**
     * What encrypts; {@link TlsProvider#AUTO} by default.
     *
     * @throws IllegalArgumentException if it has an {@link SSLContext}, which is the JDK's
     */
    public ClientTls provider(TlsProvider chosen) {
        requireNoContext("the provider");
        return new ClientTls(trust, context, verifiesHostName, identity, pins, chosen);
    }

    /**
     * Decides which servers are trusted, pins included.
     *
     * @throws IllegalStateException if it has an {@link SSLContext}, which does that
     */
    public X509ExtendedTrustManager trustManager() {
        if (trust == null) {
            throw new IllegalStateException("the SSLContext decides whom to trust");
        }
        try {
            return trust.with(pins);
        } catch (GeneralSecurityException e) {
            throw new WebSocketException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** False for {@link #insecure} alone. */
    public boolean verifiesHostName() {
        return verifiesHostName;
    }

    public Optional<TlsIdentity> identity() {
        return Optional.ofNullable(identity);
    }

    public Optional<SSLContext> sslContext() {
        return Optional.ofNullable(context);
    }

    public TlsProvider provider() {
        return provider;
    }
}
