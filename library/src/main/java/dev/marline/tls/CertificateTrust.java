package dev.marline.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Trust as the JDK has it, and beyond that: a peer's certificate is valid today whoever trusts it, and a pinned key is in its chain. */
final class CertificateTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager jdk;
    private final Set<String> pins;

    private CertificateTrust(X509ExtendedTrustManager jdk, Set<String> pins) {
        this.jdk = jdk;
        this.pins = pins;
    }

    /**
     * Trust in what a store's certificates have signed, or are.
     *
     * @param store null for the JDK's own
     * @param pins as {@link #pin} makes them; none for no more than the store says
     */
    static CertificateTrust in(@Nullable KeyStore store, Set<String> pins) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager jdk) {
                return new CertificateTrust(jdk, pins);
            }
        }
        throw new GeneralSecurityException(factory.getAlgorithm() + " has no X509ExtendedTrustManager");
    }

    static CertificateTrust in(List<X509Certificate> certificates, Set<String> pins) throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException("an empty store cannot be made", e);
        }
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry(String.valueOf(i), certificates.get(i));
        }
        return in(store, pins);
    }

    /** A public key's pin, {@code sha256/} and the hash of its SubjectPublicKeyInfo in Base64 (RFC 7469 §2.4). */
    static String pin(PublicKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return "sha256/" + Base64.getEncoder().encodeToString(hash);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The JDK takes a certificate that is itself in the store for good, whatever its dates say. */
    private static void requireValidToday(X509Certificate certificate) throws CertificateException {
        String whose = "the certificate of " + certificate.getSubjectX500Principal();
        Instant now = Instant.now();
        Instant notAfter = certificate.getNotAfter().toInstant();
        Instant notBefore = certificate.getNotBefore().toInstant();
        if (now.isAfter(notAfter)) {
            throw new CertificateExpiredException(whose + " has expired, on " + notAfter);
        }
        if (now.isBefore(notBefore)) {
            throw new CertificateNotYetValidException(whose + " is not valid before " + notBefore);
        }
    }

    private void requirePinned(X509Certificate[] chain) throws CertificateException {
        if (pins.isEmpty() || pins.contains(pin(chain[0].getPublicKey()))) {
            return;
        }
        for (PublicKey key : keysThatVouchFor(chain)) {
            if (pins.contains(pin(key))) {
                return;
            }
        }
        throw new CertificateException("no pinned key is in the chain of " + chain[0].getSubjectX500Principal()
                + ", whose own is " + pin(chain[0].getPublicKey()));
    }

    /**
     * The keys on a path from a trusted certificate to the peer's. Not all keys of what was sent: anybody can send a pinned certificate
     * along that has nothing to do with their own.
     */
    private Set<PublicKey> keysThatVouchFor(X509Certificate[] chain) throws CertificateException {
        Set<TrustAnchor> anchors = new LinkedHashSet<>();
        for (X509Certificate trusted : jdk.getAcceptedIssuers()) {
            anchors.add(new TrustAnchor(trusted, null));
        }
        X509CertSelector peer = new X509CertSelector();
        peer.setCertificate(chain[0]);
        Set<PublicKey> keys = new LinkedHashSet<>();
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, peer);
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(Arrays.asList(chain))));
            // Whether one is revoked is the trust store's business, which has been asked before.
            parameters.setRevocationEnabled(false);
            PKIXCertPathBuilderResult path = (PKIXCertPathBuilderResult)
                    CertPathBuilder.getInstance("PKIX").build(parameters);
            for (Certificate certificate : path.getCertPath().getCertificates()) {
                keys.add(certificate.getPublicKey());
            }
            keys.add(path.getTrustAnchor().getTrustedCert().getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new CertificateException("there is no path to a pinned key: " + e.getMessage(), e);
        }
        return keys;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkServerTrusted(chain, authType, engine);
        requirePinned(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkServerTrusted(chain, authType, socket);
        requirePinned(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkServerTrusted(chain, authType);
        requirePinned(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        requireValidToday(chain[0]);
        jdk.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return jdk.getAcceptedIssuers();
    }
}
