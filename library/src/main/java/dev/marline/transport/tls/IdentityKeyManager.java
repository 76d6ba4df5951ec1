package dev.marline.transport.tls;

import dev.marline.WebSocketException;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Shows a peer who this side is; on a server, under the name that the client asks for. Its aliases are numbers of identities. */
public final class IdentityKeyManager extends X509ExtendedKeyManager {
    private final List<TlsIdentity> identities;
    private final Function<String, TlsIdentity> byName;

    private IdentityKeyManager(List<TlsIdentity> identities, Function<String, TlsIdentity> byName) {
        this.identities = identities;
        this.byName = byName;
    }

    /** One for a side that is the same to everybody. */
    static IdentityKeyManager of(TlsIdentity identity) {
        return new IdentityKeyManager(List.of(identity), name -> identity);
    }

    /** One for a server with all its names. */
    static IdentityKeyManager of(ServerTls tls) {
        return new IdentityKeyManager(new ArrayList<>(tls.identities()), tls::identityFor);
    }

    /**
     * Refuses what every handshake would fail with.
     *
     * @param who takes no other keys
     * @throws WebSocketException if there is a key of another algorithm
     */
    void requireRsaOrEc(String who, String instead) {
        for (TlsIdentity each : identities) {
            String algorithm = algorithm(each);
            if (!algorithm.equals("RSA") && !algorithm.equals("EC")) {
                throw new WebSocketException("the key of " + each + " is " + algorithm + ", and " + who
                        + " takes RSA and EC only: " + instead);
            }
        }
    }

    private static String algorithm(TlsIdentity identity) {
        return identity.certificates().get(0).getPublicKey().getAlgorithm();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        return aliasOf(requested(engine), keyType);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
        // Whether an authority has signed it that the server has named, the server will say.
        return aliasOf(identities.get(0), keyTypes);
    }

    private TlsIdentity requested(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name.getType() == StandardConstants.SNI_HOST_NAME) {
                    return byName.apply(new String(name.getEncoded(), StandardCharsets.US_ASCII));
                }
            }
        }
        return identities.get(0);
    }

    private @Nullable String aliasOf(TlsIdentity identity, String... keyTypes) {
        return Arrays.asList(keyTypes).contains(algorithm(identity))
                ? String.valueOf(identities.indexOf(identity))
                : null;
    }

    private TlsIdentity identity(String alias) {
        return identities.get(Integer.parseInt(alias));
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identity(alias).certificates().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity(alias).privateKey();
    }

    // ---- what only sockets ask for, of which there are none

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
