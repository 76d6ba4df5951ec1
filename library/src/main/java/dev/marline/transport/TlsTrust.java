package dev.marline.transport;

import dev.marline.WebSocketException;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** Which servers a client trusts. */
public final class TlsTrust {
    private final SslContext context;
    private final boolean verifiesHostName;

    private TlsTrust(SslContext context, boolean verifiesHostName) {
        this.context = context;
        this.verifiesHostName = verifiesHostName;
    }

    SslContext context() {
        return context;
    }

    boolean verifiesHostName() {
        return verifiesHostName;
    }

    /** Those that the JDK's trust store trusts. */
    public static TlsTrust ofJdk() {
        return build(SslContextBuilder.forClient(), true, "the JDK's trust store");
    }

    /** Those with a certificate that one in a PEM file has signed, or that is in it. */
    public static TlsTrust pem(Path certificates) {
        X509Certificate[] trusted = PemFiles.certificates(certificates);
        return build(SslContextBuilder.forClient().trustManager(trusted), true, certificates.toString());
    }

    /** Those that a context of the JDK's trusts, which also brings the client's own certificate if it has one. */
    public static TlsTrust of(SSLContext context) {
        SslContext wrapped = new JdkSslContext(
                context, true, null, IdentityCipherSuiteFilter.INSTANCE, null, ClientAuth.NONE, null, false);
        return new TlsTrust(wrapped, true);
    }

    /** Everybody, whatever their certificate says: whoever sits in between can read and change all. */
    public static TlsTrust insecure() {
        return build(
                SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE),
                false,
                "no trust store");
    }

    private static TlsTrust build(SslContextBuilder builder, boolean verifiesHostName, String source) {
        try {
            // Host names are verified where the connection knows its own: see ClientTransport.
            return new TlsTrust(builder.endpointIdentificationAlgorithm(null).build(), verifiesHostName);
        } catch (SSLException e) {
            throw new WebSocketException("TLS cannot be set up from " + source + ": " + Causes.inWords(e), e);
        }
    }
}
