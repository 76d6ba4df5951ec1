package dev.marline.transport.tls;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.NativeLibraries;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A server's TLS: each new connection gets it as it is by then, and keeps it. What has been replaced is freed with the last connection
 * that has it, and its sessions are resumed no more: who is trusted may have changed.
 */
public final class ServerTlsContext {
    private final List<String> protocols;
    private final boolean http3;
    private final @Nullable TlsFileWatch watch;

    /** Held to make a connection's, so that what it is made of is not freed at that moment. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private ServerTls tls;
    private @Nullable SslContext context;
    private @Nullable QuicSslContext quicContext;
    private boolean closed;

    /**
     * What a server needs.
     *
     * @param http the versions that are spoken
     * @throws WebSocketException if it cannot be set up; the message says why
     */
    public ServerTlsContext(ServerTls given, Set<HttpVersion> http) {
        if (http.contains(HttpVersion.HTTP_3)) {
            NativeLibraries.requireQuic();
        }
        watch = given.watchInterval()
                .map(interval -> new TlsFileWatch(this, given.files(), interval))
                .orElse(null);
        // What has changed since it was read, nobody would see.
        tls = watch == null ? given : given.readAgain();
        protocols = Channels.alpn(http);
        http3 = http.contains(HttpVersion.HTTP_3);
        quicContext = newQuicContext(tls);
        context = newContext(tls);
        if (watch != null) {
            watch.start();
        }
    }

    private @Nullable SslContext newContext(ServerTls of) {
        if (protocols.isEmpty()) {
            return null;
        }
        SslContextBuilder builder = SslContextBuilder.forServer(
                        SslContexts.keyManagers(IdentityKeyManager.of(of), of.provider()))
                .clientAuth(clientAuth(of));
        of.trustManager().ifPresent(builder::trustManager);
        try {
            return SslContexts.configure(builder, of.provider(), protocols).build();
        } catch (SSLException e) {
            throw new WebSocketException("TLS cannot be set up from " + of.files() + ": " + Causes.inWords(e), e);
        }
    }

    private static ClientAuth clientAuth(ServerTls of) {
        return switch (of.clientCertificate()) {
            case NOT_ASKED_FOR -> ClientAuth.NONE;
            case REQUESTED -> ClientAuth.OPTIONAL;
            case REQUIRED -> ClientAuth.REQUIRE;
        };
    }

    /** QUIC's key managers are not told the client's name: there, each identity has a context. */
    private @Nullable QuicSslContext newQuicContext(ServerTls of) {
        if (!http3) {
            return null;
        }
        if (of.identities().size() == 1) {
            return quicBuilder(of, of.identity()).build();
        }
        Map<TlsIdentity, QuicSslContext> contexts = new HashMap<>();
        for (TlsIdentity identity : of.identities()) {
            contexts.put(identity, quicBuilder(of, identity).build());
        }
        return quicBuilder(of, of.identity())
                .sni(name -> {
                    // Null from a client that asks for no name.
                    TlsIdentity asked = name == null ? of.identity() : of.identityFor(name);
                    return Objects.requireNonNull(contexts.get(asked), "each identity has one");
                })
                .build();
    }

    private static QuicSslContextBuilder quicBuilder(ServerTls of, TlsIdentity identity) {
        QuicSslContextBuilder builder = QuicSslContextBuilder.forServer(SslContexts.quicKeys(identity), "")
                .clientAuth(clientAuth(of))
                .applicationProtocols(Http3.supportedApplicationProtocols());
        of.trustManager().ifPresent(builder::trustManager);
        return builder;
    }

    /** TLS for a connection on TCP. */
    public SslHandler newHandler(ByteBufAllocator allocator) {
        lock.readLock().lock();
        try {
            return Objects.requireNonNull(context, "there are connections on TCP")
                    .newHandler(allocator);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** TLS for a connection of QUIC. */
    public QuicSslEngine newQuicEngine(ByteBufAllocator allocator) {
        lock.readLock().lock();
        try {
            return Objects.requireNonNull(quicContext, "there are connections of QUIC")
                    .newEngine(allocator);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** As it is now. */
    ServerTls current() {
        lock.readLock().lock();
        try {
            return tls;
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Reads all files again, for connections from now on. One at a time: else what was read first might come last.
     *
     * @throws WebSocketException if one cannot be read, and then nothing changes; the message says which and why
     */
    public synchronized void readAgain() {
        if (closed) {
            throw new WebSocketException("the server is closed");
        }
        ServerTls read = current().readAgain();
        QuicSslContext newQuic = newQuicContext(read);
        SslContext replaced = newContext(read);
        lock.writeLock().lock();
        try {
            SslContext old = context;
            context = replaced;
            replaced = old;
            quicContext = newQuic;
            tls = read;
        } finally {
            lock.writeLock().unlock();
        }
        ReferenceCountUtil.release(replaced);
    }

    /** Frees what no connection has any more; there are to be no new ones. */
    public synchronized void close() {
        closed = true;
        if (watch != null) {
            watch.close();
        }
        ReferenceCountUtil.release(context);
    }
}
