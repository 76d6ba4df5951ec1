package dev.marline.transport.tls;

import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Who a client has proven to be, in TLS that it has asked for. */
public final class PeerCertificates {
    private PeerCertificates() {}

    /** The client's certificate, followed by those that it sent with it; none if it has shown none, or there is no TLS. */
    public static List<X509Certificate> of(Channel channel) {
        SSLEngine engine = engine(channel);
        // Asking a session that has none costs an exception.
        if (engine == null || !(engine.getWantClientAuth() || engine.getNeedClientAuth())) {
            return List.of();
        }
        try {
            List<X509Certificate> certificates = new ArrayList<>();
            for (Certificate certificate : engine.getSession().getPeerCertificates()) {
                certificates.add((X509Certificate) certificate);
            }
            return List.copyOf(certificates);
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
    }

    /** Of the connection, or of the one that the channel is a stream of. */
    private static @Nullable SSLEngine engine(Channel channel) {
        for (Channel each = channel; each != null; each = each.parent()) {
            SslHandler handler = each.pipeline().get(SslHandler.class);
            if (handler != null) {
                return handler.engine();
            }
            if (each instanceof QuicChannel connection) {
                return connection.sslEngine();
            }
        }
        return null;
    }
}
